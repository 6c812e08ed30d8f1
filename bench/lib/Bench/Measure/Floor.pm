package Bench::Measure::Floor;

# What a rotation costs the worker, against the least that a handler can do with the same request.

use strict;
use warnings;
use utf8;

use Bench::Row qw(row microseconds rate);
use Bench::Statistics qw(medians ratio);

sub measure {
    my ($class, $bench) = @_;
    my $site    = $bench->site;
    my @load    = $bench->load_options;
    my $samples = $bench->compare(
        ours  => sub { $site->rotate(@load) },
        floor => sub { $site->ask('/floor', @load) });
    my ($ours, $floor) = @{$samples}{qw(ours floor)};
    my @rows = (
        row(
            measure  => 'CPU of a worker per rotation, 1 worker, 32 connections',
            ours     => microseconds(medians($ours, 'server_cpu')),
            compared => 'floor handler: ' . microseconds(medians($floor, 'server_cpu')),
            value    => ratio($ours, $floor, 'server_cpu'), at_most => 1.6),
        row(
            measure  => 'Rotations per second, beside it',
            ours     => rate(medians($ours, 'rate')),
            compared => 'floor handler: ' . rate(medians($floor, 'rate')),
            value    => ratio($ours, $floor, 'rate')));
    return { rows => \@rows, samples => $samples };
}

1;
