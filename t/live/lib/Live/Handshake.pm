package Live::Handshake;

# What a TLS handshake shows to everybody who listens (RFC 8446 section 4.1, RFC 5246 section 7.4).

use strict;
use warnings;

use constant { client_hello => 1, server_hello => 2, certificate => 11 };
use constant { server_name => 0, pre_shared_key => 41, supported_versions => 43 };

# The handshake messages that are not encrypted, by their types.
sub messages {
    my $bytes = shift;
    my ($text, %message) = ('');
    while (length $bytes >= 5) {
        my ($type, $version, $size) = unpack 'Cnn', $bytes;
        last if $type != 22 || length $bytes < 5 + $size;
        $text .= substr $bytes, 5, $size;
        substr $bytes, 0, 5 + $size, '';
    }
    while (length $text >= 4) {
        my ($type, $high, $low) = unpack 'CCn', $text;
        my $size = $high << 16 | $low;
        last if length $text < 4 + $size;    # encrypted from here on
        $message{$type} //= substr $text, 4, $size;
        substr $text, 0, 4 + $size, '';
    }
    return \%message;
}

# The extensions of a hello, by their numbers.
sub extensions {
    my ($hello, $is_server) = @_;
    my ($rest) = unpack $is_server ? 'x34 C/x x3 a*' : 'x34 C/x n/x C/x a*', $hello;
    my ($all) = unpack 'n/a', $rest;
    my %extension;
    while (length $all >= 4) {
        my ($number, $value) = unpack 'n n/a', $all;
        $extension{$number} = $value;
        substr $all, 0, 4 + length $value, '';
    }
    return \%extension;
}

# The name that the client asked for, if it did.
sub name {
    my $hello = messages(shift)->{ +client_hello } // return 'no hello';
    my $value = extensions($hello)->{ +server_name } // return 'none';
    return unpack 'x3 n/a', $value;
}

# The version that the server chose, as in "1.3", and whether it went on with an earlier session.
sub outcome {
    my $message = messages(shift);
    my $hello   = $message->{ +server_hello } // return 'no hello';
    my $of      = extensions($hello, 1);
    my $version = unpack 'n', $of->{ +supported_versions } // $hello;
    my $resumed = $version == 0x0304 ? defined $of->{ +pre_shared_key } : !defined $message->{ +certificate };
    return '1.' . ($version - 0x0301) . ($resumed ? ' resumed' : ' in full');
}

1;
