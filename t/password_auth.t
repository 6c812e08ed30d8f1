# The password grant against an upstream that knows the users.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

# The upstream says yes only to a request that carries alice's credentials and nothing of the client's.
our $sealed = OAuth2Test::http_config('', <<'EOT');
    map "$http_authorization|$content_type|$content_length|$http_transfer_encoding|$http_expect|$http_cookie|$http_if_none_match|$http_range" $verdict {
        "Basic YWxpY2U6b3Blbi1zZXNhbWU=|||||||"  204;
        "Basic YWxpY2U6b3Blbi1zZXNhbWU=||0|||||" 204;
        "~^Basic YWxpY2U6b3Blbi1zZXNhbWU="    500;
        default                               401;
    }
    server {
        listen unix:$TEST_NGINX_HTML_DIR/auth.sock;
        location / {
            add_header X-User-Id "user-4711" always;
            add_header X-Body "$request_body" always;
            if ($verdict = 204) { return 204; }
            if ($verdict = 401) { return 401; }
            return 500;
        }
        location /status/200 { return 200 "a body\n"; }
        location /status/302 { return 302 /elsewhere; }
        location /status/401 { return 401; }
        location /status/403 { return 403; }
        location /status/404 { return 404; }
        location /status/500 { return 500; }
    }
EOT
our $basic = OAuth2Test::http_config('', <<'EOT');
    server {
        listen unix:$TEST_NGINX_HTML_DIR/auth.sock;
        location / {
            auth_basic users;
            auth_basic_user_file $TEST_NGINX_USERS;
            try_files /nothing =204;
        }
    }
EOT
our $server = OAuth2Test::server_config('', <<'EOT');
    oauth2_password_auth /check;
    location = /check {
        internal;
        proxy_pass http://unix:$TEST_NGINX_HTML_DIR/auth.sock:/;
    }
EOT
sub status { $server =~ s{sock:/;}{sock:/status/$_[0];}r }

run_tests();

__DATA__

=== another server of this nginx checks with auth_basic
--- http_config eval: $::basic
--- config eval: $::server
--- request eval: [::password('alice', 'open-sesame'), ::password('alice', 'open-sesam'), ::password('nobody', 'x'), ::password('bob', 'hello-bob')]
--- error_code eval: [200, 400, 400, 200]
--- answer eval
[{ refresh_token => qr/^[\w-]{56}$/ }, ({ error => 'invalid_grant', access_token => undef }) x 2, { token_type => 'Bearer' }]



=== the upstream sees the user's credentials and nothing of the client
--- http_config eval: $::sealed
--- config eval: $::server
--- request eval: ::password('alice', 'open-sesame')
--- answer eval: { token_type => 'Bearer' }



=== nor a session or a condition of the client
--- http_config eval: $::sealed
--- config eval: $::server
--- more_headers eval: ::as('app', 'app-secret') . "\nCookie: session=1\nIf-None-Match: x\nRange: bytes=0-0"
--- request eval: ::password('alice', 'open-sesame')
--- answer eval: { token_type => 'Bearer' }



=== nor what belongs to a chunked body
--- http_config eval: $::sealed
--- config eval: $::server
--- more_headers eval: ::as('app', 'app-secret') . "\nTransfer-Encoding: chunked"
--- request eval
my $body = ::form(grant_type => 'password', username => 'alice', password => 'open-sesame');
sprintf "POST /oauth2/token\n%x\r\n%s\r\n0\r\n\r\n", length $body, $body
--- answer eval: { token_type => 'Bearer' }



=== nor when the client authenticates in the body
--- http_config eval: $::sealed
--- config eval: $::server
--- more_headers eval: ::anonymous()
--- request eval: ::password('alice', 'open-sesame', client_id => 'app', client_secret => 'app-secret')
--- answer eval: { token_type => 'Bearer' }



=== no trace of the refusal's own headers
--- http_config eval: $::basic
--- config eval: $::server
--- request eval: ::password('alice', 'wrong')
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- raw_response_headers_unlike: WWW-Authenticate
--- no_commands



=== the upstream names the subject
--- http_config eval: $::sealed
--- config eval: "oauth2_subject \$upstream_http_x_user_id;\n$::server"
--- request eval: ::password('alice', 'open-sesame')
--- access eval: { subject => 'user-4711' }
--- after eval
sub {
    my $family = ::token_fields($_[1]{refresh_token})->{family};
    Test::More::is(::stored(family => $family)->{subject}, 'user-4711', 'in the record');
    Test::More::is(substr($family, 0, 6), substr(Digest::SHA::sha256('user-4711'), 0, 6), 'in the hash tag');
}



=== the checked user name is the subject otherwise
--- http_config eval: $::basic
--- config eval: $::server
--- request eval: ::password('bob', 'hello-bob')
--- access eval: { subject => 'bob' }



=== a subject that the upstream does not name
--- http_config eval: $::basic
--- config eval: "oauth2_subject \$upstream_http_x_user_id;\n$::server"
--- request eval: ::password('alice', 'open-sesame')
--- error_code_like: ^(?:400|503)$
--- answer eval: { access_token => undef, refresh_token => undef }
--- no_commands



=== 200 with a body is a yes, and the body is not ours
--- http_config eval: $::sealed
--- config eval: ::status(200)
--- request eval: ::password('anyone', 'anything')
--- answer eval: { token_type => 'Bearer' }



=== 403 is a no
--- http_config eval: $::sealed
--- config eval: ::status(403)
--- request eval: ::password('alice', 'open-sesame')
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }



=== 302 is no answer
--- http_config eval: $::sealed
--- config eval: ::status(302)
--- request eval: ::password('alice', 'open-sesame')
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- raw_response_headers_like: (?i)Retry-After: \d+
--- raw_response_headers_unlike: (?i)Location:



=== 404 is no answer
--- http_config eval: $::sealed
--- config eval: ::status(404)
--- request eval: ::password('alice', 'open-sesame')
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }



=== 500 is no answer
--- http_config eval: $::sealed
--- config eval: ::status(500)
--- request eval: ::password('alice', 'open-sesame')
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- no_commands



=== an upstream that is not there
--- config eval: $::server
--- request eval: ::password('alice', 'open-sesame')
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- error_log
auth.sock
[crit]



=== user names and passwords that could break the header
--- http_config eval: $::sealed
--- config eval: ::status(200)
--- request eval
[map { ::password(@$_) } ['alice:open', 'sesame'], ["alice\r\nX: y", 'x'], ["alice\0", 'x'],
    ['alice', "x\r\nX: y"], ['alice', "x\0"], ['alice', "x\x7f"]]
--- error_code: 400
--- answer eval: [({ error => 'invalid_grant' }) x 6]
--- no_commands



=== a password may contain a colon
--- http_config eval: $::sealed
--- config eval: ::status(200)
--- request eval: ::password('alice', 'a:b:c')
--- answer eval: { token_type => 'Bearer' }



=== the location may be asked for its variables by nobody else
--- http_config eval: $::sealed
--- config eval: $::server
--- request
GET /check
--- error_code: 404
--- response_headers
Content-Type: text/html
