# The authorization code grant: the exchange of a code, and every wrong one.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

use MIME::Base64 qw(decode_base64url encode_base64url);

our $web  = as('web', 'web-secret');
our $now  = time;
our $code = code();
our %live = (client => 'web', generation => 0, ttl => 60, granted_at => $now);
our $live = {%live};
our $used = { %live, generation => 1, ttl => 86400 };
our $first = token(1, client => 'web', granted_at => $now);

sub refused { [({ error => $_[1] // 'invalid_grant', access_token => undef, refresh_token => undef }) x $_[0]] }

sub flipped {
    my $bytes = decode_base64url($code);
    substr($bytes, $_[0], 1) ^= chr(1 << $_[0] % 8);
    return encode_base64url($bytes);
}

run_tests();

__DATA__

=== an exchange
--- authorizing
--- more_headers eval: $::web
--- family eval: $::live
--- request eval: ::exchange($::code)
--- answer eval
{ token_type => 'Bearer', expires_in => 3600, scope => 'read write', refresh_token => $::first, refresh_token_expires_in => 86400 }
--- access eval: { client => 'web', subject => 'alice', scope => 'read write' }
--- record eval: { generation => 1, ttl => 86400, pttl => 86400, client => 'web' }



=== the new token works
--- authorizing
--- more_headers eval: $::web
--- family eval: $::live
--- request eval: [::exchange($::code), ::refresh($::first)]
--- answer eval: [{ refresh_token => $::first }, { refresh_token => ::token(2, client => 'web', granted_at => $::now) }]



=== with renewal off all the same
--- authorizing
--- more_http: oauth2_refresh_token_renewal off;
--- http_config eval: OAuth2Test::grants_http('') =~ s/oauth2_client web \{/$& refresh_token_renewal off;/r
--- more_headers eval: $::web
--- family eval: $::live
--- request eval: [::exchange($::code), ::refresh($::first), ::exchange($::code)]
--- error_code eval: [200, 200, 400]
--- answer eval: [({ refresh_token => $::first }) x 2, { error => 'invalid_grant' }]
--- record eval: { generation => 1, state => 'L' }



=== no redirect URI where none was named
--- authorizing
--- more_headers eval: $::web
--- family eval: $::live
--- request eval: [::exchange($::code, redirect_uri => undef), map { ::exchange(::code(redirect_uri => ''), redirect_uri => $_) } 'https://web.example/cb', '']
--- error_code eval: [400, 400, 200]



=== a client without refresh tokens
--- authorizing
--- more_headers eval: ::as('brief', 'brief-secret')
--- family eval: +{ %::live, client => 'brief', scope => 'read' }
--- request eval: ::exchange(::code(client => 'brief', redirect_uri => 'https://brief.example/cb'), redirect_uri => 'https://brief.example/cb')
--- answer eval: { refresh_token => undef, refresh_token_expires_in => undef, expires_in => 3600, scope => 'read' }
--- record eval: { generation => 1, ttl => 3600, pttl => 3600 }



=== a public client
--- authorizing
--- more_headers eval: ::anonymous()
--- family eval: +{ %::live, client => 'phone', scope => 'read' }
--- request eval: ::exchange(::code(client => 'phone', redirect_uri => 'http://127.0.0.1:51004/cb'), redirect_uri => 'http://127.0.0.1:51004/cb', client_id => 'phone')
--- answer eval: { scope => 'read', refresh_token => qr/^[\w-]{56}$/ }



=== wrong in any way, refused without the store
--- authorizing
--- more_headers eval: $::web
--- family eval: $::live
--- request eval
[(map { ::exchange($::code, @$_) } [redirect_uri => undef], [redirect_uri => 'https://web.example/cb/'], [redirect_uri => 'https://web.example/CB'], [code_verifier => 'a' x 43],
 [code_verifier => ::verifier() . 'a'], [code_verifier => ::challenge_of(::verifier())]), ::exchange(substr $::code, 1), ::exchange("$::code="), ::exchange("$::code "), ::exchange('A' x 56), ::exchange('x'), ::exchange('x' x 3000),
 (map { ::exchange($_) } ::code(client => 'legacy'), ::code(generation => 1), $::first, ::token(0, client => 'web', granted_at => $::now), ::code(root => ::root_key(2)), ::code(prefix => 'other'), ::code(version => 2), ::code(challenge => '')),
 map { ::exchange(::flipped($_)) } 0 .. 41]
--- error_code: 400
--- answer eval: ::refused(62)
--- record: untouched
--- no_commands



=== malformed, refused as a request
--- authorizing
--- more_headers eval: $::web
--- family eval: $::live
--- request eval
[::exchange($::code, code => undef), ::exchange($::code, code_verifier => undef), ::exchange($::code, code_verifier => 'a' x 42), ::exchange($::code, code_verifier => 'a' x 129), ::exchange($::code, code_verifier => 'a' x 42 . '+'),
 map { ::exchange($::code) . "&$_" } "code=$::code", 'redirect_uri=x', 'code_verifier=' . ::verifier(), 'grant_type=refresh_token', 'client_secret=x']
--- error_code: 400
--- answer eval: ::refused(10, 'invalid_request')
--- record: untouched
--- no_commands



=== a code of another client
--- authorizing
--- more_headers eval: [::as('legacy', 'legacy-secret'), ::as('brief', 'brief-secret'), ::anonymous(), ::as('web', 'wrong'), $::web]
--- family eval: $::live
--- request eval: [::exchange($::code), ::exchange($::code), ::exchange($::code, client_id => 'phone'), ::exchange($::code), ::exchange($::code)]
--- error_code eval: [400, 400, 400, 401, 200]
--- answer eval: [@{ ::refused(3) }, { error => 'invalid_client' }, { refresh_token => $::first }]



=== a client without the grant
--- authorizing
--- more_headers eval: ::as('robot', 'robot-secret')
--- request eval: ::exchange($::code)
--- error_code: 400
--- answer eval: { error => 'unauthorized_client' }
--- no_commands



=== no way down from PKCE
--- authorizing
--- more_headers eval: ::as('legacy', 'legacy-secret')
--- family eval: +{ %::live, client => 'legacy', scope => 'read' }
--- request eval
my %legacy = (client => 'legacy', redirect_uri => 'https://legacy.example/cb?tenant=7');
my @there  = (redirect_uri => 'https://legacy.example/cb?tenant=7');
[::exchange(::code(%legacy), @there, code_verifier => undef), ::exchange(::code(%legacy, challenge => ''), @there), ::exchange(::code(%legacy, challenge => ''), @there, code_verifier => undef)]
--- error_code eval: [400, 400, 200]
--- answer eval: [@{ ::refused(2) }, { scope => 'read' }]



=== a second use at once
--- authorizing
--- more_headers eval: $::web
--- family eval: $::live
--- request eval: [::exchange($::code), ::exchange($::code), ::refresh($::first)]
--- error_code eval: [200, 400, 200]
--- answer eval: [{ refresh_token => $::first }, @{ ::refused(1) }, { token_type => 'Bearer' }]
--- record eval: { state => 'L', generation => 2 }



=== a second use within five seconds
--- authorizing
--- more_headers eval: $::web
--- family eval: +{ %$::used, age => 4 }
--- request eval: ::exchange($::code)
--- error_code: 400
--- answer eval: ::refused(1)->[0]
--- record: untouched
--- error_log eval: qr/\[info\].*used a second time/



=== a second use later
--- authorizing
--- more_headers eval: $::web
--- family eval: +{ %$::used, age => 6 }
--- request eval: [::exchange($::code), ::refresh($::first), ::exchange($::code)]
--- error_code: 400
--- answer eval: ::refused(3)
--- record eval: { state => 'R', generation => 1 }



=== whatever reuse and retry say
--- authorizing
--- http_config eval: OAuth2Test::grants_http('') =~ s/oauth2_client web \{/$& refresh_token_reuse deny; refresh_token_retry until_used;/r
--- more_headers eval: $::web
--- family eval: +{ %$::used, age => 6 }
--- request eval: ::exchange($::code)
--- error_code: 400
--- answer eval: ::refused(1)->[0]
--- record eval: { state => 'R' }
--- error_log eval: qr/\[warn\].*authorization code replayed, family revoked \(invalid_grant\), oauth2 client: "web", family: "/



=== no window inside of which a code would do twice
--- authorizing
--- http_config eval: OAuth2Test::grants_http('') =~ s/oauth2_client web \{/$& refresh_token_retry until_used;/r
--- more_headers eval: $::web
--- family eval: +{ %$::used, age => 1 }
--- request eval: ::exchange($::code)
--- error_code: 400
--- answer eval: ::refused(1)->[0]
--- record: untouched



=== a second use of somebody else ends nothing
--- authorizing
--- more_headers eval: [$::web, ::as('legacy', 'legacy-secret')]
--- family eval: +{ %$::used, age => 600 }
--- request eval: [::exchange($::code, code_verifier => 'a' x 43), ::exchange($::code)]
--- error_code: 400
--- answer eval: ::refused(2)
--- record: untouched
--- no_commands



=== an expired code
--- authorizing
--- more_headers eval: $::web
--- redis eval: [[qw(SET oauth2:marker 1)]]
--- family eval: +{ %::live, pttl => 1 }
--- request eval: ::exchange($::code)
--- error_code: 400
--- answer eval: ::refused(1)->[0]
--- record: missing



=== a code that a wiped Redis has lost
--- authorizing
--- error_log
[alert]
the store was emptied after the grant
--- more_headers eval: $::web
--- request eval: ::exchange($::code)
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- response_headers_like: Retry-After: \d+



=== a lost code that would have expired anyway
--- authorizing
--- more_headers eval: $::web
--- request eval: ::exchange(::code(granted_at => time - 70))
--- error_code: 400
--- answer eval: ::refused(1)->[0]



=== tokens of a code whose scope is not the client's any more
--- authorizing
--- http_config eval: OAuth2Test::grants_http('') =~ s/oauth2_client web \{.*?scope read write;/$& =~ s{read write}{write}r/esr
--- more_headers eval: $::web
--- family eval: [$::live, { %::live, salt => 2, scope => 'read' }]
--- request eval: [::exchange($::code), ::exchange(::code(salt => 2))]
--- error_code eval: [200, 400]
--- answer eval: [{ scope => 'write' }, { error => 'invalid_scope' }]



=== the variables
--- authorizing
--- http_config eval: OAuth2Test::grants_http(q{log_format o '$oauth2_client_id|$oauth2_grant_type|$oauth2_subject|$oauth2_scope|$oauth2_family|$oauth2_outcome|$oauth2_error';})
--- more_server: access_log logs/access.log o;
--- more_headers eval: $::web
--- family eval: +{ %$::used, age => 6 }
--- request eval: ::exchange($::code)
--- error_code: 400
--- access_log eval: 'web|authorization_code|alice||' . ::family_hash(OAuth2Test::Token::family_id(::identity())) . '|replayed|invalid_grant'
