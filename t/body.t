# Request bodies in every shape.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $form = form(grant_type => 'refresh_token', refresh_token => token(1));

sub padded {
    my $length = shift;
    return $form . '&x=' . 'y' x ($length - 3 - length $form);
}

sub raw {
    my ($body, @lines) = @_;
    return join "\r\n", 'POST /oauth2/token HTTP/1.1', 'Host: localhost', 'Connection: close',
        split(/\n/, as('app', 'app-secret')), @lines, '', $body;
}

our $chunked = as('app', 'app-secret') . "\nTransfer-Encoding: chunked";

run_tests();

__DATA__

=== no body
--- request
POST /oauth2/token
--- error_code: 400
--- answer eval: { error => 'invalid_request' }
--- no_commands



=== a body of no bytes
--- more_headers eval: ::as('app', 'app-secret') . "\nContent-Length: 0"
--- request
POST /oauth2/token
--- error_code: 400
--- answer eval: { error => 'invalid_request' }



=== a chunked body of no bytes
--- more_headers eval: $::chunked
--- request eval: "POST /oauth2/token\n0\r\n\r\n"
--- error_code: 400
--- answer eval: { error => 'invalid_request' }



=== chunks
--- family eval: { age => 5000 }
--- more_headers eval: $::chunked
--- request eval: [map { ::chunked($::form, $_) } 1000, 7, 1]
--- answer eval: [({ refresh_token => ::token(2) }) x 3]
--- record eval: { generation => 2 }



=== a body in packets
--- family eval: { age => 5000 }
--- raw_request eval: [split //, ::raw($::form, 'Content-Length: ' . length $::form)]
--- answer eval: { refresh_token => ::token(2) }



=== the head and the body apart
--- family eval: { age => 5000 }
--- raw_request eval: [::raw('', 'Content-Length: ' . length $::form), substr($::form, 0, 30), substr($::form, 30)]
--- raw_request_middle_delay: 0.1
--- answer eval: { refresh_token => ::token(2) }



=== HTTP/1.0
--- family eval: { age => 5000 }
--- request eval: "POST /oauth2/token HTTP/1.0\n$::form"
--- answer eval: { refresh_token => ::token(2) }



=== 8192 bytes
--- family eval: { age => 5000 }
--- request eval: "POST /oauth2/token\n" . ::padded(8192)
--- answer eval: { refresh_token => ::token(2) }



=== 8193 bytes
--- family eval: { age => 5000 }
--- request eval: "POST /oauth2/token\n" . ::padded(8193)
--- error_code: 413
--- answer eval: { error => 'invalid_request', access_token => undef }
--- record: untouched
--- no_commands



=== 8192 bytes in chunks of any size
--- family eval: { age => 5000 }
--- more_headers eval: $::chunked
--- request eval: [map { ::chunked(::padded(8192), $_) } 8192, 1000, 1]
--- answer eval: [({ refresh_token => ::token(2) }) x 3]



=== 8193 bytes in chunks of any size
--- family eval: { age => 5000 }
--- more_headers eval: $::chunked
--- request eval: [map { ::chunked(::padded(8193), $_) } 8193, 1000, 1]
--- error_code: 413
--- answer eval: [({ error => 'invalid_request' }) x 3]
--- record: untouched
--- no_commands



=== no byte of a body reaches a temporary file
--- family eval: { age => 5000 }
--- more_headers eval: $::chunked
--- more_http
    client_body_buffer_size 1k;
    client_body_in_file_only on;
--- request eval: ::chunked(::padded(8000), 1)
--- answer eval: { refresh_token => ::token(2) }
--- after eval
sub { Test::More::is_deeply([glob Test::Nginx::Socket::server_root() . '/client_body_temp/*'], [], 'no file') }



=== nginx's own limit is nginx's own answer
--- more_location
        client_max_body_size 100;
--- request eval: "POST /oauth2/token\n" . ::padded(500)
--- error_code: 413
--- response_headers



=== a charset and other parameters of the content type
--- family eval: { age => 5000 }
--- more_headers eval
[map { ::typed($_) } 'application/x-www-form-urlencoded;charset=UTF-8',
    'application/x-www-form-urlencoded ; charset="utf-8"', 'APPLICATION/X-WWW-Form-Urlencoded']
--- request eval: [("POST /oauth2/token\n$::form") x 3]
--- answer eval: [({ refresh_token => ::token(2) }) x 3]



=== a body that ends before its length
--- raw_request eval: ::raw($::form, 'Content-Length: ' . (1 + length $::form))
--- timeout: 200ms
--- abort
--- ignore_response
--- no_error_log
[error]



=== a body that goes on after its length
--- family eval: { age => 5000 }
--- raw_request eval: ::raw("$::form&x=y", 'Content-Length: ' . length $::form)
--- answer eval: { refresh_token => ::token(2) }



=== a length and chunks at once are nginx's own 400
--- raw_request eval: ::raw("0\r\n\r\n", 'Content-Length: 10', 'Transfer-Encoding: chunked')
--- timeout: 300ms
--- abort
--- error_code: 400
--- response_headers



=== broken chunks
--- raw_request eval: ::raw("zz\r\n$::form\r\n0\r\n\r\n", 'Transfer-Encoding: chunked')
--- error_code: 400
--- response_headers
--- no_commands



=== a connection is kept after every error
--- family eval: { age => 5000 }
--- more_headers eval
[::as('app', 'wrong'), (::as('app', 'app-secret')) x 4, ::basic('app', 'app-secret'), ::as('app', 'app-secret')]
--- pipelined_requests eval
["POST /oauth2/token\n$::form", ::refresh('forged'), "GET /oauth2/token", ::post(grant_type => 'x'),
 "PUT /oauth2/token\n$::form", "POST /oauth2/token\n$::form", "POST /oauth2/token\n$::form"]
--- error_code eval: [401, 400, 405, 400, 405, 400, 200]
--- answer eval
[(map { { error => $_ } } qw(invalid_client invalid_grant invalid_request unsupported_grant_type invalid_request invalid_request)),
 { refresh_token => ::token(2) }]



=== what follows a body too large is no request
--- request eval: "POST /oauth2/token\n" . ::padded(20000) . 'POST /oauth2/token HTTP/1.1'
--- error_code: 413
--- answer eval: { error => 'invalid_request' }
--- no_error_log
[error]



=== two refreshes in one packet
--- family eval: { age => 5000 }
--- pipelined_requests eval: [map { ::refresh(::token($_)) } 1, 2]
--- answer eval: [map { { refresh_token => ::token($_) } } 2, 3]
--- record eval: { generation => 3 }



=== a body that is there at once, in a location whose access is checked by a subrequest
--- more_location
        auth_request /allowed;
--- more_server
        location = /allowed { internal; return 204; }
--- family eval: { age => 5000 }
--- more_headers eval: ::as('app', 'app-secret') . "\nContent-Type: application/x-www-form-urlencoded"
--- request eval: ::refresh(::token(1), padding => 'x' x 3000)
--- answer eval: { refresh_token => ::token(2) }
