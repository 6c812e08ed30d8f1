package Bench::Quiet;

# Whether the machine is quiet: what a fixed piece of work takes. A virtual machine's neighbours slow it
# down without a trace in its own accounts, by half and more, for seconds or for minutes.

use strict;
use warnings;

use Digest::SHA qw(sha256);
use List::Util qw(min);
use Time::HiRes qw(clock_gettime CLOCK_PROCESS_CPUTIME_ID);

our $Tolerance = 1.1;
our $Patience  = 3;     # how many times as many rounds as are wanted

my $Bytes = 'x' x 2**18;

# Seconds of CPU for arithmetic, memory beyond the nearest caches, and system calls.
sub cost {
    my $begun = clock_gettime(CLOCK_PROCESS_CPUTIME_ID);
    for (1 .. 20) {
        sha256($Bytes);
        my $copy = reverse $Bytes;
        stat '/proc/self' for 1 .. 500;
    }
    return clock_gettime(CLOCK_PROCESS_CPUTIME_ID) - $begun;
}

# Runs `round` until `count` rounds were made while the work took at most a tenth more than at its best, or
# $Patience times as many have been made. Gives what those `count` returned during which it took least, in
# the order in which they were made.
sub rounds {
    my ($count, $round) = @_;
    my @made;
    my $before = cost();
    while (@made < $count * $Patience) {
        my $found = $round->();
        my $after = cost();
        push @made, { found => $found, cost => $before > $after ? $before : $after };
        $before = $after;
        my $best = min map { $_->{cost} } @made;
        last if $count <= grep { $_->{cost} <= $best * $Tolerance } @made;
    }
    my @order = sort { $made[$a]{cost} <=> $made[$b]{cost} } 0 .. $#made;
    return map { $made[$_]{found} } sort { $a <=> $b } @order[0 .. $count - 1];
}

1;
