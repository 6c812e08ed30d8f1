# Mistakes around the authorization endpoint are found by nginx -t, with the line at fault.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $long = 'https://c.example/' . 'x' x 2000;
$ENV{TEST_NGINX_PAGE}      = file(page => "<form>{{form}}</form>\n");
$ENV{TEST_NGINX_BAD_PAGE}  = file(bad_page => "<form></form>\n");
$ENV{TEST_NGINX_ODD_PAGE}  = file(odd_page => "{{form}} {{nonsense}}\n");

# An endpoint in a location of its own, in bad.conf.
sub endpoint { "oauth2_issuer https://as.example;\nlocation = /authorize {\n    oauth2_authorize;\n$_[0]}\n" }

our $warned = qr/\[warn\].*oauth2_subject \$remote_user/;
our $login = "auth_basic users; auth_basic_user_file \$TEST_NGINX_USERS;\n";

sub with_redirect { "redirect_uri $_[0];\n" }

run_tests();

__DATA__

=== a redirect URI with a fragment
--- bad_client
redirect_uri "https://c.example/cb#top";
--- complains: 1 redirect URI "https://c\.example/cb#top".*fragment



=== with an empty fragment
--- bad_client
redirect_uri "https://c.example/cb#";
--- complains: 1 fragment



=== with user information
--- bad_client
redirect_uri https://user@c.example/cb;
--- complains: 1 user information



=== javascript
--- bad_client
redirect_uri https://c.example javascript:alert(1);
--- complains: 1 redirect URI "javascript:alert\(1\)".*scheme



=== data
--- bad_client
redirect_uri data:text/html,x;
--- complains: 1 scheme



=== http elsewhere
--- bad_client
redirect_uri http://c.example/cb;
--- complains: 1 https



=== http of another loopback address
--- bad_client
redirect_uri http://127.0.0.1.c.example/cb;
--- complains: 1 https



=== a private scheme without a dot
--- bad_client
redirect_uri myapp:/cb;
--- complains: 1 dot



=== a relative one
--- bad_client
redirect_uri /cb;
--- complains: 1 absolute



=== without a host
--- bad_client
redirect_uri https:///cb;
--- complains: 1 host



=== with a port that is none
--- bad_client
redirect_uri https://c.example:0/cb;
--- complains: 1 port



=== with characters that need escaping
--- bad_client
redirect_uri "https://c.example/<cb>";
--- complains: 1 redirect URI



=== over-long
--- bad_client eval: "redirect_uri $::long;"
--- complains: 1 redirect URI



=== without a value
--- bad_client
redirect_uri;
--- complains: 1 number of arguments



=== the code grant without a redirect URI
--- bad_http
oauth2_client c { secret plain:s; grant_types authorization_code; }
--- complains: 1 redirect_uri



=== the implicit grant without a redirect URI
--- bad_http
oauth2_client c { secret plain:s; grant_types implicit; }
--- complains: 1 redirect_uri



=== client credentials of a public client
--- bad_http
oauth2_client c { auth_method none; grant_types client_credentials; }
--- complains: 1 client_credentials



=== a public client without PKCE
--- bad_http
oauth2_client c {
    auth_method none; grant_types authorization_code; redirect_uri https://c.example;
    pkce off;
}
--- complains: 3 pkce off



=== a public client that introspects
--- bad_http
oauth2_client c {
    auth_method none;
    introspect on;
}
--- complains: 3 introspect



=== an app without consent
--- bad_http
oauth2_client c {
    auth_method none; grant_types authorization_code; redirect_uri http://127.0.0.1/cb;
    consent off;
}
--- complains: 3 consent off



=== an app with a scheme of its own without consent
--- bad_http
oauth2_client c {
    auth_method none; grant_types authorization_code; redirect_uri https://c.example com.example.c:/cb;
    consent off;
}
--- complains: 3 consent off



=== an app that inherits that nobody is asked
--- more_http
oauth2_client c { auth_method none; grant_types authorization_code; redirect_uri http://[::1]/cb; }
--- bad_server eval: "oauth2_consent off;\n" . ::endpoint($::login . 'oauth2_subject $remote_user;')
--- complains: 1 oauth2_consent off.*"c"



=== a public web application and a confidential app may go without
--- http_config eval
OAuth2Test::http_config('', 'oauth2_client c { auth_method none; grant_types authorization_code; redirect_uri https://c.example; consent off; }
oauth2_client d { secret plain:s; grant_types authorization_code; redirect_uri http://127.0.0.1/cb; consent off; }')
--- request
GET /oauth2/token
--- error_code: 405



=== switches that are none
--- bad_client
pkce maybe;
--- complains: 1 maybe



=== introspect that is no switch
--- bad_client
introspect yes;
--- complains: 1 yes



=== pkce twice
--- bad_client
pkce on;
pkce on;
--- complains: 2 duplicate



=== introspect twice
--- bad_client
introspect on;
introspect off;
--- complains: 2 duplicate



=== a name twice
--- bad_client
name One;
name Two;
--- complains: 2 duplicate



=== an empty name
--- bad_client
name "";
--- complains: 1 name.*invalid value



=== a name that is too long
--- bad_client eval: 'name ' . 'n' x 256 . ';'
--- complains: 1 name.*invalid value



=== a name that is no text
--- bad_client eval: "name \"\xff\";"
--- complains: 1 name.*invalid value



=== a name of two words
--- bad_client
name My App;
--- complains: 1 number of arguments



=== code_validity of zero
--- bad_client
code_validity 0;
--- complains: 1 invalid value



=== code_validity twice
--- bad_http
oauth2_code_validity 1m;
oauth2_code_validity 2m;
--- complains: 2 duplicate



=== consent that is no switch
--- bad_http
oauth2_consent maybe;
--- complains: 1 maybe



=== consent twice
--- bad_location
oauth2_consent on;
oauth2_consent on;
--- complains: 2 duplicate



=== an issuer without TLS
--- bad_http
oauth2_issuer http://as.example;
--- complains: 1 issuer "http://as\.example".*https



=== an issuer on this machine without TLS
--- bad_http
oauth2_issuer http://127.0.0.1;
--- complains: 1 issuer.*https



=== an issuer with a query
--- bad_http
oauth2_issuer https://as.example?a=b;
--- complains: 1 issuer.*query



=== an issuer with a fragment
--- bad_http
oauth2_issuer "https://as.example#a";
--- complains: 1 issuer.*fragment



=== an issuer twice
--- bad_server
oauth2_issuer https://as.example;
oauth2_issuer https://as.example;
--- complains: 2 duplicate



=== an issuer in a location
--- bad_location
oauth2_issuer https://as.example;
--- complains: 1 not allowed here



=== authorize without an issuer
--- bad_server
location = /authorize {
    auth_basic users; auth_basic_user_file $TEST_NGINX_USERS;
    oauth2_authorize;
    oauth2_subject $remote_user;
}
--- complains: 3 oauth2_issuer.*oauth2_authorize



=== metadata without an issuer
--- bad_server
location = /metadata {
    oauth2_metadata;
}
--- complains: 2 oauth2_issuer.*oauth2_metadata



=== authorize without a subject
--- bad_server eval: ::endpoint('')
--- complains: 3 oauth2_subject



=== a subject from outside is not said explicitly
--- more_server: oauth2_subject $http_x_user;
--- bad_server eval: ::endpoint('')
--- complains: 3 oauth2_subject



=== a subject that is off
--- bad_server eval: ::endpoint('oauth2_subject off;')
--- complains: 3 oauth2_subject



=== $remote_user where nobody checks it
--- config eval: OAuth2Test::server_config('', ::endpoint('oauth2_subject $remote_user;'))
--- request
GET /oauth2/token
--- error_code: 405
--- error_log eval: [$::warned]



=== $remote_user where the check is off
--- config eval: "auth_basic users; auth_basic_user_file \$TEST_NGINX_USERS;\n" . OAuth2Test::server_config('', ::endpoint('auth_basic off; oauth2_subject $remote_user;'))
--- request
GET /authorize
--- error_code: 400
--- page eval: qr/client_id/
--- error_log eval: [$::warned]



=== $remote_user inside of a longer text
--- config eval: OAuth2Test::server_config('', ::endpoint('oauth2_subject "user:${remote_user}";'))
--- request
GET /oauth2/token
--- error_code: 405
--- error_log eval: [$::warned]



=== $remote_user where auth_basic checks it
--- config eval: OAuth2Test::server_config('', ::endpoint($::login . 'oauth2_subject $remote_user;'))
--- request
GET /oauth2/token
--- error_code: 405
--- no_error_log eval: [$::warned]



=== $remote_user where auth_basic of the server checks it
--- response_headers_like: WWW-Authenticate: Basic.*
--- config eval: $::login . OAuth2Test::server_config('', ::endpoint('oauth2_subject $remote_user;'))
--- request
GET /oauth2/token
--- error_code: 401

--- no_error_log eval: [$::warned]



=== another variable is not warned of
--- config eval: OAuth2Test::server_config('', ::endpoint('oauth2_subject $ssl_client_s_dn;'))
--- request
GET /oauth2/token
--- error_code: 405
--- no_error_log eval: [$::warned]



=== two endpoints in a location
--- bad_location
oauth2_revoke;
--- complains: 1 oauth2_token.*oauth2_revoke.*exclude



=== the same endpoint twice
--- bad_server
location = /r {
    oauth2_revoke;
    oauth2_revoke;
}
--- complains: 3 duplicate



=== metadata twice
--- bad_server
location = /m {
    oauth2_metadata;
    oauth2_metadata;
}
--- complains: 3 duplicate



=== another handler
--- bad_server
location = /i {
    oauth2_introspect;
    proxy_pass http://127.0.0.1:1;
}
--- complains: 2 answers instead of "oauth2_introspect"



=== revocation without keys
--- config
location = /r { oauth2_revoke; }
--- http_config
oauth2_redis { server $TEST_NGINX_REDIS; }
--- must_die
--- error_log eval: qr/\[emerg\].*oauth2_key.*oauth2_revoke.* in \S+nginx\.conf:\d+/



=== introspection without a store
--- config
location = /i { oauth2_introspect; }
--- http_config
oauth2_key $TEST_NGINX_KEY;
--- must_die
--- error_log eval: qr/\[emerg\].*oauth2_redis.*oauth2_introspect.* in \S+nginx\.conf:\d+/



=== endpoints outside of locations
--- bad_server
oauth2_authorize;
--- complains: 1 not allowed here



=== metadata outside of a location
--- bad_server
oauth2_metadata;
--- complains: 1 not allowed here



=== a page that is not there
--- bad_http
oauth2_consent_page $TEST_NGINX_DIR/no-such-page;
--- complains: 1 no-such-page



=== a page without the form
--- bad_location
oauth2_consent_page $TEST_NGINX_BAD_PAGE;
--- complains: 1 bad_page".*form



=== a page with a place that is not known
--- bad_server
oauth2_consent_page $TEST_NGINX_ODD_PAGE;
--- complains: 1 odd_page".*not known



=== a page twice
--- bad_location
oauth2_consent_page $TEST_NGINX_PAGE;
oauth2_consent_page off;
--- complains: 2 duplicate
