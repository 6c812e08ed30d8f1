# Revocation (RFC 7009): any token ends its family; nobody revokes what is another client's.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $web = as('web', 'web-secret');
our $family = { client => 'web', generation => 5, age => 600 };
our %phone = (client => 'phone', salt => 3);

sub mine { token($_[0], client => 'web') }
sub done { [({ error => undef }) x $_[0]] }

run_tests();

__DATA__

=== the newest refresh token
--- authorizing
--- more_headers eval: $::web
--- family eval: $::family
--- request eval: [::revoke(::mine(5)), ::refresh(::mine(5))]
--- error_code eval: [200, 400]
--- answer eval: [{ error => undef }, { error => 'invalid_grant' }]
--- record eval: { state => 'R', generation => 5, pttl => 85800 }



=== one that was rotated long ago
--- authorizing
--- more_headers eval: $::web
--- family eval: $::family
--- request eval: [::revoke(::mine(1)), ::refresh(::mine(5))]
--- error_code eval: [200, 400]
--- record eval: { state => 'R' }



=== hints are hints
--- authorizing
--- more_headers eval: $::web
--- family eval: $::family
--- request eval: [map { ::revoke(::mine(5), token_type_hint => $_) } 'access_token', 'refresh_token', 'unknown', '']
--- answer eval: ::done(4)
--- record eval: { state => 'R' }



=== a public client says who it is
--- authorizing
--- more_headers eval: ::anonymous()
--- family eval: +{ %::phone, generation => 2 }
--- request eval: [::revoke(::token(2, %::phone), client_id => 'phone'), ::refresh(::token(2, %::phone), client_id => 'phone')]
--- error_code eval: [200, 400]



=== tokens of another client
--- authorizing
--- more_headers eval: [::as('brief', 'brief-secret'), ::as('robot', 'robot-secret'), ::anonymous()]
--- family eval: $::family
--- request eval: [::revoke(::mine(5)), ::revoke(::mine(1)), ::revoke(::mine(5), client_id => 'phone')]
--- error_code: 400
--- answer eval: [({ error => 'invalid_grant', error_description => qr/another client/ }) x 3]
--- record: untouched



=== garbage
--- authorizing
--- more_headers eval: $::web
--- family eval: $::family
--- request eval
[map { ::revoke($_) } 'x', 'A' x 56, substr(::mine(5), 1), ::mine(5) . 'A', ::mine(5) . '=', "\r\n<b>", 'x' x 5000, ::token(5, client => 'web', root => ::root_key(2))]
--- answer eval: ::done(8)
--- record: untouched
--- no_commands



=== a forged token and a code
--- authorizing
--- more_headers eval: $::web
--- family eval: $::family
--- request eval: [::revoke(::token(5, client => 'nobody')), ::revoke(::token(5, client => 'web', prefix => 'other')), ::revoke(::code())]
--- answer eval: ::done(3)
--- record: untouched



=== twice
--- authorizing
--- more_headers eval: $::web
--- family eval: $::family
--- request eval: [(::revoke(::mine(5))) x 2]
--- record eval: { state => 'R' }



=== an expired family, where the store is known to be whole
--- authorizing
--- more_headers eval: $::web
--- redis eval: [[qw(SET oauth2:marker 1)]]
--- request eval: ::revoke(::mine(5))
--- answer eval: { error => undef }



=== a family that the store has lost
--- authorizing
--- error_log
[alert]
the store was emptied after the grant
--- more_headers eval: $::web
--- request eval: ::revoke(::mine(5))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- response_headers_like: Retry-After: [1-9]\d*



=== a family that the store has lost before it met another one
--- authorizing
--- error_log
[alert]
the store was emptied after the grant
--- more_headers eval: $::web
--- redis eval: [[SET => 'oauth2:marker', time]]
--- request eval: ::revoke(::mine(5))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }



=== a store that is read-only
--- authorizing
--- more_headers eval: $::web
--- family eval: $::family
--- init: ::redis()->command(qw(CONFIG SET min-replicas-to-write 1))
--- request eval: ::revoke(::mine(5))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- response_headers_like: Retry-After: [1-9]\d*
--- after eval: sub { ::redis()->command(qw(CONFIG SET min-replicas-to-write 0)) }
--- record: untouched



=== a client must be itself
--- authorizing
--- more_headers eval: [::as('web', 'wrong'), ::anonymous(), ::anonymous()]
--- family eval: $::family
--- request eval: [::revoke(::mine(5)), ::revoke(::mine(5), client_id => 'web'), ::revoke(::mine(5))]
--- error_code: 401
--- answer eval: [({ error => 'invalid_client' }) x 3]
--- record: untouched
--- no_commands



=== requests that are none
--- authorizing
--- more_headers eval: $::web
--- family eval: $::family
--- request eval
["POST /oauth2/revoke\ntoken=", "POST /oauth2/revoke\nx=y", ::revoke(::mine(5)) . '&token=x', "POST /oauth2/revoke?token=x\ntoken=y", ::revoke(::mine(5)) . '&token_type_hint=a&token_type_hint=b', 'GET /oauth2/revoke?token=x', ::revoke('x' x 9000)]
--- error_code eval: [(400) x 5, 405, 413]
--- answer eval: [({ error => 'invalid_request' }) x 7]
--- record: untouched
--- no_commands



=== the variables
--- authorizing
--- http_config eval: OAuth2Test::grants_http(q{log_format o '$oauth2_client_id|$oauth2_grant_type|$oauth2_subject|$oauth2_family|$oauth2_outcome|$oauth2_error';})
--- more_server: access_log logs/access.log o;
--- more_headers eval: $::web
--- family eval: $::family
--- request eval: ::revoke(::mine(5))
--- access_log eval: 'web||alice|' . ::family_hash(OAuth2Test::Token::family_id(::identity())) . '|revoked|'
