# nginx skips the access phase in subrequests; oauth2_require holds there all the same.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

no_root_location();

# A location that says yes to whoever gets past its access checks.
our $protected = <<'EOT';
    location = /protected { oauth2_require read; allow all; try_files /index.html =404; }
    location = /none      { try_files /index.html =404; }
EOT

add_block_preprocessor(sub {
    my $block = shift;
    $block->set_value(config => $protected . $block->config);
    $block->set_value(request => 'GET /') unless defined $block->request;
    $block->set_value(no_commands => '');
    $block->set_value(response_headers => ref $block->request ? [('') x @{ $block->request }] : '')
        unless defined $block->response_headers;
});

run_tests();

__DATA__

=== auth_request
--- config
    location = / { auth_request /protected; try_files /index.html =404; }
--- request eval: [('GET /') x 5]
--- more_headers eval: ['X-None: yes', ::bearer(), ::bearer(exp => 1), ::bearer(scope => ''), ::basic('a', 'b')]
--- error_code eval: [401, 200, 401, 403, 401]
--- response_headers eval
['WWW-Authenticate: Bearer realm="oauth2"', '!WWW-Authenticate', 'WWW-Authenticate: Bearer realm="oauth2", error="invalid_token"', '', 'WWW-Authenticate: Bearer realm="oauth2"']



=== auth_request_set takes the variables from the subrequest
--- config
    location = / {
        auth_request /protected;
        auth_request_set $user $oauth2_subject;
        proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo;
        proxy_set_header X-User $user;
    }
    location = /echo { return 200 [$http_x_user]; }
--- more_headers eval: ::bearer() . "\nX-User: root"
--- response_body: [alice]



=== SSI
--- config
    location = /page.html { ssi on; root $TEST_NGINX_HTML_DIR; }
--- user_files
>>> page.html
before <!--# include virtual="/protected" --> after
>>> index.html
secret text
--- request eval: [('GET /page.html') x 2]
--- more_headers eval: ['X-None: yes', ::bearer()]
--- response_body_like eval: ['^before (?!.*secret text).*401 Authorization Required.* after', '^before secret text\s+ after']



=== SSI: the scope of each location counts, and each sees its own token's variables
--- config
    location = /page.html { ssi on; oauth2_require read; root $TEST_NGINX_HTML_DIR; }
    location = /shows     { proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo; proxy_set_header X-User $oauth2_subject; }
    location = /also      { oauth2_require write; proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo; proxy_set_header X-User $oauth2_subject; }
    location = /admin     { oauth2_require admin; error_page 403 = /shown; try_files /index.html =404; }
    location = /shown     { return 200 "[$oauth2_subject]"; }
    location = /echo      { return 200 "<$http_x_user>"; }
--- user_files
>>> page.html
<!--# include virtual="/shows" --> <!--# include virtual="/also" --> <!--# include virtual="/admin" --> <!--# echo var="oauth2_subject" -->
--- request: GET /page.html
--- more_headers eval: ::bearer()
--- response_body
<alice> <alice> [] alice



=== a mirror is guarded, and the request itself goes on
--- config
    location = / { mirror /mirrored; try_files /index.html =404; }
    location = /mirrored { oauth2_require read; proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo; }
    location = /echo { access_log logs/access.log; return 200 "seen"; }
    access_log off;
--- request eval: [('GET /') x 2]
--- more_headers eval: ['X-None: yes', ::bearer(scope => 'x')]
--- wait: 0.2
--- no_access_log: /echo
--- error_log eval: [qr/no access token in the request|lacks the required scope/]



=== a mirror with a good token
--- config
    location = / { mirror /mirrored; try_files /index.html =404; }
    location = /mirrored { oauth2_require read; proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo; proxy_set_header Authorization ""; }
    location = /echo { access_log logs/access.log; return 200 "seen"; }
    access_log off;
--- more_headers eval: ::bearer()
--- wait: 0.2
--- access_log: /echo



=== a mirror in a subrequest's location is not sent for a token that is refused
--- config
    location = / { auth_request /checked; try_files /index.html =404; }
    location = /checked { oauth2_require read; mirror /mirrored; try_files /index.html =404; }
    location = /mirrored { proxy_pass http://127.0.0.1:$TEST_NGINX_SERVER_PORT/echo; }
    location = /echo { access_log logs/access.log; return 200 "seen"; }
    access_log off;
--- more_headers
--- error_code: 401
--- wait: 0.2
--- no_access_log: /echo



=== satisfy any does not open a subrequest's location: only the token counts there
--- config
    location = / { auth_request /any; try_files /index.html =404; }
    location = /any { satisfy any; allow all; oauth2_require read; try_files /index.html =404; }
--- request eval: ['GET /', 'GET /any', 'GET /']
--- more_headers eval: ['X-None: yes', 'X-None: yes', ::bearer()]
--- error_code eval: [401, 200, 200]



=== a subrequest of a location that is protected itself
--- config
    location = / { oauth2_require read; auth_request /protected; try_files /index.html =404; }
    location = /other { oauth2_require read; auth_request /none; try_files /index.html =404; }
--- request eval: [map { "GET /$_" } '', '', 'other', 'other']
--- more_headers eval: [('X-None: yes', ::bearer()) x 2]
--- error_code eval: [401, 200, 401, 200]



=== an internal redirect inside of a subrequest
--- config
    location = / { auth_request /try; try_files /index.html =404; }
    location = /try { try_files /nowhere /protected; }
--- request eval: [('GET /') x 2]
--- more_headers eval: ['X-None: yes', ::bearer()]
--- error_code eval: [401, 200]



=== limit_req still runs in a subrequest
--- http_config eval: OAuth2Test::http_config('', 'limit_req_zone $server_name zone=one:64k rate=1r/m;')
--- config
    location = / { auth_request /limited; try_files /index.html =404; }
    location = /limited { oauth2_require read; limit_req zone=one; limit_req_status 403; try_files /index.html =404; }
--- request eval: [('GET /') x 2]
--- more_headers eval: [(::bearer()) x 2]
--- error_code eval: [200, 403]
