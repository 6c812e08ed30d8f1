# oauth2_require: nginx as the resource server of RFC 6750. No store is asked for it.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

# What a location answers that has let a request in, by the upstream and by its own variables.
our $config = <<'EOT';
    location = /echo { return 200 "[$http_x_user|$http_x_client|$http_x_scope|$http_authorization]"; }
    location / {
        oauth2_require read;
        proxy_pass       http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo;
        proxy_set_header X-User        $oauth2_subject;
        proxy_set_header X-Client      $oauth2_client_id;
        proxy_set_header X-Scope       $oauth2_scope;
        proxy_set_header Authorization "";
        add_header       X-Family      $oauth2_family;
        # MORE
    }
EOT

our $granted = '[alice|app|read write|]';

sub config {
    my ($location, $server) = @_;
    return ($server // '') . ($config =~ s/# MORE/$location/r);
}

# auth_basic knows johndoe, the token's user is alice.
sub with_basic {
    my $satisfy = shift;
    my $users = file('basic', "johndoe:{PLAIN}A3ddj3w\n", 0644);
    return "satisfy $satisfy; auth_basic site; auth_basic_user_file $users;";
}

sub nobody { basic('johndoe', 'wrong') }

no_root_location();

add_block_preprocessor(sub {
    my $block = shift;
    return if defined $block->complains;
    $block->set_value(config => $config) unless defined $block->config;
    $block->set_value(request => 'GET /') unless defined $block->request;
    $block->set_value(more_headers => bearer()) unless defined $block->more_headers;
    $block->set_value(no_commands => '');
    $block->set_value(response_headers => ref $block->request ? [('') x @{ $block->request }] : '')
        unless defined $block->response_headers;
    $block->set_value(no_error_log => [$block->no_error_log // (), qr/^(?!.*http header: ).*[\w-]{80}/]);
});

run_tests();

__DATA__

=== a good token
--- response_body eval: $::granted
--- response_headers_like
X-Family: [\w-]{22}



=== its family is that of its record
--- response_headers eval: 'X-Family: ' . ::family_hash(OAuth2Test::Token::family_id(::identity()))
--- response_body eval: $::granted



=== the scheme in any case, and more than one space
--- request eval: [('GET /') x 3]
--- more_headers eval: [map { "Authorization: $_" . ::access_token() } 'bearer ', 'BEARER ', 'Bearer    ']
--- response_body eval: [($::granted) x 3]



=== without a token there is no error code (RFC 6750 section 3.1)
--- more_headers
--- error_code: 401
--- response_headers
WWW-Authenticate: Bearer realm="oauth2"
--- response_body_like: 401 Authorization Required
--- error_log eval: [qr/\[info\].* oauth2: no access token in the request, client: 127\.0\.0\.1$/]



=== another scheme is no token
--- more_headers eval: ::basic('app', 'app-secret')
--- error_code: 401
--- response_headers
WWW-Authenticate: Bearer realm="oauth2"



=== a header without its token is an invalid request
--- more_headers
Authorization: Bearer
--- error_code: 400
--- response_headers
WWW-Authenticate: Bearer realm="oauth2", error="invalid_request"
--- error_log eval: [qr/\[info\].* oauth2: authorization header without its access token \(invalid_request\), client: 127\.0\.0\.1$/]



=== what is no token
--- request eval: [('GET /') x 6]
--- more_headers eval: [map { "Authorization: Bearer $_" } 'x', 'a b', '"abc"', 'A' x 3504, 'A' x 3505, ::token(1)]
--- error_code: 401
--- response_headers eval: [('WWW-Authenticate: Bearer realm="oauth2", error="invalid_token"') x 6]
--- error_log eval: [qr/\[info\].* oauth2: access token is malformed, forged or of an unknown key \(invalid_token\), client: 127\.0\.0\.1$/]



=== an expired token
--- more_headers eval: ::bearer(exp => time)
--- error_code: 401
--- response_headers
WWW-Authenticate: Bearer realm="oauth2", error="invalid_token"
--- error_log eval: [qr/\[info\].* oauth2: access token expired \(invalid_token\), oauth2 client: "app", family: "[\w-]{22}", client: 127\.0\.0\.1$/]



=== an altered token, one of another tenant, of another key and of another version
--- request eval: [('GET /') x 4]
--- more_headers eval: [::bearer() =~ s/(.)$/$1 eq 'A' ? 'Q' : 'A'/er, ::bearer(prefix => 'other'), ::bearer(root => ::root_key(2)), ::bearer(version => 2)]
--- error_code: 401
--- response_headers eval: [('WWW-Authenticate: Bearer realm="oauth2", error="invalid_token"') x 4]



=== every configured key verifies
--- http_config eval: OAuth2Test::http_config('', 'oauth2_key $TEST_NGINX_KEY2;')
--- more_headers eval: ::bearer(root => ::root_key(2))
--- response_body eval: $::granted



=== too little scope
--- more_headers eval: ::bearer(scope => 'write')
--- error_code: 403
--- response_headers
WWW-Authenticate: Bearer realm="oauth2", error="insufficient_scope", scope="read"
--- response_body_like: 403 Forbidden
--- error_log eval: [qr/\[info\].* oauth2: access token lacks the required scope \(insufficient_scope\), oauth2 client: "app", family: "[\w-]{22}", client: 127\.0\.0\.1$/]



=== all words of the scope are required
--- config eval: ::config('', '') =~ s/oauth2_require read/oauth2_require write "read admin" write/r
--- request eval: [('GET /') x 3]
--- more_headers eval: [map { ::bearer(scope => $_) } 'read write', 'admin write', 'write admin more read']
--- error_code eval: [403, 403, 200]
--- response_headers eval: [('WWW-Authenticate: Bearer realm="oauth2", error="insufficient_scope", scope="write read admin"') x 2, '!WWW-Authenticate']



=== without a scope any token is good
--- config eval: ::config('', '') =~ s/oauth2_require read/oauth2_require/r
--- request eval: [('GET /') x 2]
--- more_headers eval: [::bearer(scope => ''), 'X-None: yes']
--- error_code eval: [200, 401]
--- response_body_like eval: ['\[alice\|app\|\|\]', '401']



=== a token without a user
--- more_headers eval: ::bearer(subject => '') . "\nX-User: root"
--- response_body: [|app|read write|]



=== headers of the same names that a client sends never survive
--- more_headers eval: ::bearer() . "\nX-User: root\nX-Client: root\nX-Scope: admin\nX-Family: x\nx-user: root\nX_User: root"
--- response_body eval: $::granted



=== nothing of a token that was refused reaches a variable
--- config
    location / { oauth2_require admin; error_page 403 = /refused; try_files /index.html =404; }
    location = /refused { return 200 "[$oauth2_client_id$oauth2_subject$oauth2_scope$oauth2_family]"; }
--- response_body: []



=== the variables in an access log
--- http_config eval: OAuth2Test::http_config('', q{log_format token '<$status|$oauth2_client_id|$oauth2_subject|$oauth2_scope|$oauth2_grant_type|$oauth2_error|$oauth2_outcome>';})
--- config eval: ::config('access_log logs/access.log token;')
--- access_log: <200|app|alice|read write|-|-|->



=== off cancels what is inherited, at every level
--- http_config eval: OAuth2Test::http_config('', 'oauth2_require admin;')
--- config
    location = /inherits { try_files /index.html =404; }
    location = /cancels  { oauth2_require off; try_files /index.html =404; }
    location = /replaces { oauth2_require read; try_files /index.html =404; }
    location /outer {
        oauth2_require off;
        location = /outer/inner { try_files /index.html =404; }
        location = /outer/again { oauth2_require write; try_files /index.html =404; }
    }
--- request eval: [map { "GET /$_" } qw(inherits cancels replaces outer/inner outer/again nowhere)]
--- error_code eval: [403, 200, 200, 200, 200, 403]



=== inside an "if"
--- config
    location / {
        if ($request_method = POST) { oauth2_require write; }
        if ($arg_admin) { oauth2_require admin; }
        oauth2_require read;
        try_files /index.html =404;
    }
--- request eval: ['GET /', 'GET /?admin=1', 'GET /']
--- more_headers eval: [::bearer(scope => 'read'), ::bearer(scope => 'read'), 'X-None: yes']
--- error_code eval: [200, 403, 401]



=== inside a "limit_except"
--- config
    location / { limit_except GET { oauth2_require write; } proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo; proxy_set_header Authorization ""; }
    location = /echo { return 204; }
--- request eval: ['GET /', "POST /\nx", "POST /\nx"]
--- more_headers eval: [map { "$_\nContent-Type: text/plain" } 'X-None: yes', ::bearer(scope => 'read'), ::bearer(scope => 'write')]
--- error_code eval: [204, 403, 204]



=== a body that nobody reads, and the next request of the connection
--- pipelined_requests eval: ["POST /\nbody", 'GET /']
--- more_headers
--- error_code: 401
--- response_headers eval: [('WWW-Authenticate: Bearer realm="oauth2"') x 2]



=== an address that is not allowed is refused first
--- config eval: ::config('deny all;')
--- request eval: [('GET /') x 2]
--- more_headers eval: ['X-None: yes', ::bearer()]
--- error_code: 403
--- response_headers eval: [('!WWW-Authenticate') x 2]
--- no_error_log: oauth2:



=== a wrong password is refused first
--- config eval: ::config(::with_basic('all'))
--- more_headers eval: ::nobody()
--- error_code: 401
--- response_headers
WWW-Authenticate: Basic realm="site"
--- raw_response_headers_unlike: Bearer



=== a right password does not replace a token where all must be satisfied
--- config eval: ::config(::with_basic('all'))
--- more_headers eval: ::basic('johndoe', 'A3ddj3w')
--- error_code: 401
--- response_headers
WWW-Authenticate: Bearer realm="oauth2"



=== satisfy any: a password or a token
--- config eval: ::config(::with_basic('any'))
--- request eval: [('GET /') x 5]
--- more_headers eval: [::bearer(), ::basic('johndoe', 'A3ddj3w'), ::nobody(), 'X-User: root', ::bearer(exp => 1)]
--- error_code eval: [200, 200, 401, 401, 401]
--- response_body_like eval: ['\[alice\|', '\[\|\|\|\]', 401, 401, 401]
--- raw_response_headers_like eval: [('^(?!.*WWW-Authenticate)') x 2, ('Basic realm="site".*Bearer realm="oauth2"\r') x 2, 'Basic realm="site".*Bearer realm="oauth2", error="invalid_token"\r']



=== satisfy any: what a password let in has no token's variables
--- config eval: ::config(::with_basic('any'))
--- more_headers eval: ::basic('johndoe', 'A3ddj3w') . "\nX-User: root"
--- response_body: [|||]



=== satisfy any: an address or a token
--- request eval: [('GET /') x 2]
--- config eval: ::config('satisfy any; deny all;')
--- more_headers eval: [::bearer(), 'X-None: yes']
--- error_code eval: [200, 401]
--- raw_response_headers_like eval: ['^(?!.*WWW-Authenticate)', 'Bearer realm="oauth2"\r']



=== satisfy any: an address that is allowed needs no token
--- config eval: ::config('satisfy any; allow 127.0.0.1; deny all;')
--- more_headers
--- response_body: [|||]



=== satisfy any: too little scope
--- config eval: ::config('satisfy any; deny all;')
--- more_headers eval: ::bearer(scope => 'write')
--- error_code: 403
--- response_headers
WWW-Authenticate: Bearer realm="oauth2", error="insufficient_scope", scope="read"



=== auth_request comes first
--- config eval: ::config('auth_request /check;', 'location = /check { return 403; }')
--- more_headers
--- error_code: 403
--- response_headers
!WWW-Authenticate



=== error_page: a page of its own, and the challenge stays
--- config eval: ::config('error_page 401 403 @json;', q(location @json { default_type application/json; return 418 '{"status":$status}'; }))
--- request eval: [('GET /') x 2]
--- more_headers eval: ['X-None: yes', ::bearer(scope => 'write')]
--- error_code eval: [401, 403]
--- response_headers eval: ['WWW-Authenticate: Bearer realm="oauth2"', 'WWW-Authenticate: Bearer realm="oauth2", error="insufficient_scope", scope="read"']
--- response_body eval: ['{"status":401}', '{"status":403}']



=== error_page in a location that asks for a token as well gives one challenge
--- config eval: ::config('', 'oauth2_require; error_page 401 /page; location = /page { try_files /index.html =404; }')
--- more_headers
--- error_code: 401
--- raw_response_headers_unlike: WWW-Authenticate.*WWW-Authenticate
--- response_headers
WWW-Authenticate: Bearer realm="oauth2"



=== a later check that lets the request in withdraws the challenge
--- config
    location / { oauth2_require admin; error_page 403 = /less; try_files /index.html =404; }
    location = /less { oauth2_require read; try_files /index.html =404; }
--- response_headers
!WWW-Authenticate



=== an internal redirect is checked again
--- config
    location = / { oauth2_require read; try_files /none /admin; }
    location = /admin { oauth2_require admin; try_files /index.html =404; }
--- error_code: 403
--- response_headers
WWW-Authenticate: Bearer realm="oauth2", error="insufficient_scope", scope="admin"



=== HEAD
--- request
HEAD /
--- more_headers
--- error_code: 401
--- response_headers
WWW-Authenticate: Bearer realm="oauth2"



=== an endpoint that is protected itself
--- config eval: OAuth2Test::server_config('oauth2_require;', '')
--- request eval: [('GET /oauth2/token') x 2]
--- more_headers eval: ['X-None: yes', ::bearer()]
--- error_code eval: [401, 405]
--- response_headers eval: ['WWW-Authenticate: Bearer realm="oauth2"', 'Allow: POST']



=== a line that names a subject does not
--- more_headers eval: ::bearer(scope => 'write', subject => 'somebody-secret')
--- error_code: 403
--- no_error_log: somebody-secret



=== a scope that is not allowed
--- bad_location
oauth2_require "re\"ad";
--- complains: 1 "oauth2_require" directive has a scope that is not allowed or too long



=== twice
--- bad_location
oauth2_require;
oauth2_require off;
--- complains: 2 "oauth2_require" directive is duplicate



=== neither on nor off
--- bad_location
oauth2_require_active yes;
--- complains: 1 invalid value "yes" in "oauth2_require_active" directive, it must be "on" or "off"



=== on twice
--- bad_location
oauth2_require_active on;
oauth2_require_active on;
--- complains: 2 "oauth2_require_active" directive is duplicate



=== no key
--- http_config: oauth2_redis { server $TEST_NGINX_REDIS; }
--- config eval: 'location = /none { include $TEST_NGINX_HTML_DIR/bad.conf; }'
--- bad_location
oauth2_require read;
--- complains: 1 no "oauth2_key" is defined for "oauth2_require"



=== no store
--- http_config: oauth2_key $TEST_NGINX_KEY;
--- config eval: 'location = /none { include $TEST_NGINX_HTML_DIR/bad.conf; }'
--- bad_location
oauth2_require;
--- complains: 1 no "oauth2_redis" is defined for "oauth2_require"
