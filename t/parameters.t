# Form data: what is decoded, ignored, refused.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $form = form(grant_type => 'refresh_token', refresh_token => token(1));

sub with { "POST /oauth2/token\n" . join '&', @_ }

run_tests();

__DATA__

=== unknown parameters are ignored, doubled ones too
--- family eval: { age => 5000 }
--- request eval: [::with($::form, 'x=1', 'x=2', 'resource=y', '=z', 'audience'), ::with('a=b', $::form)]
--- answer eval: [({ refresh_token => ::token(2) }) x 2]



=== empty pairs
--- family eval: { age => 5000 }
--- request eval: [::with('', '', $::form, '', ''), ::with('&&', $::form), ::with($::form, '=', '=&')]
--- answer eval: [({ refresh_token => ::token(2) }) x 3]



=== everything may be percent-encoded, names too
--- family eval: { age => 5000 }
--- request eval
::with(map { my $text = $_; $text =~ s/([^=&])/sprintf '%%%02x', ord $1/ger } $::form)
--- answer eval: { refresh_token => ::token(2) }



=== digits of an escape in either case
--- family eval: { age => 5000 }
--- request eval: ::with($::form, 'scope=%72%65%61%64%20write', 'x=%2F%2f%fA')
--- error_code_like: ^(?:200|400)$



=== plus is a space
--- family eval: { age => 5000 }
--- request eval: ::with($::form, 'scope=read+write')
--- answer eval: { refresh_token => ::token(2), scope => 'read write' }



=== a known parameter twice in two writings
--- family eval: { age => 5000 }
--- request eval: [map { ::with($::form, $_) } 'grant%5ftype=refresh_token', '%73cope=read&scope=read', 'refresh_toke%6e=x']
--- error_code: 400
--- answer eval: [({ error => 'invalid_request' }) x 3]
--- record: untouched
--- no_commands



=== escapes that are none
--- family eval: { age => 5000 }
--- request eval: [map { ::with($::form, $_) } 'x=%', 'x=%4', 'x=%zz', 'x=%4g', '%=x', 'scope=%g1', 'x=a%', 'x=%%20']
--- error_code: 400
--- answer eval: [({ error => 'invalid_request' }) x 8]
--- record: untouched
--- no_commands



=== NUL bytes
--- family eval: { age => 5000 }
--- request eval: [map { ::with($_) } "$::form\0", "$::form%00", "\0$::form", 'grant_type=refresh_token%00&refresh_token=' . ::token(1), 'grant_type%00=x']
--- error_code: 400
--- answer eval: [({ error => qr/^(?:invalid_|unsupported_)/, access_token => undef }) x 5]
--- record: untouched
--- no_commands



=== text that is not UTF-8
--- family eval: { age => 5000 }
--- request eval: [map { ::with("grant_type=refresh_token&refresh_token=$_") } '%ff%fe', '%c0%80', "\xed\xa0\x80", '%f4%90%80%80']
--- error_code: 400
--- answer eval: [({ error => qr/^invalid_(?:request|grant)$/ }) x 4]
--- record: untouched
--- no_commands



=== nothing of a parameter comes back
--- redis eval: [[qw(SET oauth2:marker 0)]]
--- request eval
[::post(grant_type => '<script>"\\'), ::refresh('<script>'), ::refresh(::token(1), scope => '<script>'), ::post('<script>' => 1)]
--- error_code: 400
--- response_body_unlike eval: [('<script') x 4]



=== four thousand tiny parameters
--- family eval: { age => 5000 }
--- request eval: ::with($::form, ('a') x 4000)
--- answer eval: { refresh_token => ::token(2) }



=== ten thousand parameters
--- family eval: { age => 5000 }
--- request eval: ::with($::form, map { "a$_=1" } 1 .. 10_000)
--- error_code: 413
--- answer eval: { error => 'invalid_request' }
--- record: untouched



=== a known name in another case is unknown
--- request eval: ::with('Grant_Type=refresh_token', 'refresh_token=' . ::token(1))
--- error_code: 400
--- answer eval: { error => 'invalid_request' }



=== a parameter of another grant is no mistake
--- family eval: { age => 5000 }
--- request eval: ::with($::form, 'username=alice', 'password=x', 'redirect_uri=https://x/', 'code=y')
--- answer eval: { refresh_token => ::token(2) }



=== an unknown parameter in the query is ignored
--- family eval: { age => 5000 }
--- request eval: ::with($::form) =~ s/token\n/token?x=1&y\n/r
--- answer eval: { refresh_token => ::token(2) }



=== a semicolon separates nothing
--- family eval: { age => 5000 }
--- request eval: ::with($::form =~ s/&/;/r)
--- error_code: 400
--- answer eval: { error => qr/^(?:unsupported_grant_type|invalid_request)$/ }
