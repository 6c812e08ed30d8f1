# One code, one success, however many ask for it at the same time and wherever.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $redis = redis;
my $proxy = proxy(redis => $redis);
my $nginx = grants(redis => $redis, workers => 3, timeout => '5s');
my $far   = grants(redis => $proxy, workers => 2, timeout => '1s');

sub families { scalar @{ $redis->command('KEYS', 'oauth2:{*}:*') } }

sub one_success {
    my ($name, @answers) = @_;
    my @good = grep { $_->{status} == 200 } @answers;
    my @bad  = grep { $_->{status} != 200 } @answers;
    is(@good, 1, "$name: one exchange succeeds");
    is(scalar(grep { $_->{status} == 400 && $_->{json}{error} eq 'invalid_grant' } @bad), scalar @bad,
        "$name: the others are refused");
    return $good[0];
}

for my $round (1 .. 5) {
    $redis->command('FLUSHALL');
    my $code    = $nginx->code;
    my @answers = map { $_->answer } map { $nginx->begin_exchange($code) } 1 .. 50;
    my $good    = one_success("round $round", @answers) // next;
    is(families(), 1, "round $round: there is one family");
    my $family = $nginx->family_of($code);
    is($family->record($redis)->{generation}, 1, "round $round: it moved by one generation");
    is($family->record($redis)->{state}, 'L', "round $round: and lives");
    is($good->{json}{refresh_token}, $family->token(1), "round $round: the token is its first one");
    same_token($nginx->refresh_as_web($family->token(1)), $family->token(2), "round $round: it works");
}

{
    my $code    = $nginx->code;
    my @answers = map { $_->answer } map { ($_ % 2 ? $nginx : $far)->begin_exchange($code) } 1 .. 50;
    one_success('two hosts', @answers);
}

{
    my $code = $nginx->code;
    $redis->freeze;
    my @flight = map { ($_ % 2 ? $nginx : $far)->begin_exchange($code) } 1 .. 50;
    select undef, undef, undef, 0.3;
    $redis->thaw;
    one_success('before a slow store', map { $_->answer } @flight);
}

{
    my @codes = map { $nginx->code } 1 .. 10;
    my %flight = map { my $code = $_; $code => [map { $nginx->begin_exchange($code) } 1 .. 5] } @codes;
    my $wrong = grep { 1 != grep { $_->answer->{status} == 200 } @$_ } values %flight;
    is($wrong, 0, 'ten codes, five times each at once: each succeeds once');
}

# The worker repeats its own command where the reply was lost; that is no second use.
for my $action (qw(close drop close_before)) {
    for my $skip (0, 1) {
        my $code = $nginx->code;
        $proxy->rule(match => 'EVALSHA', action => $action, skip => $skip);
        my $answer = $far->exchange($code);
        my $family = $nginx->family_of($code);
        same_token($answer, $family->token(1), "$action after $skip: the exchange goes on");
        refused($far->exchange($code), "$action after $skip: the code is used");
        same_token($nginx->refresh_as_web($family->token(1)), $family->token(2), "$action after $skip: the token works");
        $proxy->heal;
    }
}

# A client that did not get the answer starts over: a code has no retry window.
{
    my $code   = $nginx->code;
    my $family = $nginx->family_of($code);
    my $lost   = $nginx->begin_exchange($code);
    wait_for { $family->record($redis)->{generation} == 1 };
    $lost->leave('reset');
    refused($nginx->exchange($code), 'a client that lost the answer starts over');
}

finish($_) for $nginx, $far;
done_testing;
