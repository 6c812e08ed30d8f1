# The client credentials grant: an access token of the client itself, and nothing in Redis.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $robot = as('robot', 'robot-secret');
sub grant { post(grant_type => 'client_credentials', @_) }

run_tests();

__DATA__

=== an access token alone
--- authorizing
--- more_headers eval: $::robot
--- request eval: ::grant()
--- answer eval
{ token_type => 'Bearer', expires_in => 3600, scope => 'read write', access_token => qr/^[\w-]{80,}$/, refresh_token => undef, refresh_token_expires_in => undef }
--- access eval: { client => 'robot', subject => '', scope => 'read write' }
--- no_commands



=== no refresh token for a client that has them either
--- authorizing
--- http_config eval: OAuth2Test::grants_http('') =~ s/grant_types client_credentials/$& refresh_token/r
--- more_headers eval: $::robot
--- request eval: ::grant()
--- answer eval: { refresh_token => undef }



=== its scope
--- authorizing
--- more_headers eval: $::robot
--- request eval: [map { ::grant(scope => $_) } 'write', '', 'admin', 're"ad', "read\r\nX: y", 'x' x 2049]
--- error_code eval: [200, 200, (400) x 4]
--- answer eval: [{ scope => 'write' }, { scope => 'read write' }, ({ error => 'invalid_scope' }) x 4]



=== its validity
--- authorizing
--- http_config eval: OAuth2Test::grants_http('') =~ s/oauth2_client robot \{/$& access_token_validity 90s;/r
--- more_headers eval: $::robot
--- request eval: ::grant()
--- answer eval: { expires_in => 90 }



=== for clients that have it, and that are who they are
--- authorizing
--- more_headers eval: [::as('web', 'web-secret'), ::anonymous(), ::as('robot', 'wrong'), ::anonymous(), ::as('nobody', 'x')]
--- request eval: [::grant(), ::grant(client_id => 'page'), ::grant(), ::grant(client_id => 'robot'), ::grant()]
--- error_code eval: [400, 400, 401, 401, 401]
--- answer eval: [({ error => 'unauthorized_client' }) x 2, ({ error => 'invalid_client' }) x 3]
--- no_commands



=== the client's secret in the body
--- authorizing
--- more_headers eval: ::anonymous()
--- request eval: ::grant(client_id => 'robot', client_secret => 'robot-secret')
--- answer eval: { token_type => 'Bearer' }



=== the store does not matter
--- authorizing
--- http_config eval: OAuth2Test::grants_http('') =~ s/server \$TEST_NGINX_REDIS/server unix:\$TEST_NGINX_DIR\/no-such-redis/r
--- more_headers eval: $::robot
--- request eval: ::grant()
--- answer eval: { token_type => 'Bearer' }
--- expected_trouble: [crit]



=== the variables
--- authorizing
--- http_config eval: OAuth2Test::grants_http(q{log_format o '$oauth2_client_id|$oauth2_grant_type|$oauth2_subject|$oauth2_scope|$oauth2_outcome|$oauth2_error';})
--- more_server: access_log logs/access.log o;
--- more_headers eval: $::robot
--- request eval: ::grant(scope => 'read')
--- access_log: robot|client_credentials||read|issued|
