package OAuth2Test::Token;

# A second implementation of the formats, written from their description: an oracle that shares no
# line with the module. Identities are hashes: subject, client, scope, granted_at, root, prefix, salt;
# of a code also redirect_uri and challenge.

use strict;
use warnings;

use Digest::SHA qw(hmac_sha256 sha256);
use Exporter 'import';
use IPC::Open2;
use MIME::Base64 qw(decode_base64url encode_base64url);

our @EXPORT_OK = qw(access_claims challenge_of family_hash family_id family_key key_id mint mint_access
    mint_code read_code read_record read_token write_record);

sub hkdf {
    my ($root, $info, $length) = @_;
    my $key = hmac_sha256($root, "\0" x 32);
    return substr hmac_sha256("$info\1", $key), 0, $length;
}

sub subkey {
    my ($identity, $purpose) = @_;
    return hkdf($identity->{root}, "oauth2/v1/$purpose/$identity->{prefix}", 32);
}

sub key_id { hkdf(shift, 'oauth2/v1/key-id/', 1) }

my %Cache;

sub openssl {
    my ($bytes, @arguments) = @_;
    return $Cache{ join "\0", $bytes, @arguments } //= do {
        my $pid = open2(my $out, my $in, 'openssl', 'enc', @arguments);
        binmode $_ for $in, $out;
        print $in $bytes;
        close $in;
        local $/;
        my $result = <$out>;
        waitpid $pid, 0;
        $result;
    };
}

sub aes_block {
    my ($key, $block, @direction) = @_;
    return openssl($block, '-aes-256-ecb', '-nopad', '-K', unpack('H*', $key), @direction);
}

sub family_id {
    my $identity = shift;
    return $identity->{family} // substr(sha256($identity->{subject}), 0, 6)
        . substr(sha256("random bytes of family $identity->{salt}"), 0, 10);
}

sub family_hash { encode_base64url(substr sha256(shift), 0, 16) }

sub family_key {
    my ($family, $prefix) = @_;
    return sprintf '%s:{%s}:%s', $prefix, encode_base64url(substr $family, 0, 6), family_hash($family);
}

sub seal {
    my ($identity, $head, $purpose, @bound) = @_;
    return $head . substr hmac_sha256($head . pack('(n/a*)*', @bound), subkey($identity, $purpose)), 0, 16;
}

sub seal_token {
    my ($identity, $head) = @_;
    return seal($identity, $head, 'refresh-token-mac', $identity->{client});
}

sub seal_code {
    my ($identity, $head) = @_;
    return seal($identity, $head, 'authorization-code-mac',
        map { $identity->{$_} // '' } qw(client redirect_uri challenge));
}

sub head_of {
    my ($identity, $generation) = @_;
    my $block = aes_block(subkey($identity, 'refresh-token-family'), family_id($identity));
    return pack 'C a1 N a16 N', $identity->{version} // 1, key_id($identity->{root}),
        $identity->{granted_at}, $block, $generation;
}

sub mint {
    my ($identity, $generation) = @_;
    return encode_base64url(seal_token($identity, head_of($identity, $generation)));
}

# The authorization code of a family, its generation 0.
sub mint_code {
    my ($identity, $generation) = @_;
    return encode_base64url(seal_code($identity, head_of($identity, $generation // 0)));
}

# RFC 7636 section 4.2: BASE64URL-ENCODE(SHA256(ASCII(code_verifier)))
sub challenge_of { encode_base64url(sha256(shift)) }

# The fields of a token under a root key, or nothing if it is not authentic.
sub read_fields {
    my ($identity, $token, $sealed) = @_;
    my $bytes = decode_base64url($token);
    return unless length $token == 56 && $bytes eq $sealed->($identity, substr $bytes, 0, 26);
    my %field;
    @field{qw(version key_id granted_at family generation)} = unpack 'C a1 N a16 N', $bytes;
    $field{family} = aes_block(subkey($identity, 'refresh-token-family'), $field{family}, '-d');
    return \%field;
}

sub read_token { read_fields(@_, \&seal_token) }
sub read_code  { read_fields(@_, \&seal_code) }

# FNV-1a of the scope, folded to 16 bits.
sub scope_tag {
    my $hash = 2166136261;
    $hash = (($hash ^ ord) * 16777619) & 0xffffffff for split //, shift;
    return ($hash >> 16 ^ $hash) & 0xffff;
}

sub write_record {
    my $record = shift;
    return pack('C a1 N n a1 N N C/a* C/a* n/a*',
        map { $_ eq 'scope_tag' ? scope_tag($record->{scope}) : $record->{$_} }
        qw(layout state generation scope_tag key_id ttl granted_at client subject scope))
        . $record->{tail};
}

sub read_record {
    my %record;
    @record{qw(layout state generation scope_tag key_id ttl granted_at client subject scope tail)}
        = unpack 'C a1 N n a1 N N C/a* C/a* n/a* a*', shift;
    return \%record;
}

# XAES-256-GCM's key for a nonce: two blocks of CMAC.
sub access_key {
    my ($identity, $nonce) = @_;
    my $key  = subkey($identity, 'access-token');
    my $bits = unpack 'B*', aes_block($key, "\0" x 16);
    my $mask = pack 'B*', substr("${bits}0", 1);
    $mask ^= "\0" x 15 . "\x87" if $bits =~ /^1/;
    return join '', map { aes_block($key, (pack('n', $_) . "X\0" . substr $nonce, 0, 12) ^ $mask) } 1, 2;
}

sub counter_mode {
    my ($key, $nonce, $counter, $bytes) = @_;
    return openssl($bytes, '-aes-256-ctr', '-K', unpack('H*', $key),
        '-iv', unpack 'H*', substr($nonce, 12) . pack 'N', $counter);
}

# The claims of an access token; the tag is left to unit tests.
sub access_claims {
    my ($identity, $token) = @_;
    my ($version, $key_id, $nonce, $sealed) = unpack 'C a1 a24 a*', decode_base64url($token);
    return if $version != 1 || $key_id ne key_id($identity->{root});

    my $claims = counter_mode(access_key($identity, $nonce), $nonce, 2, substr $sealed, 0, -16);
    my %claim;
    @claim{qw(family iat exp client subject scope)} = unpack 'a16 N N C/a* C/a* n/a*', $claims;
    return \%claim;
}

# GHASH of NIST SP 800-38D, bit by bit.
sub ghash {
    my ($hash_key, $bytes) = @_;
    my $sum = "\0" x 16;
    for my $block (unpack '(a16)*', $bytes) {
        my @bits = split //, unpack 'B*', $sum ^ $block;
        my ($high, $low) = unpack 'Q>Q>', $hash_key;
        my ($high_sum, $low_sum) = (0, 0);
        for my $bit (@bits) {
            ($high_sum, $low_sum) = ($high_sum ^ $high, $low_sum ^ $low) if $bit;
            my $carry = $low & 1;
            $low  = $low >> 1 | ($high & 1) << 63;
            $high = $high >> 1 ^ ($carry ? 0xe1 << 56 : 0);
        }
        $sum = pack 'Q>Q>', $high_sum, $low_sum;
    }
    return $sum;
}

# An access token for an identity with an iat and an exp.
sub mint_access {
    my $identity = shift;
    my $nonce  = $identity->{nonce} // substr sha256('nonce'), 0, 24;
    my $claims = pack 'a16 N N C/a* C/a* n/a*', family_id($identity),
        @$identity{qw(iat exp client subject scope)};
    my $key    = access_key($identity, $nonce);
    my $tenant = $identity->{prefix};
    my $sealed = counter_mode($key, $nonce, 2, $claims);
    my $padded = join '', map { $_ . "\0" x (-length($_) % 16) } $tenant, $sealed;
    my $tag    = ghash(aes_block($key, "\0" x 16), $padded . pack 'Q>Q>', map { 8 * length } $tenant, $sealed);
    $tag = counter_mode($key, $nonce, 1, $tag);
    return encode_base64url(pack('C a1', $identity->{version} // 1, key_id($identity->{root})) . "$nonce$sealed$tag");
}

1;
