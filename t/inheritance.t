# Settings go from http to server to location, and a client's own beat them all.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $levels = <<'EOT';
    oauth2_refresh_token_validity 2h;
    location = /server   { oauth2_token; }
    location = /location { oauth2_token; oauth2_refresh_token_validity 1h; }
    location /outer {
        oauth2_refresh_token_validity 30m;
        location = /outer/inner { oauth2_token; }
    }
EOT

our $clients = join '', map { "oauth2_client c$_ { secret plain:s$_; grant_types refresh_token; scope read; }\n" } 1 .. 2000;

sub at { refresh(token(1)) =~ s{/oauth2/token}{$_[0]}r }

run_tests();

__DATA__

=== http
--- more_http
    oauth2_refresh_token_validity 3h;
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token_expires_in => 10800 }



=== server
--- more_http
    oauth2_refresh_token_validity 3h;
--- config eval: $::levels
--- family eval: { age => 5000 }
--- request eval: ::at('/server')
--- answer eval: { refresh_token_expires_in => 7200 }



=== location
--- more_http
    oauth2_refresh_token_validity 3h;
--- config eval: $::levels
--- family eval: { age => 5000 }
--- request eval: ::at('/location')
--- answer eval: { refresh_token_expires_in => 3600 }



=== location in a location
--- config eval: $::levels
--- family eval: { age => 5000 }
--- request eval: ::at('/outer/inner')
--- answer eval: { refresh_token_expires_in => 1800 }



=== client
--- more_client
        refresh_token_validity 10m;
        access_token_validity 1m;
--- config eval: $::levels
--- family eval: { age => 5000 }
--- request eval: ::at('/location')
--- answer eval: { refresh_token_expires_in => 600, expires_in => 60 }
--- record eval: { ttl => 600, pttl => 600 }



=== one client's settings are not another's
--- more_http
    oauth2_client short { secret plain:s; grant_types refresh_token; scope read; refresh_token_validity 5m; }
--- family eval: [{ age => 5000 }, { age => 5000, client => 'short', salt => 2 }]
--- more_headers eval: [::as('short', 's'), ::as('app', 'app-secret')]
--- request eval: [::refresh(::token(1, client => 'short', salt => 2)), ::refresh(::token(1))]
--- answer eval: [{ refresh_token_expires_in => 300 }, { refresh_token_expires_in => 86400 }]



=== a server's clients add to those of http
--- more_server
    oauth2_client local { secret plain:s; grant_types refresh_token; scope read; }
--- family eval: [{ age => 5000 }, { age => 5000, client => 'local', salt => 2 }]
--- more_headers eval: [::as('local', 's'), ::as('app', 'app-secret')]
--- request eval: [::refresh(::token(1, client => 'local', salt => 2)), ::refresh(::token(1))]
--- answer eval: [{ refresh_token => ::token(2, client => 'local', salt => 2) }, { refresh_token => ::token(2) }]



=== and win by their id
--- more_server
    oauth2_client app { secret plain:another; grant_types refresh_token; scope read; }
--- family eval: { age => 5000 }
--- more_headers eval: [::as('app', 'app-secret'), ::as('app', 'another')]
--- request eval: [(::refresh(::token(1))) x 2]
--- error_code eval: [401, 200]
--- answer eval: [{ error => 'invalid_client' }, { scope => 'read' }]



=== and are nobody in another server
--- more_http
    server {
        listen unix:$TEST_NGINX_HTML_DIR/other.sock;
        oauth2_client local { secret plain:s; grant_types refresh_token; scope read; }
        location = /oauth2/token { oauth2_token; }
    }
--- more_headers eval: ::as('local', 's')
--- request eval: ::refresh(::token(1, client => 'local'))
--- error_code: 401
--- answer eval: { error => 'invalid_client' }



=== a server's store replaces that of http
--- more_http
    oauth2_refresh_token_validity 1d;
--- more_server
    oauth2_redis { server $TEST_NGINX_REDIS; prefix mine; }
--- family eval: [{ age => 5000 }, { age => 5000, prefix => 'mine' }]
--- request eval: [::refresh(::token(1, prefix => 'mine')), ::refresh(::token(1))]
--- error_code eval: [200, 400]
--- answer eval: [{ refresh_token => ::token(2, prefix => 'mine') }, { error => 'invalid_grant' }]
--- record: untouched



=== clients by include
--- user_files eval
[['clients.conf', $::clients]]
--- more_http
    include $TEST_NGINX_HTML_DIR/clients.conf;
--- family eval: [map { { client => "c$_", salt => $_, age => 5000 } } 1, 1000, 2000]
--- more_headers eval: [map { ::as("c$_", "s$_") } 1, 1000, 2000]
--- request eval: [map { ::refresh(::token(1, client => "c$_", salt => $_)) } 1, 1000, 2000]
--- answer eval: [map { { refresh_token => ::token(2, client => "c$_", salt => $_) } } 1, 1000, 2000]



=== off cancels an inherited password file
--- more_http
    oauth2_password_file $TEST_NGINX_USERS;
--- more_server
    oauth2_password_file off;
--- request eval: ::password('alice', 'open-sesame')
--- error_code: 400
--- answer eval: { error => 'unsupported_grant_type' }



=== off cancels an inherited password_auth
--- more_http
    oauth2_password_auth /check;
--- more_server
    oauth2_password_auth off;
--- request eval: ::password('alice', 'open-sesame')
--- error_code: 400
--- answer eval: { error => 'unsupported_grant_type' }



=== zero cancels an inherited lifetime
--- more_http
    oauth2_refresh_token_lifetime 1m;
--- more_server
    oauth2_refresh_token_lifetime 0;
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== zero cancels an inherited window
--- more_http
    oauth2_refresh_token_retry until_used;
--- more_server
    oauth2_refresh_token_retry 0;
--- family eval: { generation => 2, age => 50 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record eval: { state => 'R' }



=== a window cancels an inherited until_used
--- more_http
    oauth2_refresh_token_retry until_used;
--- more_server
    oauth2_refresh_token_retry 10s;
--- family eval: { generation => 2, age => 50 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- record eval: { state => 'R' }
