# Without renewal a client keeps its refresh token until that expires.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

run_tests();

__DATA__

=== the same token comes back and its end stays
--- family eval: { generation => 3, age => 5000 }
--- more_server
    oauth2_refresh_token_renewal off;
--- request eval: ::refresh(::token(3))
--- answer eval
{ refresh_token => ::token(3), refresh_token_expires_in => sub { $_[0] > 81390 && $_[0] <= 81400 },
  access_token => qr/./, expires_in => 3600 }
--- record eval: { generation => 3, pttl => 81400 }



=== nothing is written
--- family eval: { generation => 3, age => 5000 }
--- more_server
    oauth2_refresh_token_renewal off;
--- request eval: [map { ::refresh(::token(3)) } 1 .. 3]
--- answer eval: [({ refresh_token => ::token(3) }) x 3]
--- record: untouched



=== the access token ends with the record
--- family eval: { generation => 3, ttl => 86400, age => 86000 }
--- more_server
    oauth2_refresh_token_renewal off;
--- request eval: ::refresh(::token(3))
--- answer eval: { expires_in => sub { $_[0] <= 400 && $_[0] > 380 } }
--- access eval: { exp => sub { $_[0] <= time + 400 } }



=== a client's own setting beats the server's
--- family eval: { generation => 3, age => 5000 }
--- more_client
        refresh_token_renewal off;
--- more_server
    oauth2_refresh_token_renewal on;
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(3) }
--- record: untouched



=== and the other way round
--- family eval: { generation => 3, age => 5000 }
--- more_client
        refresh_token_renewal on;
--- more_server
    oauth2_refresh_token_renewal off;
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4) }
--- record eval: { generation => 4, pttl => 86400 }



=== a successor handed out while renewal was on still answers its predecessor
--- family eval: { generation => 3, age => 10 }
--- more_server
    oauth2_refresh_token_renewal off;
--- request eval: ::refresh(::token(2))
--- answer eval: { refresh_token => ::token(3) }
--- record: untouched



=== a narrower scope is possible here too
--- family eval: { generation => 3, age => 5000 }
--- more_server
    oauth2_refresh_token_renewal off;
--- request eval: ::refresh(::token(3), scope => 'read')
--- answer eval: { refresh_token => ::token(3), scope => 'read' }
--- access eval: { scope => 'read' }
--- record: untouched



=== a revoked family stays revoked
--- family eval: { generation => 3, age => 10, state => 'R' }
--- more_server
    oauth2_refresh_token_renewal off;
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- answer eval: { error => 'invalid_grant', refresh_token => undef }
--- record: untouched



=== an older generation is still a replay
--- family eval: { generation => 3, age => 5000 }
--- more_server
    oauth2_refresh_token_renewal off;
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record eval: { state => 'R', pttl => 81400 }
