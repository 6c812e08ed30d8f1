# A code that comes back is refused; if it comes late, its family ends.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $redis = redis;
my $nginx = grants(redis => $redis, workers => 2, server => 'oauth2_refresh_token_reuse deny;');

sub exchanged {
    my $code   = $nginx->code;
    my $answer = $nginx->exchange($code);
    return ($code, $nginx->family_of($code), $answer->{json});
}

sub active { $nginx->introspect($_[0])->{json}{active} ? 1 : 0 }

{
    my ($code, $family, $tokens) = exchanged;
    $family->age($redis, 4);
    refused($nginx->exchange($code), 'within five seconds: refused');
    is($family->record($redis)->{state}, 'L', 'within five seconds: the family lives');
    same_token($nginx->refresh_as_web($tokens->{refresh_token}), $family->token(2), 'within five seconds: its token works');
}

{
    my ($code, $family, $tokens) = exchanged;
    ok(active($tokens->{access_token}), 'later: the access token is active before');
    $family->age($redis, 6);
    refused($nginx->exchange($code), 'later: refused');
    is($family->record($redis)->{state}, 'R', 'later: the family is over, whatever reuse says');
    ok(!active($tokens->{access_token}), 'later: the access token is inactive');
    refused($nginx->refresh_as_web($tokens->{refresh_token}), 'later: the refresh token is dead');
    my $hash = $family->hash;
    is(scalar(() = $nginx->lines(qr/\[warn\].*authorization code replayed, family revoked.*"web".*"\Q$hash\E"/)), 1,
        'later: the log says so');
}

{
    my ($code, $family, $tokens) = exchanged;
    $family->age($redis, 5000);
    my $next = $nginx->refresh_as_web($tokens->{refresh_token})->{json};
    $family->age($redis, 60);
    refused($nginx->exchange($code), 'after a refresh: refused');
    is($family->record($redis)->{state}, 'R', 'after a refresh: the family is over');
    refused($nginx->refresh_as_web($next->{refresh_token}), 'after a refresh: the newest token is dead');
}

{
    my ($code, $family) = exchanged;
    $family->age($redis, 60);
    refused($nginx->exchange($code, code_verifier => 'a' x 43), 'with a wrong verifier: refused');
    refused($nginx->exchange($code, redirect_uri => 'https://web.example/other'), 'with another redirect URI: refused');
    is($family->record($redis)->{state}, 'L', 'but a stranger ends nothing');
}

{
    my $code = $nginx->code;
    my $family = $nginx->family_of($code);
    $redis->command('PEXPIRE', $family->key, 1);
    select undef, undef, undef, 0.02;
    refused($nginx->exchange($code), 'an expired code is refused on evidence');
}

finish($nginx);
done_testing;
