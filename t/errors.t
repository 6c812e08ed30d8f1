# The table of errors: status, code and headers, one row after the other.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

run_tests();

__DATA__

=== only POST is allowed
--- request eval: [map { "$_ /oauth2/token" } qw(GET PUT DELETE PATCH OPTIONS)]
--- error_code: 405
--- raw_response_headers_like eval: [('\r\nAllow: POST\r\n') x 5]
--- answer eval: [({ error => 'invalid_request' }) x 5]
--- no_commands



=== HEAD is not
--- request
HEAD /oauth2/token
--- error_code: 405
--- response_headers
Allow: POST
Content-Type: application/json
Cache-Control: no-store
Pragma: no-cache
--- response_body



=== GET with everything in its query
--- secrets
--- request eval: 'GET /oauth2/token?' . ::form(grant_type => 'refresh_token', refresh_token => ::token(1))
--- error_code: 405
--- answer eval: { error => 'invalid_request' }
--- no_commands



=== PUT with a form
--- request eval: ::refresh(::token(1)) =~ s/POST/PUT/r
--- error_code: 405
--- raw_response_headers_like: \r\nAllow: POST\r\n
--- answer eval: { error => 'invalid_request' }
--- no_commands



=== another content type
--- more_headers eval
[map { ::typed($_) } 'application/json', 'text/plain',
    'multipart/form-data; boundary=x', 'application/x-www-form-urlencodedx', 'application/x-www-form']
--- request eval: [(::refresh(::token(1))) x 5]
--- error_code: 400
--- answer eval: [({ error => 'invalid_request' }) x 5]
--- no_commands



=== no content type
--- more_headers eval: ::basic('app', 'app-secret')
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: { error => 'invalid_request' }



=== a body too large
--- request eval: ::refresh(::token(1), x => 'y' x 9000)
--- error_code: 413
--- answer eval: { error => 'invalid_request' }
--- no_commands



=== no grant type, an empty one, two of them
--- request eval
[::post(refresh_token => ::token(1)), ::post(grant_type => '', refresh_token => ::token(1)),
 ::post(grant_type => 'refresh_token', grant_type => 'refresh_token', refresh_token => ::token(1))]
--- error_code: 400
--- answer eval: [({ error => 'invalid_request' }) x 3]
--- no_commands



=== no refresh token, an empty one, two of them
--- request eval
[::post(grant_type => 'refresh_token'), ::refresh(''), ::refresh(::token(1), refresh_token => ::token(1))]
--- error_code: 400
--- answer eval: [({ error => 'invalid_request' }) x 3]
--- no_commands



=== every known parameter at most once
--- request eval
[map { ::refresh(::token(1), @$_, @$_) } [scope => 'read'], [client_id => 'app'], [client_secret => 'app-secret'],
    [username => 'alice'], [password => 'open-sesame']]
--- error_code: 400
--- answer eval: [({ error => 'invalid_request' }) x 5]
--- no_commands



=== a known parameter in the query
--- secrets
--- request eval
[map { ::refresh(::token(1)) =~ s/token\n/token?$_\n/r } 'grant_type=refresh_token', 'refresh_token=x', 'scope=read',
    'username=a', 'password=b', 'x=y&scope', 'grant%5ftype=x']
--- error_code: 400
--- answer eval: [({ error => 'invalid_request' }) x 7]
--- no_commands



=== a grant type that nobody knows
--- request eval: [map { ::post(grant_type => $_) } 'nonsense', 'REFRESH_TOKEN', 'urn:x:y', 'refresh_token ', 'implicit']
--- error_code: 400
--- answer eval: [({ error => 'unsupported_grant_type' }) x 5]
--- no_commands



=== a grant type that is not switched on
--- config
    location = /oauth2/token { oauth2_token; }
--- request eval: ::password('alice', 'open-sesame')
--- error_code: 400
--- answer eval: { error => 'unsupported_grant_type' }



=== a grant type that is not this client's
--- more_http
    oauth2_client p { secret plain:s; grant_types password; scope read; }
    oauth2_client r { secret plain:s; grant_types refresh_token; scope read; }
--- more_headers eval: [::as('p', 's'), ::as('r', 's')]
--- request eval: [::refresh(::token(1, client => 'p')), ::password('alice', 'open-sesame')]
--- error_code: 400
--- answer eval: [({ error => 'unauthorized_client' }) x 2]
--- no_commands



=== a client without the refresh token grant gets no refresh token
--- more_http
    oauth2_client p { secret plain:s; grant_types password; scope read; }
--- more_headers eval: ::as('p', 's')
--- request eval: ::password('alice', 'open-sesame')
--- answer eval: { access_token => qr/./, refresh_token => undef, refresh_token_expires_in => undef, expires_in => 3600 }



=== a client that is not authenticated
--- more_headers eval: ::as('app', 'wrong')
--- request eval: ::refresh(::token(1))
--- error_code: 401
--- raw_response_headers_like: WWW-Authenticate: Basic realm="[^"]*"
--- answer eval: { error => 'invalid_client' }



=== a refresh token refused
--- request eval: ::refresh('x' x 56)
--- error_code: 400
--- raw_response_headers_unlike: WWW-Authenticate
--- answer eval: { error => 'invalid_grant' }



=== a user's password refused
--- request eval: ::password('alice', 'wrong')
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }



=== a malformed scope
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1), scope => 'read"')
--- error_code: 400
--- answer eval: { error => 'invalid_scope' }
--- record: untouched



=== the store is away
--- http_config
    oauth2_redis { server unix:$TEST_NGINX_DIR/nowhere.sock; }
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types password refresh_token; scope read; }
--- request eval: [::refresh(::token(1)), ::password('alice', 'open-sesame')]
--- error_code: 503
--- raw_response_headers_like eval: [('\r\nRetry-After: \d+\r\n') x 2]
--- answer eval: [({ error => 'temporarily_unavailable', access_token => undef }) x 2]



=== descriptions keep to the characters of RFC 6749
--- request eval
[::post(grant_type => 'a"b\\c'), ::refresh("\"\\\n"), ::refresh(::token(1), scope => '"\\'), ::password("a\"\\\n", "\"\\")]
--- error_code: 400
--- answer eval
[({ error_description => sub { ($_[0] // 'x') =~ /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/ } }) x 4]
