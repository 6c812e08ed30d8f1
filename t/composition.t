# The endpoint beside what else stands in an nginx.conf.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $json_errors = OAuth2Test::server_config(<<'EOT', <<'EOT');
        limit_req zone=all;
        limit_req_status 429;
        client_max_body_size 200;
        error_page 413 429 503 /error.json;
EOT
    location = /error.json {
        internal;
        root $TEST_NGINX_HTML_DIR;
        default_type application/json;
        add_header Cache-Control no-store always;
        add_header Pragma no-cache always;
    }
EOT

run_tests();

__DATA__

=== error_page without = turns nginx's own answers into JSON and keeps their status
--- http_config eval: OAuth2Test::http_config('', 'limit_req_zone $server_name zone=all:64k rate=1r/m;')
--- config eval: $::json_errors
--- user_files
>>> error.json
{"error":"temporarily_unavailable","by":"nginx"}
--- request eval: ["POST /oauth2/token\n" . 'x' x 300, ::refresh('x'), ::refresh('x')]
--- error_code eval: [413, 400, 429]
--- answer eval: [{ by => 'nginx' }, { error => 'invalid_grant' }, { by => 'nginx' }]



=== satisfy any
--- more_location
        satisfy any;
        deny all;
        auth_basic clients;
        auth_basic_user_file $TEST_NGINX_HTML_DIR/clients;
--- user_files
>>> clients
app:{PLAIN}app-secret
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== satisfy any with an address that is allowed
--- more_location
        satisfy any;
        allow 127.0.0.1;
        deny all;
        auth_basic clients;
        auth_basic_user_file $TEST_NGINX_USERS;
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== deny
--- more_location
        deny all;
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- error_code: 403
--- response_headers
--- record: untouched
--- no_commands



=== allow
--- more_location
        allow 127.0.0.1;
        deny all;
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== auth_basic of its own
--- more_location
        auth_basic clients;
        auth_basic_user_file $TEST_NGINX_USERS;
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- error_code: 401
--- response_headers
--- record: untouched
--- no_commands



=== auth_basic of the server, switched off
--- more_server
    auth_basic site;
    auth_basic_user_file $TEST_NGINX_USERS;
--- more_location
        auth_basic off;
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== auth_basic_user_file and oauth2_password_file side by side
--- more_server
    location = /private { auth_basic site; auth_basic_user_file $TEST_NGINX_USERS; try_files /index.html =404; }
--- more_headers eval: [::as('app', 'app-secret'), ::basic('alice', 'open-sesame'), ::basic('alice', 'wrong')]
--- request eval: [::password('alice', 'open-sesame'), "GET /private", "GET /private"]
--- error_code eval: [200, 200, 401]
--- response_headers eval: [('') x 3]



=== add_header
--- more_location
        add_header X-Frame-Options DENY always;
        add_header X-Only-Success yes;
--- request eval: [::refresh('x'), ::password('alice', 'open-sesame')]
--- error_code eval: [400, 200]
--- response_headers eval
["X-Frame-Options: DENY\n!X-Only-Success\nCache-Control: no-store", "X-Frame-Options: DENY\nX-Only-Success: yes\nCache-Control: no-store"]



=== expires does not overwrite no-store
--- more_location
        expires 1h;
--- request eval: [::refresh('x'), ::password('alice', 'open-sesame')]
--- error_code eval: [400, 200]
--- raw_response_headers_like eval: [('(?i)\r\nCache-Control: no-store\r\n') x 2]
--- response_headers eval: [('') x 2]



=== expires at the level of http, as a site has it
--- more_http
    expires max;
--- request eval: ::password('alice', 'open-sesame')
--- raw_response_headers_like: \r\nCache-Control: no-store\r\n
--- response_headers
Pragma: no-cache



=== gzip
--- more_location
        gzip on;
        gzip_types *;
        gzip_min_length 1;
--- more_headers eval: ::as('app', 'app-secret') . "\nAccept-Encoding: gzip"
--- request eval: ::password('alice', 'open-sesame')
--- response_headers
Content-Encoding: gzip
Cache-Control: no-store



=== sub_filter
--- more_location
        sub_filter_types application/json;
        sub_filter Bearer bearer;
--- request eval: ::password('alice', 'open-sesame')
--- answer eval: { token_type => 'bearer' }



=== a regular expression's location and a named capture
--- config
    oauth2_password_file $TEST_NGINX_USERS;
    location ~ ^/(?<tenant>\w+)/oauth2/token$ { oauth2_token; }
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1)) =~ s{ /oauth2}{ /acme/oauth2}r
--- answer eval: { refresh_token => ::token(2) }



=== rewrite to the endpoint
--- more_server
    rewrite ^/token$ /oauth2/token last;
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1)) =~ s{ /oauth2}{ }r
--- answer eval: { refresh_token => ::token(2) }



=== behind a proxy in front
--- more_server
    location = /front { proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/oauth2/token; proxy_pass_header Server; }
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1)) =~ s{ /oauth2/token}{ /front}r
--- answer eval: { refresh_token => ::token(2) }



=== as a subrequest it answers nothing
--- more_server
    location = /outer { auth_request /oauth2/token; try_files /index.html =404; }
--- request
GET /outer
--- error_code_like: ^(?:40[0135]|500)$
--- response_headers
--- no_commands



=== mirrored requests do not spend tokens twice
--- more_server
    location = /other { mirror /oauth2/token; proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/index.html; proxy_method GET; }
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1)) =~ s{ /oauth2/token}{ /other}r
--- response_headers
--- record: untouched



=== CORS and OPTIONS with nginx's own means
--- more_location
        if ($request_method = OPTIONS) { return 204; }
        add_header Access-Control-Allow-Origin https://app.example always;
--- request eval: ["OPTIONS /oauth2/token", ::refresh('x')]
--- error_code eval: [204, 400]
--- response_headers eval: ['', 'Access-Control-Allow-Origin: https://app.example']



=== the endpoint answers inside an "if" of its location
--- more_location
        if ($http_origin) { add_header X-Cors yes always; }
--- family eval: { age => 5000 }
--- more_headers eval: ::as('app', 'app-secret') . "\nOrigin: https://app.example.com"
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }
--- response_headers_like
X-Cors: yes
Cache-Control: no-store



=== and inside a "limit_except"
--- more_location
        limit_except GET { allow 127.0.0.1; deny all; }
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }
