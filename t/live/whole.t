# A Redis that has lost its data logs nobody out, until an operator says that they are lost.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'there is no redis-cli' if system('command -v redis-cli >/dev/null');

my $expected = qr/the store (?:was emptied after the grant|has lost the records of many families)/;

sub accept_loss {
    my $redis = shift;
    my ($socket) = $redis->url =~ /^unix:(.*)/;
    my $said = qx($FindBin::Bin/../../script/accept-loss --yes -s $socket 2>&1);
    return is($? >> 8, 0, 'script/accept-loss') || diag($said);
}

sub login {
    my $nginx = shift;
    return $nginx->password->{json}{refresh_token} // die "no token\n";
}

sub store_of { shift->status->{stores}[0] }

# --- Redis is emptied

my $redis = redis;
my $nginx = nginx(redis => $redis, workers => 2);

sub seeded { family->seed($redis, generation => 7, @_) }

{
    my $family = seeded();
    $redis->command('FLUSHALL');
    unavailable($nginx->refresh($family->token(7)), 'FLUSHALL: an old token');
    unavailable($nginx->refresh($family->token(7), scope => 'read'), 'FLUSHALL: with a scope');
    my @lines = $nginx->lines(qr/\[alert\].*restore its data, or run script\/accept-loss/);
    ok(scalar(@lines), 'the log says what to do');

    my $young = login($nginx);
    unavailable($nginx->refresh($family->token(7)), 'after another login: the old token');
    my $next = $nginx->refresh($young);
    is($next->{status}, 200, 'and that of the new family');
    $redis->command(DEL => Live::Family->of($young)->key);
    refused($nginx->refresh($next->{json}{refresh_token}), 'which is evidence where its record ends');

    accept_loss($redis);
    refused($nginx->refresh($family->token(7)), 'an operator accepts the loss: the old token');
    is($nginx->refresh(login($nginx))->{status}, 200, 'new families go on');
}

{
    my $family = seeded();
    $redis->stop;
    $redis->launch;
    my $up = wait_for {
        unavailable($nginx->refresh($family->token(7)), 'a restart without data');
        store_of($nginx)->{state} eq 'up';
    };
    ok($up, 'it works again');
    unavailable($nginx->refresh($family->token(7)), 'and has no data');
    family->seed($redis);
    refused($nginx->refresh($family->token(7)), 'a marker that is older than the grant');
}

{
    my $family = seeded();
    my $empty  = redis;
    $nginx->configure(redis => $empty, workers => 2);
    ok($nginx->reload, 'a failover to an empty replica');
    unavailable($nginx->refresh($family->token(7)), 'nobody is logged out');
    $nginx->configure(redis => $redis, workers => 2);
    ok($nginx->reload, 'and back');
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'the token is good');
}

{
    my $family = seeded();
    $redis->command(DEL => $family->key);
    refused($nginx->refresh($family->token(7)), 'a deleted record, and an old marker');
    $redis->command(SET => 'oauth2:marker', time - 60);
    unavailable($nginx->refresh($family->token(7)), 'a deleted record, and a young marker');
}

# --- Records are lost, but not the marker

sub tally {
    my ($nginx, @families) = @_;
    my %count;
    for my $family (@families) {
        my $answer = $nginx->refresh($family->token(7));
        $count{"$answer->{status} $answer->{json}{error}"}++;
    }
    return \%count;
}

{
    my $evicting = redis;
    my $other    = nginx(redis => $evicting, workers => 2);
    my @families = map { family->seed($evicting, generation => 7) } 1 .. 101;
    my ($kept, @lost) = @families;
    $evicting->command(DEL => $_->key) for @lost;
    my @first = splice @lost, 0, 60;

    my $looping = family;
    is_deeply(tally($other, ($looping) x 50), { '400 invalid_grant' => 50 },
        'a client that asks for one family for ever opens no breaker');
    is(store_of($other)->{breaker}, 'closed', 'it is closed');

    is_deeply(tally($other, @first), { '400 invalid_grant' => 30, '503 temporarily_unavailable' => 30 },
        'the thirty-second family opens it');
    is(store_of($other)->{breaker}, 'open', 'it is open');
    is(store_of($other)->{unproved}, 30, 'what it held back is counted');
    unavailable($other->refresh($_->token(7)), 'it is for all families') for $first[0], $looping;
    ok(scalar($other->lines(qr/\[alert\].*lost the records of many families: restore them, or run script\/accept-loss/)),
        'the log says what to do');
    ok($other->reload, 'a reload');
    unavailable($other->refresh($first[0]->token(7)), 'leaves it open');

    for my $generation (7 .. 67) {
        same_token($other->refresh($kept->token($generation)), $kept->token($generation + 1),
            "a family that is there, $generation");
    }
    is(store_of($other)->{breaker}, 'closed', 'where as many are found as are missing it closes');
    refused($other->refresh($first[0]->token(7)), 'and a missing record is evidence');

    is_deeply(tally($other, @lost), { '503 temporarily_unavailable' => 40 }, 'more of them open it');
    accept_loss($evicting);
    refused($other->refresh($lost[0]->token(7)), 'an operator accepts the loss: evidence at once');
    is(store_of($other)->{breaker}, 'open', 'although it is still open');
    my $young = login($other);
    $evicting->command(DEL => Live::Family->of($young)->key);
    unavailable($other->refresh($young), 'and holds back what was granted afterwards');

    finish($other, $expected);
}

finish($nginx, $expected);
done_testing;
