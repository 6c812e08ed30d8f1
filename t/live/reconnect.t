# A connection that breaks is made again: at once if it was good, and at ease if it never is.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;
use Time::HiRes qw(sleep time);

my $redis = redis;
my $proxy = proxy(redis => $redis);

sub connections { $proxy->seen->{connections} }

# How often a worker connects within a second of this fault, to which nobody sends anything.
sub fault {
    my ($name, $says, @rule) = @_;
    my $nginx  = nginx(redis => $proxy);
    my $family = family->seed($redis, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), "$name: the store works");
    $proxy->rule(times => -1, @rule);
    $proxy->cut;
    sleep 0.2;
    my $before = connections();
    sleep 1;
    my $count = connections() - $before;
    ok($count <= 40, "$name: nginx does not hammer on it") or diag("$count connections in a second");
    ok(scalar($nginx->lines(qr/oauth2: redis.*$says/)), "$name: the log says so") or diag($nginx->log);
    my $lines = $nginx->lines(qr/\[(?:error|alert|warn)\]/);
    ok($lines <= 10, "$name: but not too often") or diag("$lines lines");
    $proxy->heal;
    recovers($nginx, $family->token(8), $family->token(9), "$name: and is there when it is well again");
    finish($nginx, qr/oauth2: redis/);
}

fault('a reply too many', 'sent a reply', match => 'PING', action => 'duplicate');
fault('no PING', 'closed the connection', match => 'PING', action => 'close');
fault('an error for all', 'ERR', match => 'PING', action => 'reply', bytes => "-ERR max number of clients reached\r\n");
fault('a greeting without end', 'does not answer', match => 'INFO|PING', action => 'drop');
fault('no Redis', 'sent something', match => 'INFO|PING', action => 'reply', bytes => "HTTP/1.1 400 Bad Request\r\n\r\n");

{
    my $nginx = nginx(redis => $proxy, workers => 2);
    my $wrong = 0;
    for (1 .. 40) {
        my $family = family->seed($redis, generation => 7);
        $proxy->cut if $_ % 2;
        $redis->command(qw(CLIENT KILL TYPE normal SKIPME yes)) unless $_ % 4;
        ++$wrong unless ($nginx->refresh($family->token(7))->{json}{refresh_token} // '') eq $family->token(8);
    }
    is($wrong, 0, 'connections that are cut again and again cost no request');
    # One that is cut in the middle of its greeting is worth a line.
    ok(scalar($nginx->lines(qr/\[(?:error|alert)\]/)) <= 5, 'and hardly a line in the log');
    finish($nginx);
}

# The idle connection of a quiet night, dropped by something in between that tells nobody.
{
    my $nginx  = nginx(redis => $proxy);
    my $family = family->seed($redis, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), 'a quiet connection works');
    $proxy->rule(match => 'PING', times => 1, action => 'drop');
    my $before = connections();
    ok(wait_for(sub { connections() > $before }), 'a connection that became deaf is noticed without a request');
    recovers($nginx, $family->token(8), $family->token(9), 'and replaced');
    finish($nginx);
}

done_testing;
