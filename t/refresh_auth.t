# An upstream is asked at every refresh whether the user may go on.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

# The upstream says yes only to a request that carries the claim and nothing of the client's.
our $http = OAuth2Test::http_config('', <<'EOC');
    underscores_in_headers on;
    map "$request_method|$http_x_oauth2_subject|$http_x_oauth2_client|$http_x_oauth2_scope" $claim {
        "GET|alice|app|read write" 1;
        "GET|alice|app|write"      1;
        default                    0;
    }
    map "$http_authorization|$content_type|$content_length|$http_transfer_encoding|$http_expect|$http_cookie|$http_if_none_match|$http_range|$http_x_oauth2_other" $rest {
        "||||||||"  1;
        "||0||||||" 1;
        default     0;
    }
    map $claim$rest $sealed { 11 1; default 0; }
    server {
        listen unix:$TEST_NGINX_HTML_DIR/refresh.sock;
        location = /claim {
            if ($sealed) { return 204; }
            return 500;
        }
        location = /status/200 { return 200 "a body\n"; }
        location = /status/204 { return 204; }
        location = /status/302 { return 302 /elsewhere; }
        location = /status/401 { add_header X-OAuth2-Revoke family always; return 401; }
        location = /status/403 { return 403; }
        location = /status/404 { return 404; }
        location = /status/500 { add_header X-OAuth2-Revoke family always; return 500; }
        location = /status/503 { return 503; }
        location = /revoke/family { add_header X-OAuth2-Revoke family always; return 403; }
        location = /revoke/lower  { add_header x-oauth2-revoke family always; return 403; }
        location = /revoke/other  { add_header X-OAuth2-Revoke tomorrow always; return 403; }
        location = /revoke/yes    { add_header X-OAuth2-Revoke family always; return 204; }
        location = /client        { if ($http_x_oauth2_client != app) { return 403; } return 204; }
        location = /user-agent    { if ($http_user_agent != mine) { return 500; } return 204; }
        location = /twice         { if ($http_x_oauth2_subject ~ mallory) { return 204; } return 403; }
        location /nobody { deny all; }
    }
    upstream checks { server unix:$TEST_NGINX_HTML_DIR/refresh.sock; }
EOC

# The check by what its location does.
sub inside {
    my ($inside, $more_location) = @_;
    return OAuth2Test::server_config($more_location // '', <<"EOC");
    oauth2_password_file \$TEST_NGINX_USERS;
    oauth2_refresh_auth /check;
    location = /check { internal; $inside }
EOC
}

# The check by what the upstream is asked for.
sub asks { my ($path, @more) = @_; inside("proxy_pass http://checks$path;", @more) }

sub at { refresh(token(1)) =~ s{/oauth2/token}{$_[0]}r }

our $failures = join '', map { <<"EOC" } 404, 500, 503;
    location = /$_ { oauth2_token; oauth2_refresh_auth /check-$_; }
    location = /check-$_ { internal; proxy_pass http://checks/status/$_; }
EOC

our $unavailable = { error => 'temporarily_unavailable', access_token => undef, refresh_token => undef };
our $refused     = { error => 'invalid_grant', access_token => undef, refresh_token => undef };
our $retry_after = '(?i)Retry-After: [1-9]';

run_tests();

__DATA__

=== the upstream sees the claim and nothing of the client
--- http_config eval: $::http
--- config eval: ::asks('/claim')
--- family eval: { generation => 1, age => 60 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2), scope => 'read write' }
--- record eval: { generation => 2, pttl => 86400 }



=== the scope is that of the access token
--- http_config eval: $::http
--- config eval: ::asks('/claim')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1), scope => 'write')
--- answer eval: { refresh_token => ::token(2), scope => 'write' }



=== nothing of a client that authenticates in the body
--- http_config eval: $::http
--- config eval: ::asks('/claim')
--- family eval: { age => 60 }
--- more_headers eval: ::anonymous()
--- request eval: ::refresh(::token(1), client_id => 'app', client_secret => 'app-secret')
--- answer eval: { refresh_token => ::token(2) }



=== nor its session, its conditions and a chunked body
--- http_config eval: $::http
--- config eval: ::asks('/claim')
--- family eval: { age => 60 }
--- more_headers eval: ::as('app', 'app-secret') . "\nTransfer-Encoding: chunked\nCookie: session=1\nIf-None-Match: x\nRange: bytes=0-0"
--- request eval: ::chunked(::form(grant_type => 'refresh_token', refresh_token => ::token(1)), 7)
--- answer eval: { refresh_token => ::token(2) }



=== the client's own headers of these names do not get through
--- http_config eval: $::http
--- config eval: ::asks('/claim')
--- family eval: { age => 60 }
--- more_headers eval: ::as('app', 'app-secret') . "\nX-OAuth2-Subject: mallory\nx-oauth2-client: other\nX_OAuth2_Scope: admin\nX-OAUTH2-OTHER: x"
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== not beside the module's own either
--- http_config eval: $::http
--- config eval: ::asks('/twice')
--- family eval: { age => 60 }
--- more_headers eval: ::as('app', 'app-secret') . "\nX-OAuth2-Subject: mallory\nX_OAuth2_Subject: mallory\nx_oauth2-subject: mallory"
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: $::refused
--- record: untouched



=== other headers do
--- http_config eval: $::http
--- config eval: ::asks('/user-agent')
--- family eval: { age => 60 }
--- more_headers eval: ::as('app', 'app-secret') . "\nUser-Agent: mine"
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== 200 with a body is a yes, and the body is not ours
--- http_config eval: $::http
--- config eval: ::asks('/status/200')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2), token_type => 'Bearer' }



=== a family over several generations
--- http_config eval: $::http
--- config eval: ::asks('/status/204')
--- family eval: { generation => 7, age => 60 }
--- request eval: [map { ::refresh(::token($_)) } 7, 8, 9, 9]
--- answer eval: [map { { refresh_token => ::token($_) } } 8, 9, 10, 10]
--- record eval: { generation => 10 }



=== with renewal off
--- http_config eval: $::http
--- config eval: ::asks('/status/204', 'oauth2_refresh_token_renewal off;')
--- family eval: { generation => 7, age => 60 }
--- request eval: ::refresh(::token(7))
--- answer eval: { refresh_token => ::token(7) }
--- record: untouched



=== 403 is a no, and changes nothing
--- http_config eval: $::http
--- config eval: ::asks('/status/403')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: +{ %$::refused, error_description => 'the refresh token is invalid, expired or revoked' }
--- error_log eval: qr/\[info\].* oauth2: refresh refused by its check \(invalid_grant\), oauth2 client: "app", family: "[\w-]+", generation distance: 0, client: /
--- record: untouched



=== 403 at a retry inside the window
--- http_config eval: $::http
--- config eval: ::asks('/status/403')
--- family eval: { generation => 2, age => 10 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: $::refused
--- record: untouched



=== 403 with renewal off
--- http_config eval: $::http
--- config eval: ::asks('/status/403', 'oauth2_refresh_token_renewal off;')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: $::refused
--- record: untouched



=== 403 by an access check of the upstream
--- http_config eval: $::http
--- config eval: ::asks('/nobody')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: $::refused
--- record: untouched



=== 403 with the header ends the family
--- http_config eval: $::http
--- config eval: ::asks('/revoke/family')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: $::refused
--- error_log eval: qr/\[info\].* oauth2: refresh refused by its check, family revoked \(invalid_grant\)/
--- record eval: { state => 'R', generation => 1, pttl => 86340 }



=== for all of its tokens
--- http_config eval: $::http
--- config eval: ::asks('/revoke/family') . 'location = /unchecked { oauth2_token; oauth2_refresh_auth off; }'
--- family eval: { generation => 2, age => 10 }
--- request eval: [::refresh(::token(1)), map { ::refresh($_) =~ s{/oauth2/token}{/unchecked}r } ::token(1), ::token(2)]
--- error_code: 400
--- answer eval: [($::refused) x 3]
--- record eval: { state => 'R', generation => 2 }



=== however the header's name is written
--- http_config eval: $::http
--- config eval: ::asks('/revoke/lower')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: $::refused
--- record eval: { state => 'R' }



=== and also where nginx hides it
--- http_config eval: $::http
--- config eval: ::inside('proxy_pass http://checks/revoke/family; proxy_hide_header X-OAuth2-Revoke;')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: $::refused
--- record eval: { state => 'R' }



=== another value of the header does not
--- http_config eval: $::http
--- config eval: ::asks('/revoke/other')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: $::refused
--- record: untouched



=== nor a header that nginx adds
--- http_config eval: $::http
--- config eval: ::inside('proxy_pass http://checks/status/403; add_header X-OAuth2-Revoke family always;')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: $::refused
--- raw_response_headers_unlike: (?i)X-OAuth2
--- record: untouched



=== nor one of the client
--- http_config eval: $::http
--- config eval: ::asks('/status/403')
--- family eval: { age => 60 }
--- more_headers eval: ::as('app', 'app-secret') . "\nX-OAuth2-Revoke: family"
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: $::refused
--- record: untouched



=== nor the header with a yes
--- http_config eval: $::http
--- config eval: ::asks('/revoke/yes')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }
--- raw_response_headers_unlike: (?i)X-OAuth2



=== 401 is no answer, whatever its header says
--- http_config eval: $::http
--- config eval: ::asks('/status/401')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: +{ %$::unavailable, error_description => 'the refresh check is unavailable' }
--- raw_response_headers_like eval: $::retry_after
--- raw_response_headers_unlike: WWW-Authenticate
--- error_log eval
[qr/\[error\].* oauth2: refresh check: unexpected status 401/,
    qr/\[error\].* oauth2: the refresh check is unavailable \(temporarily_unavailable\), oauth2 client: "app"/]
--- record: untouched



=== 302 is none
--- http_config eval: $::http
--- config eval: ::asks('/status/302')
--- family eval: { age => 60 }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: $::unavailable
--- raw_response_headers_unlike: (?i)Location:
--- record: untouched



=== nor 404, 500 and 503
--- http_config eval: $::http
--- config eval: $::failures
--- family eval: { age => 60 }
--- request eval: [map { ::at("/$_") } 404, 500, 503]
--- error_code: 503
--- answer eval: [($::unavailable) x 3]
--- record: untouched



=== forged, revoked, replayed and missing tokens are settled without it
--- http_config eval: $::http
--- config eval: ::inside('return 500;')
--- family eval: [{ age => 60 }, { salt => 2, state => 'R' }, { salt => 3, generation => 5, age => 60 }]
--- request eval
[::refresh(::token(1, root => ::root_key(2))), ::refresh(::token(1, salt => 2)), ::refresh(::token(4, salt => 3)),
    ::refresh(::token(1), scope => 'admin')]
--- error_code: 400
--- answer eval: [($::refused) x 3, { error => 'invalid_scope' }]
--- no_error_log: refresh check
--- record: untouched
--- after eval: sub { Test::More::is(::stored(salt => 3)->{state}, 'R', 'the replay ends its family') }



=== a login is not asked about
--- http_config eval: $::http
--- config eval: ::asks('/status/403')
--- request eval: ::password('alice', 'open-sesame')
--- answer eval: { token_type => 'Bearer' }



=== beside a check of passwords by an upstream
--- http_config eval: $::http
--- config eval
OAuth2Test::server_config('', <<'EOC')
    oauth2_password_auth /yes;
    oauth2_refresh_auth /no;
    location = /yes { internal; proxy_pass http://checks/status/204; }
    location = /no  { internal; proxy_pass http://checks/status/403; }
EOC
--- family eval: { age => 60 }
--- request eval: [::password('alice', 'x'), ::refresh(::token(1))]
--- error_code eval: [200, 400]
--- answer eval: [{ token_type => 'Bearer' }, $::refused]



=== the client's headers do not get to the check of a password either
--- http_config eval: $::http
--- config eval
OAuth2Test::server_config('', <<'EOC')
    oauth2_password_auth /yes;
    location = /yes { internal; proxy_pass http://checks/client; }
EOC
--- more_headers eval: ::as('app', 'app-secret') . "\nX-OAuth2-Client: app"
--- request eval: ::password('alice', 'x')
--- error_code: 400
--- answer eval: $::refused



=== inherited from http and from the server, replaced and switched off
--- http_config eval: "oauth2_refresh_auth /no;\n$::http"
--- config
    location = /no  { internal; proxy_pass http://checks/status/403; }
    location = /yes { internal; proxy_pass http://checks/status/204; }
    location = /inherits { oauth2_token; }
    location = /off      { oauth2_token; oauth2_refresh_auth off; }
    location /replaces {
        oauth2_refresh_auth /yes;
        location = /replaces/it { oauth2_token; }
    }
--- family eval: { age => 60 }
--- request eval: [::at('/inherits'), ::at('/off'), ::at('/replaces/it')]
--- error_code eval: [400, 200, 200]
--- answer eval: [$::refused, ({ refresh_token => ::token(2) }) x 2]



=== off in a server
--- http_config eval: "oauth2_refresh_auth /no;\n$::http"
--- config
    oauth2_refresh_auth off;
    location = /inherits { oauth2_token; }
    location = /no { internal; proxy_pass http://checks/status/403; }
--- family eval: { age => 60 }
--- request eval: ::at('/inherits')
--- answer eval: { refresh_token => ::token(2) }



=== the location may be asked by nobody else
--- http_config eval: $::http
--- config eval: ::asks('/status/204')
--- request
GET /check
--- error_code: 404
--- response_headers
Content-Type: text/html



=== twice
--- bad_server
oauth2_refresh_auth /a;
oauth2_refresh_auth off;
--- complains: 2 "oauth2_refresh_auth" directive is duplicate



=== twice, the other way round
--- bad_location
oauth2_refresh_auth off;
oauth2_refresh_auth /a;
--- complains: 2 "oauth2_refresh_auth" directive is duplicate



=== a URI that is none
--- bad_location
oauth2_refresh_auth check;
--- complains: 1 the URI of "oauth2_refresh_auth" must start with "/"



=== an empty one
--- bad_http
oauth2_refresh_auth "";
--- complains: 1 the URI of "oauth2_refresh_auth" must start with "/"



=== a password check's URI that is none
--- bad_location
oauth2_password_auth check;
--- complains: 1 the URI of "oauth2_password_auth" must start with "/"
