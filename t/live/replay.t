# A stolen token is noticed as soon as both the thief and the owner have used it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $redis  = redis;
my $nginx  = nginx(redis => $redis, workers => 2, client => 'refresh_token_retry 30s;',
    other => 'refresh_token_retry 30s; refresh_token_reuse deny;');
my $window = 30;
my $margin = 5;

sub replays { scalar $nginx->lines(qr/\[warn\].*replay/) }

sub reported {
    my ($family, $distance, $name) = @_;
    my ($line) = $nginx->lines(qr/replay.*@{[quotemeta $family->hash]}/);
    like($line // '', qr/\[warn\].*\bapp\b.*@{[quotemeta $family->hash]}.*\b$distance\b/,
        "$name: the log has the client, the family as in its key, and the distance");
}

{
    my $family = family->seed($redis, generation => 7);
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'thief first: he gets a token');
    $family->age($redis, $window + $margin + 5);
    refused($nginx->refresh($family->token(7)), 'thief first: the owner comes too late');
    my $record = $family->record($redis);
    is($record->{state}, 'R', 'thief first: that ends the family');
    my $lost = 86_400_000 - ($window + $margin + 5) * 1000 - $record->{pttl};
    ok($lost >= 0 && $lost < 10_000, 'thief first: its tombstone stays as long as the tokens would have');
    refused($nginx->refresh($family->token(8)), 'thief first: the stolen successor is dead');
    refused($nginx->refresh($family->token(7)), 'thief first: the owner has to log in again');
    reported($family, 1, 'thief first');
    is($family->record($redis)->{state}, 'R', 'thief first: nothing brings it back');
}

{
    my $family = family->seed($redis, generation => 7);
    same_token($nginx->refresh($family->token($_)), $family->token($_ + 1), "owner first: generation $_") for 7 .. 9;
    $family->age($redis, 1);
    refused($nginx->refresh($family->token(7)), 'owner first: the thief comes with an old token');
    is($family->record($redis)->{state}, 'R', 'owner first: that ends the family, however recent the last use');
    refused($nginx->refresh($family->token(10)), 'owner first: the newest token is dead');
    reported($family, 3, 'owner first');
}

{
    my $family = family->seed($redis, generation => 7);
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'between hosts with different clocks');
    my $before = replays();
    $family->age($redis, $window + 2);
    refused($nginx->refresh($family->token(7)), 'just after the window a token is refused');
    is($family->record($redis)->{state}, 'L', 'but it convicts nobody');
    is(replays(), $before, 'and is not called a replay');
    same_token($nginx->refresh($family->token(8)), $family->token(9), 'the newest token works');
}

{
    my $family = family->seed($redis, generation => 7);
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'retries do not move the window');
    for my $age (10, 10, 9) {
        $family->age($redis, $age);
        same_token($nginx->refresh($family->token(7)), $family->token(8), "$age seconds later");
    }
    $family->age($redis, 20);
    refused($nginx->refresh($family->token(7)), 'somebody who polls with a stolen token is caught');
    is($family->record($redis)->{state}, 'R', 'and the family ends');
}

{
    my $family = family->seed($redis, generation => 7, age => 60);
    is($nginx->refresh($family->token(6), as => ['app', 'guess'])->{status}, 401, 'a stranger is not authenticated');
    refused($nginx->refresh($family->token(6), as => ['other', 'other-secret']), 'another client is refused');
    is($family->record($redis)->{state}, 'L', 'neither can end a family with a leaked token');
}

{
    my $family = family(client => 'other')->seed($redis, generation => 7, age => 60);
    my @other  = (as => ['other', 'other-secret']);
    my $before = replays();
    refused($nginx->refresh($family->token(6), @other), 'where the policy is to deny, a replay is refused');
    is(replays(), $before + 1, 'and reported');
    same_token($nginx->refresh($family->token(7), @other), $family->token(8), 'but the family goes on');
}

# Many at a time: each family is convicted once, and every answer is the same.
{
    my $family  = family->seed($redis, generation => 7, age => 60);
    my @answers = map { $_->answer } map { $nginx->begin_refresh($family->token(6)) } 1 .. 20;
    is(scalar(grep { $_->{status} != 400 } @answers), 0, 'twenty replays at a time are refused');
    is($family->record($redis)->{state}, 'R', 'and end the family');
}

my $counted = $nginx->status->{requests}{refresh_token}{replayed};
cmp_ok($counted, '>=', 5, 'the status counts replays') or diag($counted);

finish($nginx);
done_testing;
