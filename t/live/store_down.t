# A store that does not answer is nobody's fault but ours: 503, soon, and nothing is lost.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $redis = redis(appendonly => 'yes', appendfsync => 'always');
my $proxy = proxy(redis => $redis);
my $nginx = nginx(redis => $proxy, workers => 2);
my $budget = 1.5;    # connect_timeout and twice the timeout
my $margin = $ENV{TEST_NGINX_BINARY} ? 20 : 5;

my @families = map { family->seed($redis, generation => 7) } 1 .. 30;
my $used     = family->seed($redis, generation => 7, age => 5);

# What clients send while the store is away, all at once.
sub burst {
    my $name   = shift;
    my $before = $nginx->lines(qr/\[error\]/);
    my @flight = map { $nginx->begin_refresh($_->token(7)) } @families;
    push @flight, $nginx->begin_refresh($used->token(6)), $nginx->begin_refresh($used->token(5)),
        $nginx->begin_password;
    my @answers = map { $_->answer } @flight;
    my ($odd) = grep { $_->{status} != 503 } @answers;
    unavailable($odd // $answers[0], "$name: nothing but 503");
    unavailable($answers[-1], "$name: no family is founded");
    my ($longest) = sort { $b <=> $a } map { $_->{took} } @answers;
    cmp_ok($longest, '<', $budget + $margin, "$name: nobody waits longer than the budget");
    my $lines = $nginx->lines(qr/\[error\]/) - $before;
    ok($lines <= 12, "$name: few lines in the log for many requests") or diag("$lines lines");
}

sub all_recover {
    my $name  = shift;
    my $first = $families[0];
    recovers($nginx, $first->token(7), $first->token(8), "$name: a token works");
    my @wrong = grep { ($nginx->refresh($_->token(7))->{json}{refresh_token} // '') ne $_->token(8) } @families;
    is(@wrong, 0, "$name: every token works");
    is($_->record($redis)->{state}, 'L', "$name: nobody was convicted") for $used;
    $_->seed($redis, generation => 7) for @families;
}

same_token($nginx->refresh($used->token(6)), $used->token(7), 'all is well at first');

$redis->stop;
burst('killed');
burst('still gone');
cmp_ok(scalar(() = $nginx->lines(qr/\[error\].*oauth2: redis /)), '>=', 1, 'the log says that the store is gone');
$redis->launch;
all_recover('started again');

$redis->freeze;
burst('frozen');
$redis->thaw;
all_recover('thawed');

$proxy->stall(accepting => 1);
burst('no answer from the network');
$proxy->heal;
all_recover('the network is back');

$proxy->cut;
$proxy->stall;
burst('connections hang');
$proxy->heal;
all_recover('connections are accepted again');

$redis->command('EVAL', 'for i = 1, 4000 do redis.call("SET", "filler" .. i, string.rep("x", 1000)) end', 0);
$redis->stop;
$redis->launch(wait => 0, 'key-load-delay' => 1000, 'loading-process-events-interval-bytes' => 1024);
wait_for { eval { $redis->command('PING'); 1 } || $@ =~ /LOADING/ };
like($@, qr/LOADING/, 'Redis is loading');
burst('loading');
ok(!eval { $redis->command('PING') }, 'Redis was loading all the time');
all_recover('loaded');
# A Redis that loads looks after its clients now and then only: it may not even get to say LOADING.
cmp_ok(scalar(() = $nginx->lines(qr/LOADING|does not answer/)), '>=', 1, 'the log names the reason');

finish($nginx);
done_testing;
