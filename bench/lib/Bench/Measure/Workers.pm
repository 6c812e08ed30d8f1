package Bench::Measure::Workers;

# Whether a rotation costs the same with two workers.

use strict;
use warnings;
use utf8;

use Bench::Row qw(row microseconds rate);
use Bench::Statistics qw(medians ratio);

sub measure {
    my ($class, $bench) = @_;
    my @load    = ($bench->load_options, connections => 64);
    my %site    = (one => $bench->site, two => $bench->site(workers => 2));
    my $samples = $bench->compare(
        one => sub { $site{one}->rotate(@load) },
        two => sub { $site{two}->rotate(@load) });
    my ($one, $two) = @{$samples}{qw(one two)};
    my @rows = (
        row(
            measure  => 'CPU of nginx and Redis per rotation with 2 workers, 64 connections',
            ours     => microseconds(medians($two, 'cpu')),
            compared => '1 worker: ' . microseconds(medians($one, 'cpu')),
            value    => ratio($two, $one, 'cpu'), at_most => 1.1),
        row(
            measure  => 'Rotations per second with 2 workers, on the same cores as Redis and the generator',
            ours     => rate(medians($two, 'rate')),
            compared => '1 worker: ' . rate(medians($one, 'rate')),
            value    => ratio($two, $one, 'rate')));
    return { rows => \@rows, samples => $samples };
}

1;
