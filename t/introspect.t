# Introspection (RFC 7662): "inactive" is evidence, as it throws users out.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $guard = as('guard', 'guard-secret');
our $web   = as('web', 'web-secret');
our $may   = OAuth2Test::grants_http('') =~ s/oauth2_client web \{/$& introspect on;/r;
our $family = { client => 'web', generation => 5, age => 10 };
our $inactive = qr/^\{"active":false\}$/;

sub mine { token($_[0], client => 'web') }

run_tests();

__DATA__

=== garbage is inactive, without the store
--- authorizing
--- more_headers eval: $::guard
--- request eval: [map { ::introspect($_) } 'x', 'A' x 56, 'A' x 200, 'x' x 5000, "\r\n", ::code(), ::mine(5)]
--- response_body eval: [('{"active":false}') x 7]
--- no_commands



=== a refresh token is shown to its client only
--- authorizing
--- http_config eval: $::may
--- more_headers eval: [$::web, $::guard]
--- family eval: $::family
--- request eval: [(::introspect(::mine(5))) x 2]
--- answer eval
[{ active => 1, client_id => 'web', sub => 'alice', username => 'alice', scope => 'read write', token_type => undef, iss => 'https://as.example',
   exp => sub { my $left = $_[0] - time - 86390; $left >= -3 && $left <= 1 } }, { active => 0, client_id => undef, sub => undef }]
--- record: untouched



=== the newest, and its predecessor in the window
--- authorizing
--- http_config eval: $::may
--- more_headers eval: $::web
--- family eval: $::family
--- request eval: [map { ::introspect(::mine($_)) } 5, 4, 3, 1]
--- answer eval: [map { { active => $_ } } 1, 1, 0, 0]
--- record: untouched



=== after the window
--- authorizing
--- http_config eval: $::may
--- more_headers eval: $::web
--- family eval: +{ %$::family, age => 31 }
--- request eval: [map { ::introspect(::mine($_)) } 5, 4, 3]
--- answer eval: [map { { active => $_ } } 1, 0, 0]
--- record: untouched



=== to ask is no replay
--- authorizing
--- http_config eval: $::may
--- more_headers eval: $::web
--- family eval: +{ %$::family, age => 5000 }
--- request eval: [::introspect(::mine(4)), ::refresh(::mine(5))]
--- answer eval: [{ active => 0 }, { token_type => 'Bearer' }]



=== revoked
--- authorizing
--- http_config eval: $::may
--- more_headers eval: $::web
--- family eval: +{ %$::family, state => 'R' }
--- request eval: ::introspect(::mine(5))
--- response_body: {"active":false}



=== past its lifetime
--- authorizing
--- http_config eval: $::may =~ s/introspect on;/$& refresh_token_lifetime 30m;/r
--- more_headers eval: $::web
--- family eval: $::family
--- request eval: ::introspect(::mine(5))
--- response_body: {"active":false}



=== no record, and the store is whole
--- authorizing
--- http_config eval: $::may
--- more_headers eval: $::web
--- redis eval: [[qw(SET oauth2:marker 1)]]
--- request eval: ::introspect(::mine(5))
--- response_body: {"active":false}



=== no record, and nobody knows
--- authorizing
--- error_log
[alert]
the store was emptied after the grant
--- http_config eval: $::may
--- more_headers eval: $::web
--- request eval: ::introspect(::mine(5))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable', active => undef }
--- response_headers_like: Retry-After: [1-9]\d*



=== no record, and the store was emptied since
--- authorizing
--- error_log
[alert]
the store was emptied after the grant
--- http_config eval: $::may
--- more_headers eval: $::web
--- redis eval: [[SET => 'oauth2:marker', time]]
--- request eval: ::introspect(::mine(5))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable', active => undef }



=== a record of a newer release
--- authorizing
--- http_config eval: $::may
--- more_headers eval: $::web
--- family eval: +{ %$::family, bytes => "\x02 of a layout that nobody knows" }
--- request eval: ::introspect(::mine(5))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable', active => undef }



=== far ahead of its record
--- authorizing
--- http_config eval: $::may
--- more_headers eval: $::web
--- family eval: $::family
--- request eval: [map { ::introspect(::mine($_)) } 6, 69, 70]
--- error_code eval: [200, 200, 503]
--- answer eval: [{ active => 1 }, { active => 1 }, { active => undef }]
--- record: untouched
--- expected_trouble: [alert]



=== only for whom it is on
--- authorizing
--- more_headers eval: [$::web, ::as('robot', 'robot-secret'), ::anonymous(), ::as('guard', 'wrong'), ::anonymous(), ::anonymous()]
--- family eval: $::family
--- request eval: [(::introspect(::mine(5))) x 2, ::introspect(::mine(5), client_id => 'phone'), ::introspect(::mine(5)), ::introspect(::mine(5), client_id => 'guard'), ::introspect(::mine(5))]
--- error_code eval: [(400) x 3, (401) x 3]
--- answer eval: [({ error => 'unauthorized_client', active => undef }) x 3, ({ error => 'invalid_client', active => undef }) x 3]
--- no_commands



=== requests that are none
--- authorizing
--- more_headers eval: $::guard
--- request eval
["POST /oauth2/introspect\ntoken=", "POST /oauth2/introspect\nx=y", ::introspect('x') . '&token=y', "POST /oauth2/introspect?token=x\ntoken=y", 'GET /oauth2/introspect?token=x', ::introspect('x' x 9000)]
--- error_code eval: [(400) x 4, 405, 413]
--- answer eval: [({ error => 'invalid_request' }) x 6]
--- no_commands
