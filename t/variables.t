# Variables tell the access log who asked for what, and what became of it.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $http = OAuth2Test::http_config('', <<'EOT');
    log_format oauth2 '<$status|$oauth2_client_id|$oauth2_grant_type|$oauth2_subject|$oauth2_scope|$oauth2_error|$oauth2_family|$oauth2_outcome>';
EOT
our $config = OAuth2Test::server_config('access_log logs/access.log oauth2;', '');

our $family = family_hash(OAuth2Test::Token::family_id(identity()));

run_tests();

__DATA__

=== rotated
--- http_config eval: $::http
--- config eval: $::config
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3))
--- access_log eval: "<200|app|refresh_token|alice|read write||$::family|rotated>"



=== a narrower scope is what was granted
--- http_config eval: $::http
--- config eval: $::config
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3), scope => 'write')
--- access_log eval: "<200|app|refresh_token|alice|write||$::family|rotated>"



=== issued
--- http_config eval: $::http
--- config eval: $::config
--- request eval: ::password('alice', 'open-sesame')
--- access_log eval: [qr/<200\|app\|password\|alice\|read write\|\|[\w-]{22}\|issued>/]



=== retried
--- http_config eval: $::http
--- config eval: $::config
--- family eval: { generation => 3, age => 10 }
--- request eval: ::refresh(::token(2))
--- access_log eval: "<200|app|refresh_token|alice|read write||$::family|retried>"



=== healed
--- http_config eval: $::http
--- config eval: $::config
--- family eval: { generation => 3, age => 10 }
--- request eval: ::refresh(::token(5))
--- access_log eval: "<200|app|refresh_token|alice|read write||$::family|healed>"



=== renewal_off
--- http_config eval: $::http
--- config eval: OAuth2Test::server_config('access_log logs/access.log oauth2; oauth2_refresh_token_renewal off;', '')
--- family eval: { generation => 3, age => 10 }
--- request eval: ::refresh(::token(3))
--- access_log eval: "<200|app|refresh_token|alice|read write||$::family|renewal_off>"



=== replayed
--- http_config eval: $::http
--- config eval: $::config
--- family eval: { generation => 3, age => 40 }
--- request eval: ::refresh(::token(2))
--- error_code: 400
--- access_log eval: [qr/<400\|app\|refresh_token\|[^|]*\|[^|]*\|invalid_grant\|\Q$::family\E\|replayed>/]



=== rejected by the record
--- http_config eval: $::http
--- config eval: $::config
--- family eval: { generation => 3, state => 'R' }
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- access_log eval: [qr/<400\|app\|refresh_token\|[^|]*\|[^|]*\|invalid_grant\|\Q$::family\E\|rejected>/]



=== a forged token has no family
--- http_config eval: $::http
--- config eval: $::config
--- request eval: ::refresh('x' x 56)
--- error_code: 400
--- access_log eval: [qr/<400\|app\|refresh_token\|-?\|[^|]*\|invalid_grant\|-?\|rejected>/]



=== a client that is none
--- http_config eval: $::http
--- config eval: $::config
--- more_headers eval: ::as('nobody', 'x')
--- request eval: ::refresh(::token(1))
--- error_code: 401
--- access_log eval: [qr/<401\|nobody\|refresh_token\|-?\|-?\|invalid_client\|[^|]*\|rejected>/]



=== a client's id in the body
--- http_config eval: $::http
--- config eval: $::config
--- more_headers eval: ::anonymous()
--- request eval: ::refresh(::token(1), client_id => 'app', client_secret => 'wrong')
--- error_code: 401
--- access_log eval: [qr/<401\|app\|refresh_token\|-?\|-?\|invalid_client\|[^|]*\|rejected>/]



=== unavailable
--- http_config
    log_format oauth2 '<$status|$oauth2_client_id|$oauth2_grant_type|$oauth2_error|$oauth2_family|$oauth2_outcome>';
    oauth2_redis { server unix:$TEST_NGINX_DIR/nowhere.sock; }
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types password refresh_token; scope read; }
--- config eval: $::config
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- access_log eval: "<503|app|refresh_token|temporarily_unavailable|$::family|unavailable>"



=== a method that is not allowed
--- http_config eval: $::http
--- config eval: $::config
--- request
GET /oauth2/token
--- error_code: 405
--- access_log eval: [qr/<405\|[^|]*\|-?\|-?\|-?\|invalid_request\|-?\|rejected>/]



=== another location knows nothing
--- http_config eval: $::http
--- config
    location = /plain { access_log logs/access.log oauth2; return 200 "[$oauth2_client_id$oauth2_family$oauth2_outcome]"; }
--- request
GET /plain
--- response_headers
--- response_body: []
--- access_log eval: [qr/<200\|-?\|-?\|-?\|-?\|-?\|-?\|-?>/]



=== in a header
--- more_location
        add_header X-Outcome $oauth2_outcome always;
        add_header X-Client $oauth2_client_id always;
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3))
--- response_headers
X-Outcome: rotated
X-Client: app



=== a client id with control characters is none
--- more_location
        add_header X-Client "<$oauth2_client_id>" always;
--- more_headers
Content-Type: application/x-www-form-urlencoded
--- request eval: "POST /oauth2/token\ngrant_type=refresh_token&refresh_token=x&client_id=a%0d%0aX-Evil:%20yes"
--- error_code: 401
--- answer eval: { error => 'invalid_client' }
--- response_headers
X-Client: <>
X-Evil:



=== a value cannot break out of a log line
--- http_config eval: $::http
--- config eval: $::config
--- request eval: ::post(grant_type => "a\n<200|", client_id => 'app')
--- error_code: 400
--- access_log eval: [qr/<400\|app\|[^\n]*\|unsupported_grant_type\|/]
