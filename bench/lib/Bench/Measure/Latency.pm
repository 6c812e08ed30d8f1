package Bench::Measure::Latency;

# How long answers take at half of the maximal rate, against a "return" of nginx at the same rate.

use strict;
use warnings;
use utf8;

use Bench::Row qw(row rate);
use Bench::Statistics qw(difference medians);

sub measure {
    my ($class, $bench) = @_;
    my $site    = $bench->site;
    my $fastest = $bench->compare(ours => sub { $site->rotate($bench->load_options) })->{ours};
    my $rate    = int(medians($fastest, 'rate') / 2);
    my @load    = ($bench->load_options, rate => $rate, connections => 64);
    my $samples = $bench->compare(
        ours   => sub { $site->rotate(@load) },
        return => sub { $site->ask('/return', @load) });
    my ($ours, $return) = @{$samples}{qw(ours return)};
    my @rows = map {
        my ($figure, $title, @limit) = @$_;
        row(
            measure  => "Latency at half of the maximal rate (" . rate($rate) . "), $title",
            ours     => milliseconds(medians($ours, $figure)),
            compared => 'return: ' . milliseconds(medians($return, $figure)),
            value    => difference($ours, $return, $figure), show => \&milliseconds, @limit);
    } (['p50', 'median'], ['p99', '99 %', at_most => 1000], ['p999', '99.9 %']);
    return { rows => \@rows, samples => { %$samples, fastest => $fastest } };
}

sub milliseconds { sprintf '%.2f ms', shift() / 1000 }

1;
