# A token used again outside its window ends the family, or is at least refused.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

run_tests();

__DATA__

=== a replay leaves a tombstone for the remaining time
--- family eval: { generation => 5, age => 40 }
--- request eval: ::refresh(::token(4))
--- error_code: 400
--- answer eval: { error => 'invalid_grant', refresh_token => undef, access_token => undef }
--- record eval: { layout => 1, state => 'R', pttl => 86360 }



=== the newest token is dead too
--- family eval: { generation => 5, age => 40 }
--- request eval: [map { ::refresh(::token($_)) } 4, 5, 4]
--- error_code eval: [400, 400, 400]
--- answer eval: [({ error => 'invalid_grant' }) x 3]
--- record eval: { state => 'R' }



=== an older generation is a replay at once
--- family eval: { generation => 5, age => 10 }
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record eval: { state => 'R', pttl => 86390 }



=== the first generation of a long line
--- family eval: { generation => 1000000, age => 10 }
--- request eval: ::refresh(::token(1))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record eval: { state => 'R' }



=== deny refuses and leaves the family alone
--- family eval: { generation => 5, age => 40 }
--- more_server
    oauth2_refresh_token_reuse deny;
--- request eval: [::refresh(::token(4)), ::refresh(::token(3)), ::refresh(::token(5))]
--- error_code eval: [400, 400, 200]
--- answer eval
[{ error => 'invalid_grant' }, { error => 'invalid_grant' }, { refresh_token => ::token(6) }]
--- record eval: { state => 'L', generation => 6 }



=== deny as a client's setting
--- family eval: { generation => 5, age => 40 }
--- more_client
        refresh_token_reuse deny;
--- request eval: ::refresh(::token(4))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record: untouched



=== revoke as a client's setting
--- family eval: { generation => 5, age => 40 }
--- more_client
        refresh_token_reuse revoke;
--- more_server
    oauth2_refresh_token_reuse deny;
--- request eval: ::refresh(::token(4))
--- error_code: 400
--- record eval: { state => 'R' }



=== a tombstone keeps the fields that a later release wrote
--- family eval: { generation => 5, age => 40, tail => pack('C n/a*', 200, 'kept') }
--- request eval: ::refresh(::token(4))
--- error_code: 400
--- record eval: { state => 'R', tail => pack('C n/a*', 200, 'kept') }



=== the tombstone of one family leaves the user's others alone
--- family eval: [{ generation => 5, age => 40, salt => 2 }, { generation => 3, age => 40 }]
--- request eval: [::refresh(::token(4, salt => 2)), ::refresh(::token(3))]
--- error_code eval: [400, 200]
--- answer eval: [{ error => 'invalid_grant' }, { refresh_token => ::token(4) }]



=== a stranger with a leaked token cannot end the family
--- family eval: { generation => 5, age => 40 }
--- more_headers eval: ::as('app', 'wrong')
--- request eval: ::refresh(::token(4))
--- error_code: 401
--- answer eval: { error => 'invalid_client' }
--- record: untouched
--- no_commands



=== another client with a leaked token cannot either
--- family eval: { generation => 5, age => 40 }
--- more_http
    oauth2_client other { secret plain:x; grant_types refresh_token; scope read; }
--- more_headers eval: ::as('other', 'x')
--- request eval: ::refresh(::token(4))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record: untouched
--- no_commands



=== a replay with a scope of its own is a replay
--- family eval: { generation => 5, age => 40 }
--- request eval: ::refresh(::token(4), scope => 'admin')
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
