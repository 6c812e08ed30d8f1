package Live::Grants;

# An nginx with all endpoints and a client for each grant, and the requests to them. No user is
# asked for consent, except for the client "asked".

use strict;
use warnings;

use MIME::Base64 qw(encode_base64);

use Live::Nginx;
use OAuth2Test::Token;

use parent -norequire, 'Live::Nginx';

my $Verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk';

sub verifier { $Verifier }

sub configuration {
    my ($self, %option) = @_;
    $option{http} .= <<'EOT';
    oauth2_client web {
        secret plain:web-secret;
        grant_types authorization_code refresh_token;
        redirect_uri https://web.example/cb;
        scope read write;
        consent off;
    }
    oauth2_client asked {
        secret plain:asked-secret;
        grant_types authorization_code;
        redirect_uri https://asked.example/cb;
    }
    oauth2_client page {
        auth_method none;
        grant_types implicit;
        redirect_uri https://page.example/app;
        scope read;
        consent off;
    }
    oauth2_client robot { secret plain:robot-secret; grant_types client_credentials; scope read; }
    oauth2_client guard { secret plain:guard-secret; introspect on; }
EOT
    $option{server} .= <<"EOT";
    oauth2_issuer https://as.example;
    location = /oauth2/authorize {
        auth_basic users;
        auth_basic_user_file $self->{dir}/users;
        oauth2_authorize;
        oauth2_subject \$remote_user;
    }
    location = /oauth2/revoke { oauth2_revoke; }
    location = /oauth2/introspect { oauth2_introspect; }
EOT
    return $self->SUPER::configuration(%option);
}

# The parameters of a redirect, in its query or its fragment.
sub parameters {
    my $answer = shift;
    my ($text) = ($answer->{header}{location} // '') =~ /[?#](.*)/;
    return { map { my ($name, $value) = split /=/; ($name, $value =~ s/%(..)/chr hex $1/ger) }
        split /&/, $text // '' };
}

sub begin_authorize {
    my ($self, %change) = @_;
    my %form = (
        client_id => 'web', redirect_uri => 'https://web.example/cb', response_type => 'code', state => 'xyz',
        code_challenge => OAuth2Test::Token::challenge_of($Verifier), code_challenge_method => 'S256', %change);
    return $self->connection->send(join "\r\n",
        'GET /oauth2/authorize?' . Live::Nginx::form(%form) . ' HTTP/1.1', 'Host: localhost', 'Connection: close',
        'Authorization: Basic ' . encode_base64('alice:open-sesame', ''), '', '');
}

sub authorize { shift->begin_authorize(@_)->answer }
sub code      { parameters(shift->authorize(@_))->{code} // '' }

sub implicit {
    my $self = shift;
    return parameters($self->authorize(
        client_id => 'page', redirect_uri => 'https://page.example/app', response_type => 'token'));
}

sub begin_exchange {
    my ($self, $code, %change) = @_;
    my %form = (
        grant_type => 'authorization_code', code => $code, redirect_uri => 'https://web.example/cb',
        code_verifier => $Verifier, %change);
    return $self->begin([%form], as => ['web', 'web-secret']);
}

sub exchange { shift->begin_exchange(@_)->answer }

sub client_token {
    my $self = shift;
    return $self->begin([grant_type => 'client_credentials'], as => ['robot', 'robot-secret'])->answer;
}

sub refresh_as_web { shift->refresh(@_, as => ['web', 'web-secret']) }

sub revoke {
    my ($self, $token, $client) = @_;
    $client //= 'web';
    return $self->begin([token => $token], path => '/oauth2/revoke', as => [$client, "$client-secret"])->answer;
}

sub introspect {
    my ($self, $token, $client) = @_;
    $client //= 'guard';
    return $self->begin([token => $token], path => '/oauth2/introspect', as => [$client, "$client-secret"])->answer;
}

# The family of a code or a refresh token of "web".
sub family_of {
    my ($self, $token) = @_;
    my %web = (client => 'web', redirect_uri => 'https://web.example/cb',
        challenge => OAuth2Test::Token::challenge_of($Verifier));
    my $family = Live::Family->new(%web);
    my $field  = OAuth2Test::Token::read_code($family->{identity}, $token)
        // OAuth2Test::Token::read_token($family->{identity}, $token) or return;
    $family->{identity}{$_} = $field->{$_} for qw(family granted_at);
    return $family;
}

1;
