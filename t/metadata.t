# Metadata (RFC 8414): what is on, and nothing else.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $path = '/.well-known/oauth-authorization-server';
our $headers = "Content-Type: application/json\nCache-Control: no-store";

sub small {
    my ($server, $issuer) = @_;
    return OAuth2Test::server_config('', "oauth2_issuer " . ($issuer // 'https://as.example') . ";\nlocation = $path { oauth2_metadata; }\n$server");
}

sub list { my @expected = @_; return sub { ref $_[0] eq 'ARRAY' && "@{ $_[0] }" eq "@expected" } }

run_tests();

__DATA__

=== all that is on
--- authorizing
--- response_headers eval: $::headers
--- request eval: "GET $::path"
--- answer eval
{ issuer => 'https://as.example', authorization_endpoint => 'https://as.example/oauth2/authorize', token_endpoint => 'https://as.example/oauth2/token',
  revocation_endpoint => 'https://as.example/oauth2/revoke', introspection_endpoint => 'https://as.example/oauth2/introspect',
  response_types_supported => ::list(qw(code token)), response_modes_supported => ::list(qw(query fragment)),
  grant_types_supported => ::list(qw(authorization_code client_credentials implicit password refresh_token)),
  code_challenge_methods_supported => ::list('S256'), authorization_response_iss_parameter_supported => 1, scopes_supported => ::list(qw(read write)),
  token_endpoint_auth_methods_supported => ::list(qw(client_secret_basic client_secret_post none)),
  revocation_endpoint_auth_methods_supported => ::list(qw(client_secret_basic client_secret_post none)),
  introspection_endpoint_auth_methods_supported => ::list(qw(client_secret_basic client_secret_post)), jwks_uri => undef, registration_endpoint => undef }



=== a token endpoint alone
--- config eval: ::small('')
--- response_headers eval: $::headers
--- request eval: "GET $::path"
--- answer eval
{ token_endpoint => 'https://as.example/oauth2/token', grant_types_supported => ::list(qw(password refresh_token)), token_endpoint_auth_methods_supported => ::list(qw(client_secret_basic client_secret_post)),
  map { ($_ => undef) } qw(authorization_endpoint revocation_endpoint introspection_endpoint code_challenge_methods_supported authorization_response_iss_parameter_supported response_modes_supported
  revocation_endpoint_auth_methods_supported introspection_endpoint_auth_methods_supported) }



=== without a password check there is no password grant
--- config eval: ::small('oauth2_password_file off;')
--- response_headers eval: $::headers
--- request eval: "GET $::path"
--- answer eval: { grant_types_supported => ::list('refresh_token') }



=== introspection that no client may use
--- config eval: ::small('location = /i { oauth2_introspect; }')
--- response_headers eval: $::headers
--- request eval: "GET $::path"
--- answer eval: { introspection_endpoint => undef }



=== an issuer with a path and a port
--- config eval: ::small('', 'https://as.example:8443/tenant')
--- response_headers eval: $::headers
--- request eval: "GET $::path"
--- answer eval: { issuer => 'https://as.example:8443/tenant', token_endpoint => 'https://as.example:8443/oauth2/token' }



=== locations that have no address of their own
--- config eval: ::small('location @r { oauth2_revoke; } location ~ ^/r { oauth2_revoke; }')
--- response_headers eval: $::headers
--- request eval: "GET $::path"
--- answer eval: { revocation_endpoint => undef, token_endpoint => qr/./ }



=== an inherited issuer, and clients of the server
--- http_config eval: OAuth2Test::http_config('', 'oauth2_issuer https://outer.example;')
--- config eval: ::small('oauth2_client c { secret plain:s; grant_types client_credentials; scope mine; }') =~ s/oauth2_issuer.*//r
--- response_headers eval: $::headers
--- request eval: "GET $::path"
--- answer eval: { issuer => 'https://outer.example', grant_types_supported => ::list(qw(client_credentials password refresh_token)), scopes_supported => sub { "@{[sort @{ $_[0] }]}" eq 'mine read write' } }



=== HEAD and the other methods
--- config eval: ::small('')
--- more_headers
--- request eval: ["HEAD $::path", "DELETE $::path", "POST $::path\na=b"]
--- error_code eval: [200, 405, 405]
--- response_headers eval: [$::headers, '! Retry-After', '! Retry-After']
