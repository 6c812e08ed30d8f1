# A worker that quits finishes what it has begun, and then goes without a trace in the log.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;
use Time::HiRes qw(sleep time);

my $redis = redis;
my $proxy = proxy(redis => $redis);

sub with_flight {
    my ($name, $prepare, $begin, $check, %option) = @_;
    my $nginx  = nginx(redis => $proxy, timeout => '4s', connect_timeout => '4s', %option);
    my $warm   = family->seed($redis, generation => 7);
    recovers($nginx, $warm->token(7), $warm->token(8), "$name: the store works");
    $prepare->($nginx);
    my @flight = $begin->($nginx);
    sleep 0.3;
    $nginx->signal('QUIT');
    sleep 0.2;
    $check->($nginx, @flight);
    finish($nginx);
    $proxy->heal;
}

{
    my @families = map { family->seed($redis, generation => 7) } 1 .. 20;
    with_flight('slow store',
        sub { $proxy->rule(match => 'EVALSHA', action => 'hold', seconds => 1) },
        sub { my $nginx = shift; map { $nginx->begin_refresh($_->token(7)) } @families },
        sub {
            my ($nginx, @flight) = @_;
            ok(!$nginx->ended, 'slow store: nginx waits');
            my @wrong = grep { ($flight[$_]->answer->{json}{refresh_token} // '') ne $families[$_]->token(8) } 0 .. 19;
            is(@wrong, 0, 'slow store: every request that waited for it is answered');
        },
        workers => 2);
}

{
    my $family = family->seed($redis, generation => 7);
    with_flight('frozen store',
        sub { $redis->freeze },
        sub { shift->begin_refresh($family->token(7)) },
        sub {
            my ($nginx, $request) = @_;
            $redis->thaw;
            same_token($request->answer, $family->token(8), 'frozen store: the request gets its reply after all');
        });
}

{
    my $family = family->seed($redis, generation => 7);
    with_flight('lost reply',
        sub { $proxy->rule(match => 'EVALSHA', action => 'hold', seconds => 0.8) },
        sub { shift->begin_refresh($family->token(7)) },
        sub {
            my ($nginx, $request) = @_;
            $proxy->heal;
            $proxy->cut;
            same_token($request->answer, $family->token(8), 'lost reply: a worker that quits connects again for its request');
        });
}

{
    my $family = family->seed($redis, generation => 7);
    with_flight('dead store',
        sub { $redis->freeze },
        sub { shift->begin_refresh($family->token(7)) },
        sub {
            my ($nginx, $request) = @_;
            unavailable($request->answer, 'dead store: the request is answered in the end');
            ok(wait_for(sub { $nginx->ended }), 'dead store: nginx ends');
            $redis->thaw;
        },
        timeout => '700ms', connect_timeout => '700ms');
}

{
    my $salt = 'y' x 16;
    my $slow = crypt('open-sesame', "\$6\$rounds=500000\$$salt");
    SKIP: {
        skip 'crypt has no slow hash here', 5 unless ($slow // '') =~ /^\$6\$rounds=500000/;
        with_flight('slow hash',
            sub { write_file("$_[0]{dir}/users", "alice:$slow\n") },
            sub { shift->begin_password },
            sub {
                my ($nginx, $request) = @_;
                my $answer = $request->answer;
                is($answer->{status}, 200, 'slow hash: a check that runs is finished, and its family founded');
            });
    }
}

{
    my $family = family->seed($redis, generation => 7);
    with_flight('half a body',
        sub { },
        sub {
            my $nginx = shift;
            my $text  = $nginx->message(Live::Nginx::form(grant_type => 'refresh_token', refresh_token => $family->token(7)));
            my $connection = $nginx->connection->send(substr $text, 0, -30);
            return ($connection, substr $text, -30);
        },
        sub {
            my ($nginx, $connection, $rest) = @_;
            same_token($connection->send($rest)->answer, $family->token(8),
                'half a body: the rest is awaited, then the store is asked');
        });
}

{
    my $nginx  = nginx(redis => $redis, workers => 4);
    my $family = family->seed($redis, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), 'idle: the store works');
    ok($nginx->quit(3), 'idle workers quit at once');
    finish($nginx);
}

{
    my $family = family->seed($redis, generation => 7);
    my $nginx  = nginx(redis => $redis, timeout => '8s', connect_timeout => '8s');
    recovers($nginx, $family->token(7), $family->token(8), 'fast shutdown: the store works');
    $redis->freeze;
    my $request = $nginx->begin_refresh($family->token(8));
    sleep 0.3;
    $nginx->signal('TERM');
    unavailable($request->answer, 'fast shutdown: what waits for the store is told so');
    ok(wait_for(sub { $nginx->ended }), 'fast shutdown: nginx ends');
    $redis->thaw;
    finish($nginx);
}

{
    my $nginx = nginx(redis => $redis, workers => 2);
    $nginx->signal('TERM');
    ok(wait_for(sub { $nginx->ended }), 'a fast shutdown is possible too');
    finish($nginx);
}

{
    my $family = family->seed($redis, generation => 7);
    my $nginx  = nginx(redis => $redis, timeout => '8s', connect_timeout => '8s',
        main => 'worker_shutdown_timeout 1s;');
    recovers($nginx, $family->token(7), $family->token(8), 'shutdown timeout: the store works');
    $redis->freeze;
    my $request = $nginx->begin_refresh($family->token(8));
    sleep 0.2;
    my $begun = time;
    ok($nginx->quit(60), 'a worker that waits for a frozen store can be told how long');
    cmp_ok(time - $begun, '<', 1 + 4, 'and does not wait longer');
    isnt($request->answer->{status}, 400, 'nobody is refused');
    $redis->thaw;
    finish($nginx);
}

done_testing;
