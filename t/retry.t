# A client whose reply was lost repeats its request and gets the same successor.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

run_tests();

__DATA__

=== a repeat gets the same successor and a fresh access token
--- family eval: { generation => 3, age => 5000 }
--- request eval: [(::refresh(::token(3))) x 3]
--- answer eval: [({ refresh_token => ::token(4) }) x 3]
--- record eval: { generation => 4, pttl => 86400 }



=== the access tokens of two answers differ
--- family eval: { generation => 3, age => 5000 }
--- request eval: [(::refresh(::token(3))) x 2]
--- after eval
my $first;
[sub { $first = $_[1]{access_token} },
 sub { Test::More::isnt($_[1]{access_token}, $first, 'another access token') }]



=== inside the window nothing changes and nothing slides
--- family eval: { generation => 5, age => 20 }
--- request eval: [(::refresh(::token(4))) x 2]
--- answer eval
[({ refresh_token => ::token(5), refresh_token_expires_in => sub { $_[0] <= 86380 && $_[0] > 86370 } }) x 2]
--- record: untouched
--- after eval
[undef, sub { Test::More::cmp_ok(::stored()->{pttl}, '<=', 86_380_000, 'the TTL did not slide') }]



=== the successor works after the retry
--- family eval: { generation => 5, age => 20 }
--- request eval: [::refresh(::token(4)), ::refresh(::token(5))]
--- answer eval: [{ refresh_token => ::token(5) }, { refresh_token => ::token(6) }]
--- record eval: { generation => 6, pttl => 86400 }



=== up to five seconds later the token is refused and the family lives
--- family eval: { generation => 5, age => 32 }
--- request eval: ::refresh(::token(4))
--- error_code: 400
--- answer eval: { error => 'invalid_grant', refresh_token => undef, access_token => undef }
--- record: untouched



=== the window has a setting
--- family eval: { generation => 5, age => 500 }
--- more_server
    oauth2_refresh_token_retry 10m;
--- request eval: ::refresh(::token(4))
--- answer eval: { refresh_token => ::token(5) }
--- record: untouched



=== the window has a client's setting
--- family eval: { generation => 5, age => 500 }
--- more_client
        refresh_token_retry 10m;
--- request eval: ::refresh(::token(4))
--- answer eval: { refresh_token => ::token(5) }
--- record: untouched



=== without a window the old token is dead at once
--- family eval: { generation => 5 }
--- more_server
    oauth2_refresh_token_retry 0;
--- request eval: ::refresh(::token(4))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record: untouched



=== without a window and after the margin it is a replay
--- family eval: { generation => 5, age => 8 }
--- more_server
    oauth2_refresh_token_retry 0;
--- request eval: ::refresh(::token(4))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record eval: { state => 'R' }



=== until_used: as long as the successor was not presented
--- family eval: { generation => 5, age => 50000 }
--- more_server
    oauth2_refresh_token_retry until_used;
--- request eval: ::refresh(::token(4))
--- answer eval: { refresh_token => ::token(5) }
--- record: untouched



=== until_used: not after it was
--- family eval: { generation => 5, age => 50000 }
--- more_server
    oauth2_refresh_token_retry until_used;
--- request eval: [::refresh(::token(5)), ::refresh(::token(4))]
--- error_code eval: [200, 400]
--- answer eval: [{ refresh_token => ::token(6) }, { error => 'invalid_grant' }]
--- record eval: { state => 'R' }



=== a window longer than the validity, set at another level, is clamped
--- family eval: { generation => 5, ttl => 7200, age => 7000 }
--- more_http
    oauth2_refresh_token_retry 10h;
--- more_server
    oauth2_refresh_token_validity 2h;
--- request eval: ::refresh(::token(4))
--- answer eval: { refresh_token => ::token(5) }
--- record: untouched



=== a retry with a narrower scope narrows the access token only
--- family eval: { generation => 5, age => 20 }
--- request eval: ::refresh(::token(4), scope => 'write')
--- answer eval: { refresh_token => ::token(5), scope => 'write' }
--- access eval: { scope => 'write' }
--- record: untouched



=== the tombstone is older than the window
--- family eval: { generation => 5, age => 1, state => 'R' }
--- request eval: ::refresh(::token(4))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record: untouched
