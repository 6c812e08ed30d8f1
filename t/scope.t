# Scopes: a refresh may narrow the access token, never the grant.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

run_tests();

__DATA__

=== a narrower scope narrows the access token only
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3), scope => 'read')
--- answer eval: { refresh_token => ::token(4), scope => 'read' }
--- access eval: { scope => 'read' }
--- record eval: { generation => 4, scope => 'read write' }



=== the next refresh has the full scope again
--- family eval: { generation => 3, age => 5000 }
--- request eval: [::refresh(::token(3), scope => 'read'), ::refresh(::token(4))]
--- answer eval: [{ scope => 'read' }, { scope => 'read write' }]



=== an empty scope means the full one
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3), scope => '')
--- answer eval: { refresh_token => ::token(4), scope => 'read write' }



=== order and repetition do not matter
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3), scope => 'write read write')
--- answer eval
{ refresh_token => ::token(4), scope => qr/^(?:read write|write read)(?: write)?$/ }



=== a scope beyond the grant is refused before anything is written
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3), scope => 'read admin')
--- error_code: 400
--- answer eval: { error => 'invalid_scope', refresh_token => undef, access_token => undef }
--- record: untouched



=== the client's scope does not widen the grant
--- family eval: { generation => 3, age => 5000, scope => 'read' }
--- request eval: [::refresh(::token(3)), ::refresh(::token(4), scope => 'write')]
--- error_code eval: [200, 400]
--- answer eval: [{ scope => 'read' }, { error => 'invalid_scope' }]



=== characters that no scope has
--- family eval: { generation => 3, age => 5000 }
--- request eval
[map { ::refresh(::token(3), scope => $_) } "re\"ad", "re\\ad", "read\twrite", "read\nwrite", "r\xc3\xa9ad", "read\0"]
--- error_code: 400
--- answer eval: [({ error => 'invalid_scope' }) x 6]
--- record: untouched



=== a scope of another case is another scope
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3), scope => 'READ')
--- error_code: 400
--- answer eval: { error => 'invalid_scope' }
--- record: untouched



=== a refused scope with an unknown family is an unknown family
--- redis eval: [[qw(SET oauth2:marker 0)]]
--- request eval: ::refresh(::token(3), scope => 'admin')
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record: missing



=== the client lost a scope since
--- family eval: { generation => 3, age => 5000, scope => 'read write admin' }
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4), scope => 'read write' }
--- access eval: { scope => 'read write' }
--- record eval: { scope => 'read write admin' }



=== the client lost the scope that is asked for
--- family eval: { generation => 3, age => 5000, scope => 'read admin' }
--- request eval: ::refresh(::token(3), scope => 'admin')
--- error_code: 400
--- answer eval: { error => 'invalid_scope' }
--- record: untouched



=== the client lost them all
--- family eval: { generation => 3, age => 5000, scope => 'admin' }
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- answer eval: { error => 'invalid_scope', refresh_token => undef }
--- record: untouched



=== a user's grant without scope gets all of the client's
--- request eval: ::password('alice', 'open-sesame')
--- answer eval: { scope => 'read write' }
--- access eval: { scope => 'read write', subject => 'alice', client => 'app' }



=== a user's grant for less stays at less
--- request eval: ::password('alice', 'open-sesame', scope => 'write')
--- answer eval: { scope => 'write', refresh_token => qr/^[\w-]{56}$/ }
--- access eval: { scope => 'write' }
--- after eval
sub {
    my $family = ::token_fields($_[1]{refresh_token})->{family};
    Test::More::is(::stored(family => $family)->{scope}, 'write', 'so does the record');
}



=== a user's grant beyond the client's scope
--- request eval: ::password('alice', 'open-sesame', scope => 'read admin')
--- error_code: 400
--- answer eval: { error => 'invalid_scope', access_token => undef }
--- no_commands



=== a client without scopes
--- http_config
    oauth2_redis { server $TEST_NGINX_REDIS; }
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types password refresh_token; }
--- request eval: [::password('alice', 'open-sesame'), ::password('alice', 'open-sesame', scope => 'read')]
--- error_code eval: [200, 400]
--- answer eval: [{ scope => sub { !length($_[0] // '') } }, { error => 'invalid_scope' }]
