# Guessing and looping are limited by nginx's own means: the body is read before limit_req runs.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $by_client = OAuth2Test::http_config('', <<'EOT');
    oauth2_client other { secret plain:s; grant_types refresh_token; scope read; }
    limit_req_zone $binary_remote_addr$oauth2_client_id zone=clients:64k rate=1r/m;
EOT
our $by_family = OAuth2Test::http_config('', <<'EOT');
    limit_req_zone $oauth2_family zone=families:64k rate=1r/m;
EOT

run_tests();

__DATA__

=== by the client's id in Basic
--- http_config eval: $::by_client
--- more_location
        limit_req zone=clients;
        limit_req_status 429;
--- more_headers eval: [::as('app', 'wrong'), ::as('app', 'guess'), ::as('other', 'guess'), ::as('app', 'app-secret')]
--- request eval: [(::refresh(::token(1))) x 4]
--- error_code eval: [401, 429, 401, 429]
--- response_headers eval: [('') x 4]
--- no_commands



=== by the client's id in the body
--- http_config eval: $::by_client
--- more_location
        limit_req zone=clients;
        limit_req_status 429;
--- more_headers eval: ::anonymous()
--- request eval: [map { ::refresh(::token(1), client_id => $_, client_secret => 'guess') } 'app', 'app', 'other', 'other']
--- error_code eval: [401, 429, 401, 429]
--- response_headers eval: [('') x 4]
--- no_commands



=== wherever the id stands
--- http_config eval: $::by_client
--- more_location
        limit_req zone=clients;
        limit_req_status 429;
--- more_headers eval: [::as('app', 'wrong'), ::anonymous()]
--- request eval: [::refresh(::token(1)), ::refresh(::token(1), client_id => 'app', client_secret => 'x')]
--- error_code eval: [401, 429]
--- response_headers eval: [('') x 2]



=== a body in chunks
--- http_config eval: $::by_client
--- more_location
        limit_req zone=clients;
        limit_req_status 429;
--- more_headers eval: ::anonymous() . "\nTransfer-Encoding: chunked"
--- request eval
my $body = ::form(grant_type => 'refresh_token', refresh_token => 'x', client_id => 'app', client_secret => 'x');
[(::chunked($body, 1)) x 2]
--- error_code eval: [401, 429]
--- response_headers eval: [('') x 2]



=== by the family
--- http_config eval: $::by_family
--- more_location
        limit_req zone=families;
        limit_req_status 429;
--- family eval: [{ age => 5000 }, { age => 5000, salt => 2 }]
--- request eval: [::refresh(::token(1)), ::refresh(::token(2)), ::refresh(::token(1, salt => 2)), ::refresh(::token(1))]
--- error_code eval: [200, 429, 200, 429]
--- response_headers eval: [('') x 4]
--- record eval: { generation => 2 }



=== a forged token belongs to no family and is not counted
--- http_config eval: $::by_family
--- more_location
        limit_req zone=families;
        limit_req_status 429;
--- request eval: [(::refresh('x' x 56)) x 3]
--- error_code: 400
--- answer eval: [({ error => 'invalid_grant' }) x 3]



=== a request that is delayed
--- http_config eval: $::by_family =~ s{1r/m}{10r/s}r
--- more_location
        limit_req zone=families burst=5;
--- family eval: { age => 5000 }
--- request eval: [map { ::refresh(::token($_)) } 1 .. 3]
--- answer eval: [map { { refresh_token => ::token($_) } } 2 .. 4]



=== a refused request leaves the connection usable
--- http_config eval: $::by_family
--- more_location
        limit_req zone=families;
        limit_req_status 429;
--- family eval: [{ age => 5000 }, { age => 5000, salt => 2 }]
--- pipelined_requests eval: [::refresh(::token(1)), ::refresh(::token(2)), ::refresh(::token(1, salt => 2))]
--- error_code eval: [200, 429, 200]
--- response_headers eval: [('') x 3]
