# oauth2_status shows counters for people and for Prometheus.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $server = <<'EOT';
    location = /status     { oauth2_status; }
    location = /json       { oauth2_status json; }
    location = /prometheus { oauth2_status prometheus; }
EOT

run_tests();

__DATA__

=== JSON
--- more_server eval: $::server
--- request
GET /json
--- response_headers
Content-Type: application/json
--- after eval
sub { Test::More::is(ref $_[1], 'HASH', 'an object') }



=== Prometheus' text
--- more_server eval: $::server
--- request
GET /prometheus
--- response_headers_like
Content-Type: text/plain.*
--- response_body_like: (?m)^# TYPE \w+ (?:counter|gauge)$



=== every line of it is a comment or a sample
--- more_server eval: $::server
--- family eval: { age => 5000 }
--- request eval: [::refresh(::token(1)), 'GET /prometheus']
--- response_headers eval: ['', '']
--- after eval
[undef, sub {
    my @odd = grep { !/^(?:#.*|[a-zA-Z_:]\w*(?:\{(?:\w+="[^"]*",?)*\})? -?[\d.]+(?:e[+-]?\d+)?)$/ } split /\n/, $_[0];
    Test::More::is("@odd", '', 'no other line');
    Test::More::like($_[0], qr/\n\z/, 'ends in a line feed');
}]



=== a missing record that proves nothing is counted
--- more_server eval: $::server
--- request eval: [::refresh(::token(1)), 'GET /prometheus', 'GET /json']
--- error_code eval: [503, 200, 200]
--- response_headers eval: ['', '', '']
--- response_body_like eval
['', '(?ms)^nginx_oauth2_store_unproved_total\{[^}]*\} 1$.*^nginx_oauth2_store_breaker_open\{[^}]*\} 0$', '"unproved":1,"breaker":"closed"']
--- expected_trouble: [alert]



=== a rotation is counted
--- more_server eval: $::server
--- family eval: { age => 5000 }
--- request eval: [::refresh(::token(1)), 'GET /prometheus']
--- response_headers eval: ['', '']
--- response_body_like eval: ['', '(?m)^\w+\{[^}]*rotated[^}]*\} 1$']



=== retries, replays and refusals are counted
--- more_server eval: $::server
--- family eval: [{ generation => 3, age => 10 }, { generation => 3, age => 50, salt => 2 }]
--- request eval: [::refresh(::token(2)), ::refresh(::token(2)), ::refresh(::token(2, salt => 2)), ::refresh('x'), 'GET /prometheus']
--- error_code eval: [200, 200, 400, 400, 200]
--- response_headers eval: [('') x 5]
--- response_body_like eval
[('') x 4, '(?ms)\A(?=.*^\w+\{[^}]*retried[^}]*\} 2$)(?=.*^\w+\{[^}]*replayed[^}]*\} 1$)(?=.*^\w+\{[^}]*rejected[^}]*\} 1$)']



=== issued tokens are counted by grant
--- more_server eval: $::server
--- request eval: [::password('alice', 'open-sesame'), 'GET /prometheus']
--- response_headers eval: ['', '']
--- response_body_like eval: ['', '(?m)^\w+\{(?=[^}]*"password")[^}]*issued[^}]*\} 1$']



=== trouble with the store is counted
--- http_config
    oauth2_redis { server unix:$TEST_NGINX_DIR/nowhere.sock; }
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types refresh_token; scope read; }
--- more_server eval: $::server
--- request eval: [::refresh(::token(1)), 'GET /prometheus']
--- error_code eval: [503, 200]
--- response_headers eval: ['', '']
--- response_body_like eval: ['', '(?m)^\w+\{[^}]*unavailable[^}]*\} 1$']



=== JSON has the same counters
--- more_server eval: $::server
--- family eval: { age => 5000 }
--- request eval: [::refresh(::token(1)), 'GET /json']
--- response_headers eval: ['', '']
--- response_body_like eval: ['', '"rotated":\s*1\b']



=== no counter names a token, a client's secret or a user
--- more_server eval: $::server
--- family eval: { age => 5000 }
--- request eval: [::refresh(::token(1)), ::password('alice', 'open-sesame'), 'GET /json', 'GET /prometheus']
--- response_headers eval: [('') x 4]
--- response_body_unlike eval: ['^$', '^$', ('alice|app-secret|' . ::token(1)) x 2]



=== the form may be left out
--- more_server eval: $::server
--- request
GET /status
--- response_headers
--- response_body_like: \S



=== HEAD
--- more_server eval: $::server
--- request
HEAD /prometheus
--- response_headers
--- response_body



=== POST is not for reading
--- more_server eval: $::server
--- request
POST /json
x=y
--- error_code_like: ^(?:200|405)$
--- response_headers



=== a zone of its own size
--- more_http
    oauth2_zone 256k;
--- more_server eval: $::server
--- request
GET /json
--- response_headers
Content-Type: application/json



=== the other endpoints are counted
--- authorizing
--- more_server eval: $::server
--- more_headers eval: [::user(), ::user(), ::as('robot', 'robot-secret'), ::as('robot', 'robot-secret'), ::as('guard', 'guard-secret'), '']
--- request eval
[::authorize(), ::authorize(scope => 'admin'), ::post(grant_type => 'client_credentials'), ::revoke('x'), ::introspect('x'), 'GET /json']
--- error_code eval: [200, 303, 200, 200, 200, 200]
--- response_headers eval: [('') x 6]
--- after eval
[(undef) x 5, sub {
    my $text = $_[0] =~ s/\s//gr;
    for my $counted (['authorization_code', 'asked'], ['authorization_code', 'rejected'], ['client_credentials', 'issued'], ['revocation', 'revoked'], ['introspection', 'introspected']) {
        Test::More::like($text, qr/"$counted->[0]":\{[^}]*"$counted->[1]":1\b/, "$counted->[0] $counted->[1]");
    }
}]
