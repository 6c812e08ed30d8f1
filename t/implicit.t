# The implicit grant: an access token in the fragment, never a refresh token.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $there = 'https://page.example/app';

sub implicit {
    return authorize(client_id => 'page', redirect_uri => $there, response_type => 'token',
        code_challenge => undef, code_challenge_method => undef, @_);
}

sub claims { OAuth2Test::Token::access_claims(OAuth2Test::identity(), $_[0]) // {} }

run_tests();

__DATA__

=== an access token in the fragment
--- authorizing
--- more_location: oauth2_consent off;
--- more_headers eval: ::user()
--- request eval: ::implicit()
--- error_code: 303
--- location eval
{ '' => $::there, '#' => 1, token_type => 'Bearer', expires_in => 3600, scope => 'read', state => 'xyz', iss => 'https://as.example', refresh_token => undef, code => undef, error => undef,
  access_token => sub { my $claims = ::claims($_[0]); "$claims->{client} $claims->{subject} $claims->{scope}" eq 'page alice read' } }



=== its record lives as long as it
--- authorizing
--- more_location: oauth2_consent off; oauth2_access_token_validity 90s;
--- more_headers eval: ::user()
--- request eval: ::implicit()
--- error_code: 303
--- location eval: { expires_in => 90, access_token => qr/./ }
--- after eval
sub {
    my ($key) = @{ ::redis()->command('KEYS', 'oauth2:{*}:*') };
    my $record = OAuth2Test::Token::read_record(::redis()->command('GET', $key));
    Test::More::is("$record->{state} $record->{ttl} $record->{client} $record->{subject}", 'L 90 page alice', 'its record');
}



=== no refresh token for a client that has them either
--- authorizing
--- http_config eval: OAuth2Test::grants_http('') =~ s/grant_types implicit/$& refresh_token/r
--- more_location: oauth2_consent off;
--- more_headers eval: ::user()
--- request eval: ::implicit()
--- error_code: 303
--- location eval: { access_token => qr/./, refresh_token => undef }



=== errors in the fragment
--- authorizing
--- more_headers eval: ::user()
--- request eval: [::implicit(scope => 'admin'), ::implicit(state => "a\nb"), ::implicit() . '&scope=read&scope=read']
--- error_code: 303
--- location eval
[{ '' => $::there, '#' => 1, error => 'invalid_scope', state => 'xyz', iss => 'https://as.example' }, { '#' => 1, error => 'invalid_request', state => undef }, { '#' => 1, error => 'invalid_request', state => 'xyz' }]
--- no_commands



=== off unless the client has it
--- authorizing
--- more_headers eval: ::user()
--- request eval: ::implicit(client_id => 'web', redirect_uri => 'https://web.example/cb')
--- error_code: 303
--- location eval: { '#' => 1, error => 'unauthorized_client', access_token => undef }
--- no_commands



=== asked for
--- authorizing
--- more_headers eval: ::user()
--- request eval: ::implicit()
--- page eval: [qr/name="response_type" value="token"/, qr/name="decision" value="approve"/]
--- no_commands



=== no grant of the token endpoint
--- authorizing
--- more_headers eval: ::anonymous()
--- request eval: ::post(grant_type => 'implicit', client_id => 'page')
--- error_code: 400
--- answer eval: { error => 'unsupported_grant_type' }
