# A refresh hands out the successor, and the record in Redis says so.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $long = 'x' x 203;

run_tests();

__DATA__

=== the successor is known byte for byte
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3))
--- answer eval
{ refresh_token => ::token(4), token_type => 'Bearer', expires_in => 3600, scope => 'read write',
  refresh_token_expires_in => 86400, access_token => qr/^[\w-]+$/, error => undef }



=== numbers are numbers in the JSON
--- family eval: {}
--- request eval: ::refresh(::token(1))
--- response_body_like: "expires_in":\s*3600\b.*"refresh_token_expires_in":\s*86400\b|"refresh_token_expires_in":\s*86400\b.*"expires_in":\s*3600\b



=== the record names the new generation and nothing else changes
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3))
--- record eval
{ layout => 1, state => 'L', generation => 4, ttl => 86400, pttl => 86400, client => 'app',
  subject => 'alice', scope => 'read write', granted_at => ::identity()->{granted_at}, tail => '' }



=== a token is used up by its rotation
--- family eval: { generation => 3, age => 5000 }
--- more_server
    oauth2_refresh_token_retry 0;
--- request eval
[::refresh(::token(3)), ::refresh(::token(3))]
--- error_code eval: [200, 400]
--- answer eval
[{ refresh_token => ::token(4) }, { error => 'invalid_grant', refresh_token => undef, access_token => undef }]



=== a chain of three
--- family eval: {}
--- request eval
[map { ::refresh(::token($_)) } 1 .. 3]
--- answer eval
[map { { refresh_token => ::token($_) } } 2 .. 4]
--- record eval: { generation => 4, pttl => 86400 }



=== fields that a later release wrote are preserved
--- family eval
{ generation => 3, age => 5000, tail => pack('C n/a* C n/a*', 200, 'from the future', 7, '') }
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4) }
--- record eval
{ generation => 4, tail => pack('C n/a* C n/a*', 200, 'from the future', 7, '') }



=== the validity period is the TTL
--- family eval: { generation => 3, ttl => 86400, age => 5000 }
--- more_server
    oauth2_refresh_token_validity 2h;
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4), refresh_token_expires_in => 7200 }
--- record eval: { ttl => 7200, pttl => 7200 }



=== a record about to expire gets its full period back
--- family eval: { generation => 3, pttl => 4000 }
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4) }
--- record eval: { ttl => 86400, pttl => 86400 }



=== the access token carries the grant
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3))
--- access eval
{ client => 'app', subject => 'alice', scope => 'read write',
  iat => sub { abs($_[0] - time) < 10 }, exp => sub { abs($_[0] - time - 3600) < 10 },
  family => OAuth2Test::Token::family_id(::identity()) }



=== the access token's own validity
--- family eval: { generation => 3, age => 5000 }
--- more_server
    oauth2_access_token_validity 5m;
--- request eval: ::refresh(::token(3))
--- answer eval: { expires_in => 300 }
--- access eval: { exp => sub { abs($_[0] - time - 300) < 10 } }



=== an access token never outlives the record
--- family eval: { generation => 3, age => 5000 }
--- more_server
    oauth2_access_token_validity 2d;
--- request eval: ::refresh(::token(3))
--- answer eval: { expires_in => sub { $_[0] <= 86400 && $_[0] > 86390 } }
--- access eval: { exp => sub { $_[0] <= time + 86400 } }



=== families of one user do not touch each other
--- family eval: [{ generation => 3, age => 5000 }, { generation => 8, age => 5000, salt => 2 }]
--- request eval: ::refresh(::token(8, salt => 2))
--- answer eval: { refresh_token => ::token(9, salt => 2) }
--- record: untouched



=== a subject of 255 bytes and a scope of 2048
--- family eval
{ subject => 's' x 255, salt => 3, scope => 'read' . " $::long" x 10 . ' zzz' }
--- request eval: ::refresh(::token(1, subject => 's' x 255, salt => 3))
--- answer eval: { refresh_token => ::token(2, subject => 's' x 255, salt => 3), scope => 'read' }



=== the largest generation but one
--- family eval: { generation => 4294967294, age => 5000 }
--- request eval: ::refresh(::token(4294967294))
--- answer eval: { refresh_token => ::token(4294967295) }
--- record eval: { generation => 4294967295 }
