# Mistakes in oauth2_client are found by nginx -t, with the line at fault.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

$ENV{TEST_NGINX_EMPTY} = file(empty => "\n");

run_tests();

__DATA__

=== an unknown option
--- bad_client
nonsense yes;
--- complains: 1 nonsense



=== an option with its prefix
--- bad_client
oauth2_refresh_token_validity 1d;
--- complains: 1 oauth2_refresh_token_validity



=== the same client twice at one level
--- bad_http
oauth2_client twin { secret plain:s; grant_types refresh_token; }
oauth2_client twin { secret plain:s; grant_types refresh_token; }
--- complains: 2 duplicate|already|twin



=== without grant_types
--- bad_http
oauth2_client c { secret plain:s; scope read; }
--- complains: 1 grant_types



=== an unknown grant type
--- bad_http
oauth2_client c {
    secret plain:s;
    grant_types refresh_token device_code;
}
--- complains: 3 device_code



=== a confidential client without a secret
--- bad_http
oauth2_client c { grant_types refresh_token; }
--- complains: 1 secret



=== a public client with a secret
--- bad_http
oauth2_client c { auth_method none; secret plain:s; grant_types refresh_token; }
--- complains: 1 secret



=== a public client with another method
--- bad_http
oauth2_client c {
    auth_method none client_secret_basic;
    secret plain:s; grant_types refresh_token;
}
--- complains: 2 none



=== an unknown method
--- bad_http
oauth2_client c {
    secret plain:s; grant_types refresh_token;
    auth_method private_key_jwt;
}
--- complains: 3 private_key_jwt



=== a public client whose tokens do not rotate
--- bad_http
oauth2_client c {
    auth_method none; grant_types refresh_token;
    refresh_token_renewal off;
}
--- complains: \d renewal



=== a public client with an unlimited window
--- bad_http
oauth2_client c {
    auth_method none; grant_types refresh_token;
    refresh_token_retry until_used;
}
--- complains: \d until_used|retry



=== a public client that inherits that its tokens do not rotate
--- more_http
    oauth2_client c { auth_method none; grant_types refresh_token; }
    oauth2_refresh_token_renewal off;
--- must_die
--- error_log eval: [qr/\[emerg\].*renewal.* in \S+nginx\.conf:\d+$/]



=== a public client that inherits an unlimited window
--- more_http
    oauth2_client c { auth_method none; grant_types refresh_token; }
--- more_location
        oauth2_refresh_token_retry until_used;
--- must_die
--- error_log eval: [qr/\[emerg\].*(?:until_used|retry).* in \S+nginx\.conf:\d+$/]



=== a public client that beats what it would inherit
--- more_http
    oauth2_client c { auth_method none; grant_types refresh_token; refresh_token_renewal on; refresh_token_retry 1m; }
    oauth2_refresh_token_renewal off;
    oauth2_refresh_token_retry until_used;
--- request
GET /oauth2/token
--- error_code: 405



=== an unknown scheme of a secret
--- bad_client
secret md5:abc;
--- complains: 1 md5|secret



=== a secret without a scheme
--- bad_client
secret abc;
--- complains: 1 secret|abc



=== an empty secret
--- bad_client
secret plain:;
--- complains: 1 secret|empty



=== a hash that is none
--- bad_client
secret sha256:abc;
--- complains: 1 secret|sha256



=== a file of a secret that is not there
--- bad_client
secret file:$TEST_NGINX_DIR/no-such-secret;
--- complains: 1 no-such-secret



=== a file of an empty secret
--- bad_client
secret file:$TEST_NGINX_EMPTY;
--- complains: 1 empty



=== a scope that is none
--- bad_http
oauth2_client c { secret plain:s; grant_types refresh_token; scope "re\"ad"; }
--- complains: 1 scope



=== an id that is too long
--- bad_http eval: 'oauth2_client ' . 'i' x 256 . ' { secret plain:s; grant_types refresh_token; }'
--- complains: 1 client id|long|255|length



=== an empty id
--- bad_http
oauth2_client "" { secret plain:s; grant_types refresh_token; }
--- complains: 1 empty|oauth2_client|client



=== a scope that is too long
--- bad_http eval: 'oauth2_client c { secret plain:s; grant_types refresh_token; scope ' . "@{[1 .. 600]}" . '; }'
--- complains: 1 scope|long|2048|length



=== an option twice
--- bad_client
refresh_token_validity 1h;
refresh_token_validity 2h;
--- complains: 2 duplicate



=== a retry window as long as the validity
--- bad_client
refresh_token_validity 1m;
refresh_token_retry 1m;
--- complains: \d retry



=== a validity of zero
--- bad_client
refresh_token_validity 0;
--- complains: 1 validity|invalid value|0



=== values that are none
--- bad_client
refresh_token_renewal maybe;
--- complains: 1 maybe



=== a policy that is none
--- bad_client
refresh_token_reuse ignore;
--- complains: 1 ignore



=== a client in a location
--- bad_location
oauth2_client c { secret plain:s; grant_types refresh_token; }
--- complains: 1 not allowed here



=== a client without a block
--- bad_http
oauth2_client c;
--- complains: 1 has no opening
