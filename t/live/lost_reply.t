# Whoever lost a reply sends the same token again and gets the same successor, byte for byte.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $redis = redis;
my $proxy = proxy(redis => $redis);
my $nginx = nginx(redis => $proxy, client => 'refresh_token_retry 1s;', other => 'refresh_token_retry 0;');

my @as_other    = (as => ['other', 'other-secret']);

sub calls_of(&) {
    my $before = $proxy->count('EVALSHA');
    shift->();
    return $proxy->count('EVALSHA') - $before;
}

# --- Between nginx and its client

{
    my $family = family->seed($redis, generation => 7);
    my $lost   = $nginx->begin_refresh($family->token(7));
    wait_for { $family->record($redis)->{generation} == 8 };
    $lost->leave('reset');
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'a client that lost the answer gets the same token');
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'and once more');
    same_token($nginx->refresh($family->token(8)), $family->token(9), 'it works');
    is($family->record($redis)->{generation}, 9, 'retries moved nothing');
}

# --- Between Redis and nginx: the worker repeats by itself

for my $action (qw(close drop close_before)) {
    my $family = family->seed($redis, generation => 7);
    $proxy->rule(match => 'EVALSHA', action => $action);
    my $calls = calls_of {
        same_token($nginx->refresh($family->token(7)), $family->token(8),
            "$action: the worker asks again and has the successor");
    };
    is($calls, 2, "$action: it asked twice");
    is($family->record($redis)->{generation}, 8, "$action: the family moved by one");

    $family = family(client => 'other')->seed($redis, generation => 7);
    $proxy->rule(match => 'EVALSHA', action => $action);
    same_token($nginx->refresh($family->token(7), @as_other), $family->token(8),
        "$action: the worker's own repeat counts where there is no window");
    refused($nginx->refresh($family->token(7), @as_other), "$action: the client's does not");
}

{
    $proxy->rule(match => 'EVALSHA', action => 'close');
    my $answer = $nginx->password;
    my $family = Live::Family->of($answer->{json}{refresh_token} // '');
    ok($family, 'a family is founded though the reply was lost');
    same_token($nginx->refresh($family->token(1)), $family->token(2), 'its first token works');
}

# --- The worker's repeat is lost too

for my $action (qw(close drop)) {
    my $family = family->seed($redis, generation => 7);
    $proxy->rule(match => 'EVALSHA', action => $action, times => 2);
    unavailable($nginx->refresh($family->token(7)), "$action: both replies lost are 503");
    is($family->record($redis)->{generation}, 8, "$action: though Redis has rotated");
    recovers($nginx, $family->token(7), $family->token(8), "$action: the client's retry gets the successor");
    same_token($nginx->refresh($family->token(8)), $family->token(9), "$action: it works");
}

# --- Redis was away for longer than the window

for my $how (qw(frozen cut)) {
    my $family = family->seed($redis, generation => 7);
    $proxy->rule(match => 'EVALSHA', action => 'close', times => 2);
    unavailable($nginx->refresh($family->token(7)), "$how: the reply is lost");
    $how eq 'frozen' ? $redis->freeze : $proxy->stall;
    $proxy->cut if $how eq 'cut';
    my $end = Time::HiRes::time() + 2.5;
    my @answers;
    while (Time::HiRes::time() < $end) {
        push @answers, $nginx->refresh($family->token(7));
        select undef, undef, undef, 0.1;
    }
    is(join(' ', grep { $_ != 503 } map { $_->{status} } @answers), '', "$how: the outage is 503");
    $how eq 'frozen' ? $redis->thaw : $proxy->heal;
    recovers($nginx, $family->token(7), $family->token(8),
        "$how: after an outage longer than the window the retry gets the successor");
    is($family->record($redis)->{generation}, 8, "$how: nothing else happened");
}

# --- The window is a window

{
    my $family = family->seed($redis, generation => 7, age => 30);
    select undef, undef, undef, 1.2;    # the last outage ended longer than a window ago
    my $answer = $nginx->refresh($family->token(6));
    refused($answer, 'without an outage the window holds');
    is($family->record($redis)->{state}, 'R', 'and outside it the family ends');
}

finish($nginx);
done_testing;
