package Bench::Measure::Script;

# What the rotation script costs Redis, against the least that a script can do for a rotation.

use strict;
use warnings;
use utf8;

use Bench::Process;
use Bench::Row qw(row microseconds);
use Bench::Statistics qw(medians ratio);

our $Program;

my $Minimal = <<'LUA';
local record = redis.call('GETEX', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return record
LUA

sub measure {
    my ($class, $bench) = @_;
    my $redis    = Live::redis();
    my %given    = arguments();
    my $key      = $given{key};
    my @rotation = ($given{sha1}, 1, $key, @given{qw(nonce state head ttl)});
    my @minimal  = (
        $redis->command(qw(SCRIPT LOAD), $Minimal), 1, "$key-minimal", 'x' x length $given{record},
        $given{ttl} * 1000);
    $redis->command(qw(SCRIPT LOAD), $given{source});
    $redis->command('SET', $key, $given{record});
    check($redis, \%given, \@rotation);

    my $calls   = calls_in($bench->option('seconds'), $redis, \@rotation);
    my $samples = $bench->compare(
        rotation => sub { run($redis, $calls, @rotation) },
        minimal  => sub { run($redis, $calls, @minimal) });
    check($redis, \%given, \@rotation);

    my $site = $bench->site;
    $samples->{in_place} = $bench->compare(ours => sub { $site->rotate($bench->load_options) })->{ours};
    my ($rotation, $minimal) = @{$samples}{qw(rotation minimal)};
    my @rows = (
        row(
            measure  => 'CPU of Redis per rotation script, `redis-benchmark -P 16 -c 32`',
            ours     => microseconds(medians($rotation, 'redis_cpu')),
            compared => 'GETEX and SET … PX in a script: ' . microseconds(medians($minimal, 'redis_cpu')),
            value    => ratio($rotation, $minimal, 'redis_cpu'), at_most => 1.25),
        row(
            measure => 'The same in place, 1 worker, 32 connections',
            ours    => microseconds(medians($samples->{in_place}, 'redis_cpu')), compared => ''));
    return { rows => \@rows, samples => $samples };
}

# From the module's own sources.
sub arguments {
    open my $in, '-|', $Program or die "$Program: $!\n";
    my %given = map { my ($name, $digits) = split; $name => pack 'H*', $digits } <$in>;
    close $in or die "$Program failed\n";
    return %given;
}

# The script takes the way of the newest token, and so will the next run of it.
sub check {
    my ($redis, $given, $rotation) = @_;
    my $answer = $redis->command('EVALSHA', @$rotation);
    die "the rotation script answers otherwise than for the newest token\n"
        unless $answer eq "$given->{nonce}W$given->{record}"
        && $redis->command('GET', $given->{key}) eq $given->{record};
}

# How many calls take about that long.
sub calls_in {
    my ($seconds, $redis, $rotation) = @_;
    return int($seconds * run($redis, 20_000, @$rotation)->{rate}) + 1;
}

sub run {
    my ($redis, $calls, @words) = @_;
    $redis->reset_calls;
    my $before = Bench::Process::cpu_time($redis->{pid});
    my $output = Bench::Process::output(
        'redis-benchmark', '-s', $redis->{socket}, qw(-P 16 -c 32 --csv -n), $calls, 'EVALSHA', @words);
    my $cpu = Bench::Process::cpu_time($redis->{pid}) - $before;
    my ($done, $failed) = $redis->command('INFO', 'commandstats')
        =~ /^cmdstat_evalsha:calls=(\d+),.*failed_calls=(\d+)/m;
    die "redis-benchmark did not have $calls good answers:\n$output" if $failed || $done < $calls;
    my ($rate) = $output =~ /",?"?([\d.]+)"/ or die "redis-benchmark printed:\n$output";
    return { answers => $done, redis_cpu => $cpu / $done, rate => $rate };
}

1;
