package Bench::Statistics;

# Figures of runs that were made in turn: A, B, A, B ...

use strict;
use warnings;

use Exporter 'import';

our @EXPORT_OK = qw(fit medians ratio difference);

sub median {
    my @sorted = sort { $a <=> $b } @_;
    my $middle = int(@sorted / 2);
    return @sorted % 2 ? $sorted[$middle] : ($sorted[$middle - 1] + $sorted[$middle]) / 2;
}

sub figures {
    my ($samples, $name) = @_;
    return map { $_->{$name} } @$samples;
}

# The median of a figure of the samples.
sub medians { median(figures(@_)) }

# The median of what `combine` makes of a run of A and the run of B beside it, and its extremes; beside
# that, what it makes of the medians.
sub pairwise {
    my ($combine, $first, $second, $name) = @_;
    my @of_pairs = sort { $a <=> $b }
        map { $combine->($first->[$_]{$name}, $second->[$_]{$name}) } 0 .. $#$first;
    return {
        value => median(@of_pairs), lowest => $of_pairs[0], highest => $of_pairs[-1],
        of_medians => $combine->(medians($first, $name), medians($second, $name)) };
}

sub ratio      { pairwise(sub { $_[0] / $_[1] }, @_) }
sub difference { pairwise(sub { $_[0] - $_[1] }, @_) }

# The line through points [x, y] with the least squares: its slope, and the share of the variance that it
# explains.
sub fit {
    my @points = @_;
    my ($x, $y) = map { my $i = $_; sum(map { $_->[$i] } @points) / @points } 0, 1;
    my $xx = sum(map { ($_->[0] - $x)**2 } @points);
    my $yy = sum(map { ($_->[1] - $y)**2 } @points);
    my $xy = sum(map { ($_->[0] - $x) * ($_->[1] - $y) } @points);
    return { slope => $xy / $xx, explained => $yy ? $xy**2 / ($xx * $yy) : 1 };
}

sub sum {
    my $sum = 0;
    $sum += $_ for @_;
    return $sum;
}

1;
