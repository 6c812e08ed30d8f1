package Bench::Measure::Persistence;

# What rotations cost while Redis keeps its appendonly file.

use strict;
use warnings;
use utf8;

use Bench::Row qw(row microseconds rate);
use Bench::Statistics qw(medians ratio);

sub measure {
    my ($class, $bench) = @_;
    my @load = $bench->load_options;
    my %site = (none => $bench->site, map { $_ => $bench->site(appendfsync => $_) } qw(everysec always));
    my $samples = $bench->compare(
        map { my $name = $_; $name => sub { $site{$name}->rotate(@load) } } qw(none everysec always));
    my $none = $samples->{none};
    my @rows = map {
        my ($ours, $name) = ($samples->{$_}, $_);
        row(
            measure  => "CPU of nginx and Redis per rotation, `appendfsync $name`",
            ours     => microseconds(medians($ours, 'cpu')),
            compared => 'none: ' . microseconds(medians($none, 'cpu')),
            value    => ratio($ours, $none, 'cpu')),
        row(
            measure  => "Rotations per second, `appendfsync $name`",
            ours     => rate(medians($ours, 'rate')), compared => 'none: ' . rate(medians($none, 'rate')),
            value    => ratio($ours, $none, 'rate'));
    } qw(everysec always);
    return { rows => \@rows, samples => $samples };
}

1;
