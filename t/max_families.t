# oauth2_max_families: a login beyond it ends the user's oldest family of the same client.

use lib 't/lib/perl';
use OAuth2Test;
use Digest::SHA qw(sha256);
use MIME::Base64 qw(encode_base64url);
use Test::Nginx::Socket 'no_plan';

our $now = time;

sub indexed {
    my %given  = @_;
    my $family = identity(%given);
    my $digest = sha256($family->{subject});
    my $index  = sprintf 'oauth2:{%s}:sessions:%s', encode_base64url(substr $digest, 0, 6),
        encode_base64url(substr $digest, 0, 16);
    my $hash = OAuth2Test::Token::family_hash(OAuth2Test::Token::family_id($family));
    return ['ZADD', $index, $now - $given{older}, $hash . $family->{client}];
}

our $clients = 'oauth2_client other { secret plain:other-secret; grant_types password refresh_token; scope read write; }';

# Families by their ages; the first, with salt 1, is the default one, whose record a block checks.
sub aged {
    my $salt = 0;
    return map { { salt => ++$salt, older => $_, tail => pack('C n/a*', 1, pack 'N', $now) } } @_;
}
our @three = aged(300, 200, 100);
our @index = map { indexed(%$_) } @three;
our $login = password('alice', 'open-sesame');

# Which of the families are revoked.
sub revoked {
    my @expected = @_;
    return sub {
        my @revoked = grep { stored(salt => $_)->{state} eq 'R' } 1 .. 3;
        Test::More::is("@revoked", "@expected", 'the oldest have ended');
    };
}

run_tests();

__DATA__

=== the oldest ends
--- more_server
    oauth2_max_families 3;
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: [$::login, map { ::refresh(::token(1, salt => $_)) } 1 .. 3]
--- error_code eval: [200, 400, 200, 200]
--- answer eval: [{}, { error => 'invalid_grant' }, {}, {}]
--- after eval: [undef, undef, undef, ::revoked(1)]



=== its tombstone keeps the rest of its life
--- more_server
    oauth2_max_families 3;
--- family eval: [map { { %$_, age => 1000 } } @::three]
--- redis eval: [@::index]
--- request eval: $::login
--- record eval: { state => 'R', generation => 1, pttl => 85400, subject => 'alice', client => 'app' }



=== all but one end
--- more_server
    oauth2_max_families 1;
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: $::login
--- after eval: ::revoked(1, 2, 3)



=== room is left
--- more_server
    oauth2_max_families 4;
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: $::login
--- after eval: ::revoked()



=== the oldest is the one that began first, not the one that was used last
--- more_server
    oauth2_max_families 3;
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: [::refresh(::token(1)), $::login]
--- after eval: [undef, ::revoked(1)]



=== a refresh ends nothing
--- more_server
    oauth2_max_families 1;
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: [map { ::refresh(::token($_)) } 1 .. 3]
--- answer eval: [map { { refresh_token => ::token($_) } } 2 .. 4]
--- after eval: [undef, undef, ::revoked()]



=== logins one after the other
--- more_server
    oauth2_max_families 2;
    location = /sessions { oauth2_sessions; }
--- request eval: [($::login) x 5, 'GET /sessions?subject=alice']
--- answer eval: [({}) x 5, { sessions => sub { @{ $_[0] } == 2 } }]



=== of one client only
--- more_http eval: $::clients
--- more_server
    oauth2_max_families 1;
--- more_headers eval: ::basic('other', 'other-secret') . "\n" . ::anonymous()
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: $::login
--- after eval: ::revoked()



=== of one user only
--- more_server
    oauth2_max_families 1;
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: ::password('bob', 'hello-bob')
--- after eval: ::revoked()



=== a login that fails ends nothing
--- more_server
    oauth2_max_families 1;
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: ::password('alice', 'wrong')
--- error_code: 400
--- after eval: ::revoked()



=== a client's own number
--- more_server
    oauth2_max_families 1;
--- more_client
    max_families 3;
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: $::login
--- after eval: ::revoked(1)



=== a client's own number needs no other
--- more_client
    max_families 1;
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: $::login
--- after eval: ::revoked(1, 2, 3)



=== zero is any number
--- more_http
    oauth2_max_families 1;
--- more_location
    oauth2_max_families 0;
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: $::login
--- after eval: ::revoked()



=== it is inherited
--- more_http
    oauth2_max_families 2;
--- family eval: [@::three]
--- redis eval: [@::index]
--- request eval: $::login
--- after eval: ::revoked(1, 2)



=== negative
--- bad_server
oauth2_max_families -1;
--- complains: 1 "oauth2_max_families" directive invalid value



=== too many
--- bad_server
oauth2_max_families 1001;
--- complains: 1 invalid value



=== no number
--- bad_client
max_families 5x;
--- complains: 1 "max_families" directive invalid value



=== twice
--- bad_server
oauth2_max_families 1;
oauth2_max_families 2;
--- complains: 2 duplicate
