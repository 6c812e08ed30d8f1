# oauth2_refresh_token_lifetime: an absolute end, counted from the user's grant.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

run_tests();

__DATA__

=== no lifetime by default
--- family eval: { generation => 3, granted_at => 1_000_000_000 }
--- request eval: ::refresh(::token(3, granted_at => 1_000_000_000))
--- answer eval: { refresh_token => ::token(4, granted_at => 1_000_000_000) }
--- record eval: { pttl => 86400 }



=== the TTL ends with the lifetime
--- family eval: { generation => 3, age => 600 }
--- more_server
    oauth2_refresh_token_lifetime 2h;
--- request eval: ::refresh(::token(3))
--- answer eval
{ refresh_token => ::token(4), refresh_token_expires_in => sub { $_[0] <= 3600 && $_[0] > 3500 } }
--- record eval
{ generation => 4, ttl => sub { $_[0] <= 3600 && $_[0] > 3500 },
  granted_at => ::identity()->{granted_at} }
--- after eval
sub { Test::More::cmp_ok(::stored()->{pttl}, '<=', 3_600_000, 'PTTL within the lifetime') }



=== the access token ends with the lifetime
--- family eval: { generation => 3, age => 600 }
--- more_server
    oauth2_refresh_token_lifetime 62m;
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4), expires_in => sub { $_[0] <= 120 && $_[0] > 60 } }
--- access eval: { exp => sub { $_[0] <= ::identity()->{granted_at} + 62 * 60 } }



=== a grant past its lifetime
--- family eval: { generation => 3, age => 600 }
--- more_server
    oauth2_refresh_token_lifetime 59m;
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- answer eval: { error => 'invalid_grant', access_token => undef }
--- record: untouched



=== a retry past the lifetime
--- family eval: { generation => 3, age => 10 }
--- more_server
    oauth2_refresh_token_lifetime 59m;
--- request eval: ::refresh(::token(2))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record: untouched



=== without renewal too
--- family eval: { generation => 3, age => 10 }
--- more_server
    oauth2_refresh_token_lifetime 59m;
    oauth2_refresh_token_renewal off;
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record: untouched



=== a client's own lifetime
--- family eval: { generation => 3, age => 10 }
--- more_client
        refresh_token_lifetime 59m;
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record: untouched



=== a client's zero cancels the server's lifetime
--- family eval: { generation => 3, age => 10 }
--- more_client
        refresh_token_lifetime 0;
--- more_server
    oauth2_refresh_token_lifetime 59m;
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4) }



=== the first token of a grant is bounded as well
--- more_server
    oauth2_refresh_token_lifetime 30m;
--- request eval: ::password('alice', 'open-sesame')
--- answer eval: { refresh_token => qr/^[\w-]{56}$/, refresh_token_expires_in => 1800, expires_in => 1800 }
