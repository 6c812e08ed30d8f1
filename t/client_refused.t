# Who is not accepted as a client: always the same 401, and no family is touched.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

sub raw_basic { anonymous() . "\nAuthorization: $_[0]" }

run_tests();

__DATA__

=== no credentials at all
--- more_headers eval: ::anonymous()
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- error_code: 401
--- answer eval: { error => 'invalid_client', access_token => undef }
--- raw_response_headers_like: WWW-Authenticate: Basic realm="
--- record: untouched
--- no_commands



=== every refusal looks the same
--- more_headers eval
[::as('app', 'wrong'), ::as('nobody', 'app-secret'), ::as('app', ''), ::as('', 'app-secret'), ::as('', ''),
 ::as('app', 'app-secret '), ::as('App', 'app-secret'), ::as('app', 'app-secre'), (::anonymous()) x 3]
--- request eval
[(::refresh(::token(1))) x 8, ::refresh(::token(1), client_id => 'app', client_secret => 'wrong'),
 ::refresh(::token(1), client_id => 'nobody', client_secret => 'x'), ::refresh(::token(1), client_id => 'app')]
--- error_code: 401
--- raw_response_headers_like eval: [('WWW-Authenticate: Basic realm="') x 11]
--- answer eval: [({ error => 'invalid_client' }) x 11]
--- after eval
my $first;
[(sub { $first //= $_[0]; Test::More::is($_[0], $first, 'the same body') }) x 11]
--- no_commands



=== malformed Basic
--- more_headers eval
[map { ::raw_basic($_) } 'Basic', 'Basic ', 'Basic !!!!', 'Basic YXBw', 'Basic YXBwOmFwcC1zZWNyZXQ=x',
    'Basic =', 'Basic YXBwOmFwcC1zZWNyZXQ=, Basic YXBwOmFwcC1zZWNyZXQ=', 'Basic ' . 'A' x 900, 'Basic OmFwcC1zZWNyZXQ=']
--- request eval: [(::refresh(::token(1))) x 9]
--- error_code: 401
--- answer eval: [({ error => 'invalid_client' }) x 9]
--- no_commands



=== another scheme
--- more_headers eval: [map { ::raw_basic($_) } 'Bearer YXBwOmFwcC1zZWNyZXQ=', 'Digest username="app"', 'BasicYXBwOmFwcC1zZWNyZXQ=', 'app:app-secret']
--- request eval: [(::refresh(::token(1))) x 4]
--- error_code: 401
--- answer eval: [({ error => 'invalid_client' }) x 4]
--- no_commands



=== percent escapes in Basic that are none
--- more_headers eval: [::as('app', '%zz'), ::as('%', 'app-secret'), ::as('app%00', 'app-secret'), ::as("app\0", 'app-secret')]
--- request eval: [(::refresh(::token(1))) x 4]
--- error_code: 401
--- answer eval: [({ error => 'invalid_client' }) x 4]
--- no_commands



=== two methods at once
--- family eval: { age => 5000 }
--- request eval
[::refresh(::token(1), client_id => 'app', client_secret => 'app-secret'), ::refresh(::token(1), client_secret => 'app-secret')]
--- error_code: 400
--- answer eval: [({ error => 'invalid_request' }) x 2]
--- record: untouched
--- no_commands



=== another id in the body than in Basic
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1), client_id => 'other')
--- error_code_like: ^40[01]$
--- answer eval: { error => qr/^invalid_(?:request|client)$/, access_token => undef }
--- record: untouched
--- no_commands



=== a secret without an id
--- more_headers eval: ::anonymous()
--- request eval: ::refresh(::token(1), client_secret => 'app-secret')
--- error_code_like: ^40[01]$
--- answer eval: { error => qr/^invalid_(?:request|client)$/ }
--- no_commands



=== credentials in the query
--- more_headers eval: ::anonymous()
--- secrets
--- request eval
[map { ::refresh(::token(1)) =~ s/token\n/token?$_\n/r } 'client_id=app', 'client_id=app&client_secret=app-secret', 'client_secret=app-secret']
--- error_code: 400
--- answer eval: [({ error => 'invalid_request' }) x 3]
--- no_commands



=== two Authorization headers
--- family eval: { age => 5000 }
--- more_headers eval: ::as('app', 'app-secret') . "\n" . ::basic('app', 'wrong')
--- request eval: ::refresh(::token(1))
--- error_code_like: ^40[01]$
--- response_headers
--- record: untouched
--- no_commands



=== two Authorization headers that agree
--- family eval: { age => 5000 }
--- more_headers eval: ::as('app', 'app-secret') . "\n" . ::basic('app', 'app-secret')
--- request eval: ::refresh(::token(1))
--- error_code_like: ^40[01]$
--- response_headers
--- record: untouched



=== an id and a secret beyond any length
--- more_headers eval: [::as('a' x 300, 'app-secret'), ::as('app', 'x' x 2000), ::anonymous()]
--- request eval: [(::refresh(::token(1))) x 2, ::refresh(::token(1), client_id => 'a' x 300, client_secret => 'x')]
--- error_code: 401
--- answer eval: [({ error => 'invalid_client' }) x 3]
--- no_commands



=== the client is judged before the grant
--- more_headers eval: ::as('app', 'wrong')
--- request eval
[::post(grant_type => 'nonsense'), ::post(grant_type => 'refresh_token'), ::refresh('forged'), ::refresh(::token(1), scope => '"')]
--- error_code: 401
--- answer eval: [({ error => 'invalid_client' }) x 4]
--- no_commands



=== a public client is not a confidential one
--- more_http
    oauth2_client public { auth_method none; grant_types refresh_token; scope read; }
--- more_headers eval: ::anonymous()
--- request eval: ::refresh(::token(1), client_id => 'public')
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- no_commands
