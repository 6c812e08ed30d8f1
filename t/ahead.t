# Redis may lose writes in a failover, or be restored: a token may be ahead of its record.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

run_tests();

__DATA__

=== an authentic token ahead of its record heals the family
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(4))
--- answer eval: { refresh_token => ::token(5), refresh_token_expires_in => 86400 }
--- record eval: { state => 'L', generation => 5, pttl => 86400 }



=== 64 generations ahead
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(67))
--- answer eval: { refresh_token => ::token(68) }
--- record eval: { generation => 68, pttl => 86400 }



=== 65 are an alarm and change nothing
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(68))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable', refresh_token => undef }
--- raw_response_headers_like: (?i)Retry-After: \d+
--- record: untouched
--- error_log
[alert]



=== the family works on after it was healed
--- family eval: { generation => 3, age => 5000 }
--- request eval: [map { ::refresh(::token($_)) } 10, 10, 11]
--- answer eval: [map { { refresh_token => ::token($_) } } 11, 11, 12]
--- record eval: { generation => 12 }



=== healing is logged
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(4))
--- error_log eval: [qr/\[(?:warn|notice|error)\].*(?:heal|ahead)/i]



=== healing keeps the unknown tail
--- family eval: { generation => 3, age => 5000, tail => pack('C n/a*', 200, 'kept') }
--- request eval: ::refresh(::token(4))
--- record eval: { generation => 5, tail => pack('C n/a*', 200, 'kept') }



=== a tombstone is never healed
--- family eval: { generation => 3, age => 5000, state => 'R' }
--- request eval: [map { ::refresh(::token($_)) } 3, 4, 67, 68]
--- error_code: 400
--- answer eval: [({ error => 'invalid_grant' }) x 4]
--- record: untouched



=== without renewal a token ahead heals the record and comes back
--- family eval: { generation => 3, age => 5000 }
--- more_server
    oauth2_refresh_token_renewal off;
--- request eval: ::refresh(::token(5))
--- answer eval: { refresh_token => qr/./, error => undef }
--- record eval: { state => 'L', generation => sub { $_[0] >= 3 } }
