# The endpoints when the store is away, emptied, or has just been told that somebody is out.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $redis = redis(appendonly => 'yes', appendfsync => 'always');
my $proxy = proxy(redis => $redis);
my $nginx = grants(redis => $proxy, workers => 2);

my $begun = time;
my $early = $nginx->client_token->{json}{access_token};

sub grant { $nginx->exchange($nginx->code)->{json} }

sub unavailable_at_the_redirect_uri {
    my ($answer, $name) = @_;
    my $got = Live::Grants::parameters($answer);
    is(join(' ', $answer->{status}, map { $got->{$_} // '-' } qw(error state iss code access_token)),
        '303 temporarily_unavailable xyz https://as.example - -', $name);
}

# --- Revocation holds in the very next request, on any worker

for my $round (1 .. 10) {
    my $tokens = grant;
    ok($nginx->introspect($tokens->{access_token})->{json}{active}, "round $round: active");
    is($nginx->revoke($tokens->{ $round % 2 ? 'refresh_token' : 'access_token' })->{status}, 200, "round $round: revoked");
    is($nginx->introspect($tokens->{access_token})->{body}, '{"active":false}', "round $round: inactive at once");
    refused($nginx->refresh_as_web($tokens->{refresh_token}), "round $round: no refresh");
}

{
    my $tokens = grant;
    my $newest = $tokens->{refresh_token};
    $newest = $nginx->refresh_as_web($newest)->{json}{refresh_token} for 1 .. 3;
    ok($nginx->introspect($tokens->{access_token})->{json}{active}, 'an access token is active whatever the generation');
    $nginx->revoke($tokens->{refresh_token});
    is($nginx->introspect($tokens->{access_token})->{body}, '{"active":false}', 'a rotated refresh token ends it');
    refused($nginx->refresh_as_web($newest), 'and the newest refresh token');
}

{
    my $token = $nginx->client_token->{json}{access_token};
    my $answer = $nginx->introspect($token);
    is(join(' ', map { $answer->{json}{$_} // '-' } qw(active client_id sub scope token_type)), '1 robot - read Bearer',
        "a client's own token is active");
    is($nginx->revoke($token, 'web')->{status}, 400, 'not revoked by another client');
    ok($nginx->introspect($token)->{json}{active}, 'still active');
    is($nginx->revoke($token, 'robot')->{status}, 200, 'revoked by its own');
    is($nginx->introspect($token)->{body}, '{"active":false}', 'inactive');
}

{
    my $token = $nginx->implicit->{access_token};
    ok($nginx->introspect($token)->{json}{active}, 'a token of the implicit grant is active');
    is($nginx->introspect($token)->{json}{sub}, 'alice', "and the user's");
}

# --- Redis is away

{
    my $tokens = grant;
    my $code   = $nginx->code;
    my $own    = $nginx->client_token->{json}{access_token};
    for my $how (qw(stopped frozen)) {
        $how eq 'stopped' ? $redis->stop : $redis->freeze;
        unavailable_at_the_redirect_uri($nginx->authorize, "$how: authorize says so at the redirect URI");
        my $answer = $nginx->authorize(client_id => 'page', redirect_uri => 'https://page.example/app', response_type => 'token');
        unavailable_at_the_redirect_uri($answer, "$how: the implicit grant too");
        unlike($answer->{header}{location} // '', qr/\?/, "$how: in the fragment");
        unavailable($nginx->exchange($code), "$how: exchange");
        unavailable($nginx->revoke($tokens->{$_}), "$how: revoking an $_") for qw(refresh_token access_token);
        unavailable($nginx->revoke($own, 'robot'), "$how: revoking a client's own token");
        unavailable($nginx->introspect($tokens->{access_token}), "$how: introspecting a user's token");
        unavailable($nginx->introspect($own), "$how: introspecting a client's own token");
        is($nginx->introspect('garbage')->{body}, '{"active":false}', "$how: garbage is inactive all the same");
        is($nginx->revoke('garbage')->{status}, 200, "$how: and revoked");
        is($nginx->client_token->{status}, 200, "$how: client credentials need no store");
        is($nginx->authorize(client_id => 'asked', redirect_uri => 'https://asked.example/cb')->{status}, 200,
            "$how: nor does the consent page");
        $how eq 'stopped' ? $redis->launch : $redis->thaw;
        wait_for { $nginx->introspect($tokens->{access_token})->{status} == 200 };
        ok($nginx->introspect($tokens->{access_token})->{json}{active}, "$how: nothing was revoked");
    }
    is($nginx->exchange($code)->{status}, 200, 'the code is still good');
}

# --- Redis was emptied

{
    my $tokens = grant;
    my $code   = $nginx->code;
    my $own    = $nginx->client_token->{json}{access_token};
    $redis->command('FLUSHALL');
    unavailable($nginx->introspect($tokens->{access_token}), "emptied: introspecting a user's token");
    unavailable($nginx->revoke($tokens->{$_}), "emptied: revoking a user's $_") for qw(refresh_token access_token);
    unavailable($nginx->exchange($code), 'emptied: exchange');
    ok($nginx->introspect($own)->{json}{active}, "emptied: a client's own token has no record");
    is($nginx->revoke($own, 'robot')->{status}, 200, "emptied: a client's own token is revoked");
    is($nginx->introspect($own)->{body}, '{"active":false}', 'and inactive');
}

# A store is not whole since the time of an old token that is revoked there.
{
    $redis->command('FLUSHALL');
    is($nginx->revoke($early, 'robot')->{status}, 200, 'an old token is revoked in an empty store');
    cmp_ok($redis->command('GET', 'oauth2:marker'), '>', $begun + 1, 'which is whole since then');
}

finish($nginx, qr/oauth2: (?:redis|the store was emptied)/);
done_testing;
