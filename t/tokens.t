# Garbage is cheap: what this service did not mint for this client is refused without the store.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

use List::Util qw(first);
use MIME::Base64 qw(decode_base64url encode_base64url);

# A token whose text has letters of the URL alphabet.
our $salt = first { my $text = token(1, salt => $_); $text =~ /-/ && $text =~ /_/ } 1 .. 1000;
our $token  = token(1, salt => $salt);
our $live   = { salt => $salt, age => 5000 };

sub refused {
    my $count = shift;
    return [({ error => 'invalid_grant', access_token => undef, refresh_token => undef }) x $count];
}

sub flipped {
    my $index = shift;
    my $bytes = decode_base64url($token);
    substr($bytes, $index, 1) ^= chr(1 << $index % 8);
    return encode_base64url($bytes);
}

run_tests();

__DATA__

=== this token is good
--- family eval: $::live
--- request eval: ::refresh($::token)
--- answer eval: { refresh_token => ::token(2, salt => $::salt) }



=== too short, too long
--- family eval: $::live
--- request eval: [map { ::refresh($_) } (map { substr $::token, 0, $_ } 1, 26, 54, 55), map { $::token . $_ } 'A', 'AA', 'AAAA', $::token]
--- error_code: 400
--- answer eval: ::refused(8)
--- no_commands



=== a bit flipped in each of the 42 bytes
--- family eval: $::live
--- request eval: [map { ::refresh(::flipped($_)) } 0 .. 41]
--- error_code: 400
--- answer eval: ::refused(42)
--- no_commands



=== the same bytes in another writing
--- family eval: $::live
--- request eval
[map { ::refresh($_) } $::token =~ tr{-_}{+/}r, $::token =~ tr{-}{+}r, "$::token=", "$::token==", "$::token ", " $::token",
 "$::token\n", substr($::token, 0, 28) . "\n" . substr($::token, 28), "$::token\0", unpack('H*', MIME::Base64::decode_base64url($::token))]
--- error_code: 400
--- answer eval: ::refused(10)
--- no_commands



=== a token of another client
--- family eval: [$::live, { client => 'other', salt => 5 }]
--- request eval: ::refresh(::token(1, client => 'other', salt => 5))
--- error_code: 400
--- answer eval: ::refused(1)
--- no_commands



=== a client's id is not glued to what stands before it
--- request eval: [map { ::refresh(::token(1, client => $_)) } '', 'ap', 'app2', "app\0", 'APP']
--- error_code: 400
--- answer eval: ::refused(5)
--- no_commands



=== a token under somebody else's key
--- family eval: { root => ::root_key(9) }
--- request eval: ::refresh(::token(1, root => ::root_key(9)))
--- error_code: 400
--- answer eval: ::refused(1)
--- error_log
[warn]
--- no_commands



=== a token of a tenant with another prefix
--- family eval: { prefix => 'tenant' }
--- request eval: ::refresh(::token(1, prefix => 'tenant'))
--- error_code: 400
--- answer eval: ::refused(1)
--- no_commands



=== an unknown version, though well sealed
--- family eval: {}
--- request eval: ::refresh(::token(1, version => 2))
--- error_code: 400
--- answer eval: ::refused(1)
--- error_log
[warn]
--- no_commands



=== version zero
--- family eval: {}
--- request eval: ::refresh(::token(1, version => 0))
--- error_code: 400
--- answer eval: ::refused(1)
--- no_commands



=== generation zero is no refresh token
--- family eval: { generation => 1 }
--- request eval: ::refresh(::token(0))
--- error_code: 400
--- answer eval: ::refused(1)
--- no_commands



=== an access token is no refresh token
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- after eval
sub {
    Test::More::unlike($_[1]{access_token}, qr/^.{56}$/, 'another length');
}



=== granted in the future: the record decides
--- family eval: { granted_at => 4_000_000_000, age => 5000 }
--- request eval: ::refresh(::token(1, granted_at => 4_000_000_000))
--- answer eval: { refresh_token => ::token(2, granted_at => 4_000_000_000) }



=== granted in the future, with a lifetime
--- family eval: { granted_at => 4_000_000_000, age => 5000 }
--- more_server
    oauth2_refresh_token_lifetime 1h;
--- request eval: ::refresh(::token(1, granted_at => 4_000_000_000))
--- answer eval: { refresh_token => ::token(2, granted_at => 4_000_000_000) }
--- record eval: { generation => 2, ttl => sub { $_[0] > 0 && $_[0] <= 86400 } }



=== all kinds of nonsense
--- request eval
[map { ::refresh($_) } 'x', '-' x 56, '_' x 56, 'A' x 56, "\xff" x 56, ' ' x 56, '.' x 56, 'AAAA.BBBB.CCCC', '0', 'null',
 "' OR 1=1 --", 'oauth2:{}:', '../../etc/passwd']
--- error_code: 400
--- answer eval: [({ error => qr/^invalid_(?:grant|request)$/ }) x 13]
--- no_commands
