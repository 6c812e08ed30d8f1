# Every worker knows how long the store was away, also one that was idle, asleep or not yet born.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;
use Time::HiRes qw(sleep time);

my $redis  = redis;
my $client = 'refresh_token_retry 1s;';

sub rotated_once {
    my $nginx  = shift;
    my $family = family->seed($redis, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), "$_[0]: the store works");
    return $family;
}

# Long enough that the window alone would not do.
sub away { sleep $_[0] // 2.2 }

# A worker that is not quite stopped yet would still take the next connection.
sub stop_worker {
    my $pid = shift;
    kill STOP => $pid;
    wait_for { slurp("/proc/$pid/stat") =~ /\) T / };
}

{
    my $nginx  = nginx(redis => $redis, client => $client);
    my $family = rotated_once($nginx, 'idle');
    $redis->freeze;
    away();
    $redis->thaw;
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'an idle worker notices an outage that no request saw');
    finish($nginx);
}

{
    my $nginx = nginx(redis => $redis, client => $client, workers => 2);
    my ($awake, $asleep) = $nginx->workers;
    my $family = rotated_once($nginx, 'asleep');
    stop_worker($asleep);
    $redis->freeze;
    away();
    unavailable($nginx->refresh($family->token(7)), 'one of two workers sees the outage');
    $redis->thaw;
    wait_for { $nginx->lines(qr/is available/) };
    stop_worker($awake);
    kill CONT => $asleep;
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'the other one knows of it');
    kill CONT => $awake;
    finish($nginx);
}

{
    my $nginx  = nginx(redis => $redis, client => $client);
    my $family = rotated_once($nginx, 'reload');
    $redis->freeze;
    away();
    ok($nginx->reload('new'), 'nginx reloads while the store is away');
    $redis->thaw;
    recovers($nginx, $family->token(7), $family->token(8), 'a worker that was born in the outage knows of it');
    finish($nginx);
}

{
    my $nginx  = nginx(redis => $redis, client => $client);
    my $family = rotated_once($nginx, 'killed worker');
    $redis->freeze;
    away();
    my ($worker) = $nginx->workers;
    kill KILL => $worker;
    wait_for { my ($now) = $nginx->workers; $now && $now != $worker };
    $redis->thaw;
    recovers($nginx, $family->token(7), $family->token(8), 'a worker that replaces a killed one knows of the outage');
    finish($nginx, qr/exited on signal 9/);
}

{
    my $nginx  = nginx(redis => $redis, client => $client, master => 'off');
    my $family = rotated_once($nginx, 'a single process');
    $redis->freeze;
    away();
    unavailable($nginx->refresh($family->token(7)), 'a single process answers 503 meanwhile');
    $redis->thaw;
    recovers($nginx, $family->token(7), $family->token(8), 'a single process has an outage clock');
    same_token($nginx->refresh($family->token(8)), $family->token(9), 'and rotates');
    finish($nginx);
}

# Redis answers PING, and yet nobody can rotate.
for my $case (
    [ 'replicas are missing', [qw(CONFIG SET min-replicas-to-write 1)], [qw(CONFIG SET min-replicas-to-write 0)] ],
    [ 'Redis is a replica', ['REPLICAOF', '127.0.0.1', free_port], [qw(REPLICAOF NO ONE)] ],
) {
    my ($name, $break, $repair) = @$case;
    my $nginx  = nginx(redis => $redis, client => $client);
    my $family = rotated_once($nginx, $name);
    $redis->command(@$break);
    unavailable($nginx->refresh($family->token(7)), "$name: an early request is 503");
    away(2.2);
    $redis->command(@$repair);
    recovers($nginx, $family->token(7), $family->token(8), "$name: that time does not count either");
    finish($nginx);
}

{
    my $nginx  = nginx(redis => $redis, client => $client);
    my $family = rotated_once($nginx, 'over');
    $redis->freeze;
    unavailable($nginx->refresh($family->token(7)), 'the store is away');
    $redis->thaw;
    wait_for { $nginx->lines(qr/is available/) };
    sleep 1.3;
    my $old = family->seed($redis, generation => 8, age => 60);
    refused($nginx->refresh($old->token(7)), 'an outage that is over excuses nobody');
    is($old->record($redis)->{state}, 'R', 'a replay after it is a replay');
    finish($nginx);
}

done_testing;
