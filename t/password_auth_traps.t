# nginx skips the access phase in subrequests: what looks like a check may be none.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $http = OAuth2Test::http_config('', <<'EOT');
    limit_req_zone $server_name zone=slow:64k rate=20r/s;
    limit_req_zone $remote_user zone=users:64k rate=1r/s;
    server {
        listen unix:$TEST_NGINX_HTML_DIR/auth.sock;
        location / {
            auth_basic users;
            auth_basic_user_file $TEST_NGINX_USERS;
            try_files /nothing =204;
        }
    }
    upstream users { server unix:$TEST_NGINX_HTML_DIR/auth.sock; }
EOT

sub check {
    my ($inside, $more_location, $more_server) = @_;
    return OAuth2Test::server_config($more_location // '', <<"EOT");
    oauth2_password_auth /check;
    location = /check { internal; $inside }
    @{[ $more_server // '' ]}
EOT
}

our @right_wrong = (password('alice', 'open-sesame'), password('alice', 'wrong'), password('nobody', 'x'));
our @verdicts = ({ token_type => 'Bearer' }, ({ error => 'invalid_grant', access_token => undef }) x 2);

run_tests();

__DATA__

=== auth_basic without an upstream lets nobody in
--- http_config eval: $::http
--- config eval
::check('auth_basic users; auth_basic_user_file $TEST_NGINX_USERS; try_files /nothing =204;')
--- request eval: \@::right_wrong
--- error_code: 503
--- answer eval: [({ error => 'temporarily_unavailable', access_token => undef }) x 3]
--- error_log
[alert]
--- no_commands



=== return does not either
--- http_config eval: $::http
--- config eval: ::check('return 204;')
--- request eval: ::password('alice', 'open-sesame')
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- error_log
[alert]
--- no_commands



=== nor does a file
--- http_config eval: $::http
--- config eval: ::check('alias $TEST_NGINX_HTML_DIR/index.html;')
--- request eval: ::password('alice', 'open-sesame')
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- error_log
[alert]



=== a location that is not there
--- http_config eval: $::http
--- config eval: OAuth2Test::server_config('', 'oauth2_password_auth /nowhere;')
--- request eval: ::password('alice', 'open-sesame')
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- error_log
nowhere



=== error_page turns no refusal into a yes
--- http_config eval: $::http
--- config eval
::check('proxy_pass http://users; proxy_intercept_errors on; error_page 401 =200 /yes;', '',
    'location = /yes { return 200 yes; }')
--- request eval: \@::right_wrong
--- error_code eval: [200, 400, 400]
--- answer eval: \@::verdicts



=== nor does a named location
--- http_config eval: $::http
--- config eval
::check('proxy_pass http://users; proxy_intercept_errors on; error_page 401 403 =204 @yes;', '',
    'location @yes { return 204; }')
--- request eval: \@::right_wrong
--- error_code eval: [200, 400, 400]
--- answer eval: \@::verdicts



=== nor error_page without a location of its own
--- http_config eval: $::http
--- config eval: ::check('proxy_pass http://users; proxy_intercept_errors on; error_page 401 =200 /index.html;')
--- request eval: \@::right_wrong
--- error_code eval: [200, 400, 400]
--- answer eval: \@::verdicts



=== auth_request in the location of the check
--- http_config eval: $::http
--- config eval
::check('auth_request /nested; proxy_pass http://users;', '',
    'location = /nested { internal; proxy_pass http://users; }')
--- request eval: \@::right_wrong
--- error_code eval: [200, 400, 400]
--- answer eval: \@::verdicts



=== auth_request in the token's location
--- http_config eval: $::http
--- config eval
::check('proxy_pass http://users;', 'auth_request /nested;', 'location = /nested { internal; return 204; }')
--- request eval: \@::right_wrong
--- error_code eval: [200, 400, 400]
--- answer eval: \@::verdicts



=== limit_req that delays the check
--- http_config eval: $::http
--- config eval: ::check('limit_req zone=slow burst=10; proxy_pass http://users;')
--- request eval: [@::right_wrong, @::right_wrong]
--- error_code eval: [200, 400, 400, 200, 400, 400]
--- answer eval: [@::verdicts, @::verdicts]



=== limit_req that refuses the check
--- http_config eval: $::http
--- config eval: ::check('limit_req zone=slow; proxy_pass http://users;')
--- pipelined_requests eval: [($::right_wrong[0]) x 3]
--- error_code eval: [200, 503, 503]
--- answer eval: [$::verdicts[0], ({ error => 'temporarily_unavailable' }) x 2]



=== limit_req by the user's name in the token's location
--- http_config eval: $::http
--- config eval: ::check('proxy_pass http://users;', 'limit_req zone=users burst=20 nodelay;')
--- request eval: \@::right_wrong
--- error_code eval: [200, 400, 400]
--- answer eval: \@::verdicts



=== satisfy any in the token's location
--- http_config eval: $::http
--- config eval
::check('proxy_pass http://users;', 'satisfy any; allow 127.0.0.1; deny all;')
--- request eval: \@::right_wrong
--- error_code eval: [200, 400, 400]
--- answer eval: \@::verdicts



=== an upstream with a body, buffers and gzip
--- http_config eval: $::http
--- config eval
::check('proxy_pass http://users; gzip on; add_header X-Leak yes always; proxy_set_header X-Client $remote_user;')
--- request eval: \@::right_wrong
--- error_code eval: [200, 400, 400]
--- answer eval: \@::verdicts
--- raw_response_headers_unlike eval: [('X-Leak') x 3]



=== a cache in the location answers for nobody
--- http_config eval: "proxy_cache_path \$TEST_NGINX_HTML_DIR/cache keys_zone=c:1m;\n$::http"
--- config eval
::check('proxy_pass http://users; proxy_cache c; proxy_cache_valid any 1m; proxy_cache_key $http_authorization;')
--- request eval: \@::right_wrong
--- error_code eval: [200, 400, 400]
--- answer eval: \@::verdicts



=== a cache lets nobody in: what it says was said of another user
--- http_config eval: $::http . 'proxy_cache_path $TEST_NGINX_HTML_DIR/cache keys_zone=cache:64k;'
--- config eval: ::check('proxy_pass http://users/; proxy_cache cache; proxy_cache_valid any 1m;')
--- request eval: [::password('alice', 'open-sesame'), ::password('admin', 'wrong'), ::password('alice', 'open-sesame')]
--- error_code eval: [200, 503, 503]
--- answer eval: [{ token_type => 'Bearer' }, ({ error => 'temporarily_unavailable', access_token => undef }) x 2]
--- expected_trouble: [alert]
