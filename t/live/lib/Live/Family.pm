package Live::Family;

# One family as the oracle knows it: its tokens of any generation, and its record of any age.

use strict;
use warnings;

use Digest::SHA qw(sha256);
use OAuth2Test::Token;

my $Salt = 0;

sub new {
    my ($class, %given) = @_;
    return bless {
        identity => {
            subject => 'alice', client => 'app', scope => 'read write', prefix => 'oauth2',
            granted_at => time - 3600, root => sha256('root key 1'), salt => "live $$ " . ++$Salt,
            %given,
        },
    }, $class;
}

# The family that a token of an answer belongs to.
sub of {
    my ($class, $token, %given) = @_;
    my $self  = $class->new(%given);
    my $field = OAuth2Test::Token::read_token($self->{identity}, $token) or return;
    $self->{identity}{$_} = $field->{$_} for qw(family granted_at);
    $self->{generation} = $field->{generation};
    return $self;
}

sub token {
    my ($self, $generation, %given) = @_;
    return OAuth2Test::Token::mint({ %{ $self->{identity} }, %given }, $generation);
}

# An access token of the family, good from a minute ago for an hour.
sub access {
    my ($self, %given) = @_;
    return OAuth2Test::Token::mint_access(
        { %{ $self->{identity} }, iat => time - 60, exp => time + 3600, %given });
}

sub key {
    my $identity = shift->{identity};
    return OAuth2Test::Token::family_key(OAuth2Test::Token::family_id($identity), $identity->{prefix});
}

sub hash { OAuth2Test::Token::family_hash(OAuth2Test::Token::family_id(shift->{identity})) }

# Writes the record as it stands `age` seconds after its last rotation, and the marker of a store that
# is whole, unless it has one.
sub seed {
    my ($self, $redis, %given) = @_;
    my %record = (
        layout => 1, state => 'L', generation => 1, ttl => 86400, age => 3600, tail => '',
        key_id => OAuth2Test::Token::key_id($self->{identity}{root}), %{ $self->{identity} }, %given);
    $redis->command('SET', $self->key, OAuth2Test::Token::write_record(\%record),
        'PX', int(($record{ttl} - $record{age}) * 1000));
    $redis->command('SET', "$self->{identity}{prefix}:marker", 0, 'NX');
    return $self;
}

# Makes the record older by shortening its TTL: the age of a rotation is what the TTL has lost.
sub age {
    my ($self, $redis, $seconds) = @_;
    my $left = $redis->command('PTTL', $self->key);
    $redis->command('PEXPIRE', $self->key, int($left - $seconds * 1000));
}

sub record {
    my ($self, $redis) = @_;
    my $bytes = $redis->command('GET', $self->key) // return;
    return { %{ OAuth2Test::Token::read_record($bytes) }, pttl => $redis->command('PTTL', $self->key) };
}

1;
