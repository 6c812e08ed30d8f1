# What looks like an answer of the upstream may be none, and what nginx does to the location of the
# check may not change what the upstream said.

use lib 't/lib/perl';
use IO::Socket::INET;
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $http = OAuth2Test::http_config('', <<'EOC');
    limit_req_zone $server_name zone=slow:64k rate=20r/s;
    proxy_cache_path $TEST_NGINX_HTML_DIR/cache keys_zone=c:1m;
    server {
        listen unix:$TEST_NGINX_HTML_DIR/refresh.sock;
        location = /status/204 { return 204; }
        location = /status/403 { return 403; }
        location = /status/500 { return 500; }
        location = /revoke/family { add_header X-OAuth2-Revoke family always; return 403; }
    }
    upstream checks { server unix:$TEST_NGINX_HTML_DIR/refresh.sock; }
EOC

# The check by what its location does.
sub inside {
    my ($inside, $more_server) = @_;
    return OAuth2Test::server_config('', <<"EOC");
    oauth2_password_file \$TEST_NGINX_USERS;
    oauth2_refresh_auth /check;
    location = /check { internal; $inside }
    @{[ $more_server // '' ]}
EOC
}

sub at { refresh(token(1)) =~ s{/oauth2/token}{$_[0]}r }

our $cached = join '', map { <<"EOC" } '/status/204', '/revoke/family';
    location = $_ { oauth2_token; oauth2_refresh_auth /check$_; }
    location = /check$_ {
        internal;
        proxy_cache c;
        proxy_cache_valid any 1m;
        proxy_cache_key $_;
        proxy_pass http://checks$_;
    }
EOC

our $silent = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 5) or die "no socket: $!\n";

our $unavailable = { error => 'temporarily_unavailable', access_token => undef, refresh_token => undef };
our $refused     = { error => 'invalid_grant', access_token => undef, refresh_token => undef };
our $retry_after = '(?i)Retry-After: [1-9]';

run_tests();

__DATA__

=== an upstream that is not there
--- http_config eval: OAuth2Test::http_config('', '')
--- config eval: ::inside('proxy_pass http://unix:$TEST_NGINX_HTML_DIR/nobody.sock;')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: $::unavailable
--- raw_response_headers_like eval: $::retry_after
--- expected_trouble: [crit]
--- record: untouched



=== an upstream that hangs
--- http_config eval: $::http
--- config eval: ::inside('proxy_read_timeout 200ms; proxy_pass http://127.0.0.1:' . $::silent->sockport . ';')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: $::unavailable
--- error_log: unexpected status 504
--- record: untouched



=== a location that is not there
--- http_config eval: $::http
--- config eval: OAuth2Test::server_config('oauth2_refresh_auth /nowhere;', '')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: $::unavailable
--- record: untouched



=== a yes without an upstream is none
--- http_config eval: $::http
--- config eval: ::inside('return 204;')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: $::unavailable
--- error_log
[alert]
said 204 without an upstream
--- record: untouched



=== nor a no without one
--- http_config eval: $::http
--- config eval: ::inside('add_header X-OAuth2-Revoke family always; return 403;')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: $::unavailable
--- error_log
[alert]
said 403 without an upstream
--- record: untouched



=== deny does nothing in a subrequest: the upstream decides
--- http_config eval: $::http
--- config eval: ::inside('deny all; proxy_pass http://checks/status/204;')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== deny without an upstream
--- http_config eval: $::http
--- config eval: ::inside('deny all; alias $TEST_NGINX_HTML_DIR/index.html;')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: $::unavailable
--- error_log
[alert]
--- record: untouched



=== error_page makes no yes of a no
--- http_config eval: $::http
--- config eval
::inside('proxy_pass http://checks/revoke/family; proxy_intercept_errors on; error_page 403 =200 /yes;',
    'location = /yes { proxy_pass http://checks/status/204; }')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: $::refused
--- record eval: { state => 'R' }



=== nor a no of a failure
--- http_config eval: $::http
--- config eval
::inside('proxy_pass http://checks/status/500; proxy_intercept_errors on; error_page 500 =403 /no;',
    'location = /no { proxy_pass http://checks/revoke/family; }')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: $::unavailable
--- record: untouched



=== a cache says nothing, neither yes nor no
--- http_config eval: $::http
--- config eval: $::cached
--- family eval: [{ age => 60 }, { salt => 2, subject => 'bob', age => 60 }]
--- request eval
my $bob = ::refresh(::token(1, salt => 2, subject => 'bob'));
[::at('/status/204'), ::refresh(::token(2)) =~ s{/oauth2/token}{/status/204}r,
    ::at('/revoke/family') =~ s/refresh_token=[\w-]+$/'refresh_token=' . ::token(2)/er,
    $bob =~ s{/oauth2/token}{/revoke/family}r]
--- error_code eval: [200, 503, 400, 503]
--- answer eval: [{ refresh_token => ::token(2) }, $::unavailable, $::refused, $::unavailable]
--- expected_trouble: [alert]
--- after eval: [sub {}, sub { Test::More::is(::stored()->{generation}, 2, 'not rotated') }, sub {}, sub { Test::More::is(::stored(salt => 2, subject => 'bob')->{state}, 'L', 'bob is still there') }]



=== auth_request in the location of the check
--- http_config eval: $::http
--- config eval
::inside('auth_request /nested; proxy_pass http://checks/status/204;',
    'location = /nested { internal; proxy_pass http://checks/status/403; }')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== limit_req that delays the check
--- http_config eval: $::http
--- config eval: ::inside('limit_req zone=slow burst=10; proxy_pass http://checks/status/204;')
--- family eval: { age => 60 }
--- request eval: [map { ::refresh(::token($_)) } 1, 2, 3]
--- answer eval: [map { { refresh_token => ::token($_) } } 2, 3, 4]



=== several requests on one connection
--- http_config eval: $::http
--- config eval: ::inside('proxy_pass http://checks/status/204;')
--- family eval: { age => 60 }
--- pipelined_requests eval: [map { ::refresh(::token($_)) } 1, 1, 2, 3]
--- error_code eval: [(200) x 4]
--- answer eval: [map { { refresh_token => ::token($_) } } 2, 2, 3, 4]
