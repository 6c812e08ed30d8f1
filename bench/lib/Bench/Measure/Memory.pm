package Bench::Measure::Memory;

# What a family takes in Redis, with its key and TTL.

use strict;
use warnings;
use utf8;

use Bench::Row qw(row bytes);

my $Most = 260;

# The classes of jemalloc are 64 bytes apart at most in this range; a cliff would be much larger.
my $Class = 64;

# The tables of Redis, whose sizes are powers of two, are as full as with a million.
my ($Full, $Few, $Fewest) = (125_000, 15_625, 977);

sub measure {
    my ($class, $bench) = @_;
    my $quick = $bench->option('quick');
    my $large = $bench->large_site;
    $large->{key_bytes} = bytes_of_key($large);
    my $long  = passing($bench, families => $quick ? $Fewest : $Full, scope => 200);
    my @sizes = $quick ? (20, 200, 400) : map { 20 * $_ } 1 .. 20;
    my @sweep = map { passing($bench, families => $quick ? $Fewest : $Few, scope => $_) } @sizes;
    my @rows  = (
        memory_row($large, at_most => $Most), memory_row($long, at_most => $Most + 180 + $Class),
        largest_step(@sweep));
    return { rows => \@rows, samples => { large => sizes($large), others => [map { sizes($_) } $long, @sweep] } };
}

sub sizes {
    my $site = shift;
    return {
        scope => $site->{server}{option}{scope}, families => $site->{families}, bytes => $site->{family_bytes},
        of_key => $site->{key_bytes} };
}

# Ended once it was measured.
sub passing {
    my $site = shift->new_site(@_);
    $site->{key_bytes} = bytes_of_key($site);
    $site->stop;
    return $site;
}

sub memory_row {
    my ($site, @limit) = @_;
    my %size = %{ sizes($site) };
    return row(
        measure  => "Redis memory per family: client 15, subject 36, scope $size{scope} B; $size{families} families",
        ours     => bytes($size{bytes}),
        compared => '`MEMORY USAGE` of a key: ' . bytes($size{of_key}),
        value    => $size{bytes}, show => \&bytes, @limit);
}

sub largest_step {
    my @sweep = @_;
    my ($largest, $at) = (0, '');
    for my $i (1 .. $#sweep) {
        my ($from, $to) = map { $sweep[$_]{server}{option}{scope} } $i - 1, $i;
        my $step = $sweep[$i]{family_bytes} - $sweep[$i - 1]{family_bytes} - ($to - $from);
        ($largest, $at) = ($step, "$from to $to B") if $step > $largest;
    }
    return row(
        measure  => 'The largest step of that beyond the bytes themselves, scope 20 to 400 B',
        ours     => bytes($largest) . " ($at)", compared => "classes of jemalloc are up to $Class B apart",
        value    => $largest, show => \&bytes, at_most => $Class);
}

# Of whichever family comes first.
sub bytes_of_key {
    my $redis = shift->{redis};
    my ($cursor, @keys) = (0);
    do {
        ($cursor, my $found) = @{ $redis->command('SCAN', $cursor, 'MATCH', 'oauth2:{*') };
        push @keys, @$found;
    } until @keys || !$cursor;
    return $redis->command(qw(MEMORY USAGE), $keys[0] // die "Redis has no family\n");
}

1;
