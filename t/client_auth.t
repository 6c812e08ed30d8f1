# Who is accepted as a client.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

use Digest::SHA qw(sha256);
use MIME::Base64 qw(encode_base64);

$ENV{TEST_NGINX_SECRET} = file(secret => "from a file\n");
$ENV{TEST_NGINX_HASHED} = encode_base64(sha256('only its hash'), '');

our $clients = <<'EOT';
    oauth2_client several {
        secret plain:first;
        secret sha256:$TEST_NGINX_HASHED;
        secret file:$TEST_NGINX_SECRET;
        grant_types refresh_token;
        scope read write;
    }
    oauth2_client basic_only { secret plain:s; auth_method client_secret_basic; grant_types refresh_token; scope read; }
    oauth2_client post_only  { secret plain:s; auth_method client_secret_post; grant_types refresh_token; scope read; }
    oauth2_client public     { auth_method none; grant_types refresh_token; scope read; }
    oauth2_client "a client:+%41" { secret "plain:p+s%41&: \"q"; grant_types refresh_token; scope read; }
    oauth2_client odd { secret plain:p+s%41; grant_types refresh_token; scope read; }
    oauth2_client https://client.example/id?x=y { secret plain:s; grant_types refresh_token; scope read; }
EOT
$clients = OAuth2Test::http_config('', $clients);

# A family for each request, so that every one starts with a live token.
sub families {
    my ($client, $count) = @_;
    return [map { { client => $client, salt => $_, age => 5000 } } 1 .. $count];
}

sub refresh_as {
    my ($client, $salt, @more) = @_;
    return refresh(token(1, client => $client, salt => $salt), @more);
}

sub successor {
    my ($client, $salt) = @_;
    return { refresh_token => token(2, client => $client, salt => $salt) };
}

run_tests();

__DATA__

=== Basic and in the body are both the default
--- family eval: ::families('app', 2)
--- more_headers eval: [::as('app', 'app-secret'), ::anonymous()]
--- request eval
[::refresh_as('app', 1), ::refresh_as('app', 2, client_id => 'app', client_secret => 'app-secret')]
--- answer eval: [map { ::successor('app', $_) } 1, 2]



=== any of several secrets will do
--- http_config eval: $::clients
--- family eval: ::families('several', 4)
--- more_headers eval: [map { ::as('several', $_) } 'first', 'only its hash', 'from a file', 'second']
--- request eval: [map { ::refresh_as('several', $_) } 1 .. 4]
--- error_code eval: [200, 200, 200, 401]
--- answer eval: [(map { ::successor('several', $_) } 1 .. 3), { error => 'invalid_client' }]



=== a hash is not the secret
--- http_config eval: $::clients
--- more_headers eval: [map { ::as('several', $_) } $ENV{TEST_NGINX_HASHED}, "sha256:$ENV{TEST_NGINX_HASHED}", 'plain:first']
--- request eval: [map { ::refresh_as('several', $_) } 1 .. 3]
--- error_code: 401
--- answer eval: [({ error => 'invalid_client' }) x 3]



=== the scheme's name has no case
--- family eval: ::families('app', 2)
--- more_headers eval: [map { ::as('app', 'app-secret') =~ s/Basic/$_/r } 'basic', 'BASIC']
--- request eval: [map { ::refresh_as('app', $_) } 1, 2]
--- answer eval: [map { ::successor('app', $_) } 1, 2]



=== one method only: Basic
--- http_config eval: $::clients
--- family eval: ::families('basic_only', 2)
--- more_headers eval: [::as('basic_only', 's'), ::anonymous()]
--- request eval: [::refresh_as('basic_only', 1), ::refresh_as('basic_only', 2, client_id => 'basic_only', client_secret => 's')]
--- error_code eval: [200, 401]
--- answer eval: [::successor('basic_only', 1), { error => 'invalid_client' }]



=== one method only: the body
--- http_config eval: $::clients
--- family eval: ::families('post_only', 2)
--- more_headers eval: [::anonymous(), ::as('post_only', 's')]
--- request eval: [::refresh_as('post_only', 1, client_id => 'post_only', client_secret => 's'), ::refresh_as('post_only', 2)]
--- error_code eval: [200, 401]
--- answer eval: [::successor('post_only', 1), { error => 'invalid_client' }]



=== a public client sends its id
--- http_config eval: $::clients
--- family eval: ::families('public', 1)
--- more_headers eval: ::anonymous()
--- request eval: ::refresh_as('public', 1, client_id => 'public')
--- answer eval: ::successor('public', 1)



=== a public client has no secret to send
--- http_config eval: $::clients
--- family eval: ::families('public', 4)
--- more_headers eval: [::anonymous(), ::as('public', 'x'), ::as('public', ''), ::anonymous()]
--- request eval
[::refresh_as('public', 1, client_id => 'public', client_secret => 'x'), ::refresh_as('public', 2),
 ::refresh_as('public', 3), ::refresh_as('public', 4)]
--- error_code: 401
--- answer eval: [({ error => 'invalid_client', access_token => undef }) x 4]



=== Basic carries the form-encoded pair
--- http_config eval: $::clients
--- family eval: ::families('a client:+%41', 1)
--- more_headers eval: ::as('a+client%3A%2B%2541', 'p%2Bs%2541%26%3A+%22q')
--- request eval: ::refresh_as('a client:+%41', 1)
--- answer eval: ::successor('a client:+%41', 1)



=== or the raw pair, as many clients send it
--- http_config eval: $::clients
--- family eval: ::families('odd', 2)
--- more_headers eval: [::as('odd', 'p+s%41'), ::as('odd', 'p%2Bs%2541')]
--- request eval: [map { ::refresh_as('odd', $_) } 1, 2]
--- answer eval: [map { ::successor('odd', $_) } 1, 2]



=== the secret may hold a colon
--- http_config eval: $::clients
--- family eval: ::families('https://client.example/id?x=y', 1)
--- more_headers eval: ::as('https%3A%2F%2Fclient.example%2Fid%3Fx%3Dy', 's')
--- request eval: ::refresh_as('https://client.example/id?x=y', 1)
--- answer eval: ::successor('https://client.example/id?x=y', 1)



=== the same id in the body as in Basic
--- family eval: ::families('app', 1)
--- request eval: ::refresh_as('app', 1, client_id => 'app')
--- answer eval: ::successor('app', 1)



=== empty parameters count as absent
--- family eval: ::families('app', 2)
--- request eval: [::refresh_as('app', 1, client_id => '', client_secret => ''), ::refresh_as('app', 2, client_secret => '')]
--- answer eval: [map { ::successor('app', $_) } 1, 2]



=== padding of the base64 may be missing
--- family eval: ::families('app', 1)
--- more_headers eval: ::as('app', 'app-secret') =~ s/=+$//r
--- request eval: ::refresh_as('app', 1)
--- error_code_like: ^(?:200|401)$



=== an id of 255 bytes
--- http_config eval: OAuth2Test::http_config('', 'oauth2_client ' . 'i' x 255 . ' { secret plain:s; grant_types refresh_token; scope read; }')
--- family eval: ::families('i' x 255, 1)
--- more_headers eval: ::as('i' x 255, 's')
--- request eval: ::refresh_as('i' x 255, 1)
--- answer eval: ::successor('i' x 255, 1)
