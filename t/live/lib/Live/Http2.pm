package Live::Http2;

# Just enough of HTTP/2 over plain TCP to send a request in any frames, and to read the answers.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use Time::HiRes qw(time);

use constant { DATA => 0, HEADERS => 1, RST_STREAM => 3, SETTINGS => 4, PING => 6, GOAWAY => 7,
    WINDOW_UPDATE => 8, END_STREAM => 1, END_HEADERS => 4, PADDED => 8 };

# The static table's entries for :status.
my %Status = (8 => 200, 9 => 204, 10 => 206, 11 => 304, 12 => 400, 13 => 404, 14 => 500);

sub connect {
    my ($class, $port) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or return;
    $socket->autoflush;
    my $self = bless { socket => $socket, stream => -1, buffer => '', streams => {} }, $class;
    $self->write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" . frame(SETTINGS, 0, 0, ''));
    return $self;
}

sub frame {
    my ($type, $flags, $stream, $payload) = @_;
    return substr(pack('N', length $payload), 1) . pack('CCN', $type, $flags, $stream) . $payload;
}

sub write {
    my ($self, $bytes) = @_;
    my $socket = $self->{socket};
    print $socket $bytes;
}

# A literal that is not indexed, its name and value as they are.
sub field {
    my ($name, $value) = @_;
    return "\0" . join '', map { size(length $_) . $_ } lc $name, $value;
}

sub size {
    my $size = shift;
    return chr $size if $size < 127;
    my $bytes = chr 127;
    $size -= 127;
    while ($size >= 128) { $bytes .= chr($size % 128 + 128); $size = int($size / 128) }
    return $bytes . chr $size;
}

sub begin {
    my ($self, $headers, %option) = @_;
    my $stream = $self->{stream} += 2;
    my @all = (
        ':method' => $option{method} // 'POST', ':scheme' => 'http',
        ':path' => $option{path} // '/oauth2/token', ':authority' => 'localhost', @$headers);
    my $block = '';
    while (my ($name, $value) = splice @all, 0, 2) { $block .= field($name, $value) }
    $self->{streams}{$stream} = { body => '' };
    $self->write(frame(HEADERS, END_HEADERS | ($option{end} ? END_STREAM : 0), $stream, $block));
    return $stream;
}

sub data {
    my ($self, $stream, $bytes, %option) = @_;
    my $flags = $option{end} ? END_STREAM : 0;
    return $self->write(frame(DATA, $flags, $stream, $bytes)) unless $option{pad};
    $self->write(frame(DATA, $flags | PADDED, $stream, chr($option{pad}) . $bytes . "\0" x $option{pad}));
}

sub reset { my ($self, $stream) = @_; $self->write(frame(RST_STREAM, 0, $stream, pack 'N', 8)) }

# Status 0: the stream was reset, the connection ended, or there was no answer in time.
sub answer {
    my ($self, $stream, $seconds) = @_;
    my $end   = time + ($seconds // 30);
    my $state = $self->{streams}{$stream};
    until ($state->{done}) {
        my $left = $end - time;
        last unless $left > 0 && IO::Select->new($self->{socket})->can_read($left);
        last unless sysread $self->{socket}, $self->{buffer}, 65536, length $self->{buffer};
        1 while $self->take_frame;
    }
    return {
        status => $state->{status} // 0, body => $state->{body}, header => {},
        json => eval { decode_json($state->{body}) } // {} };
}

sub take_frame {
    my $self = shift;
    return if length $self->{buffer} < 9;
    my ($high, $low, $type, $flags, $stream) = unpack 'CnCCN', $self->{buffer};
    my $size = $high * 65536 + $low;
    return if length $self->{buffer} < 9 + $size;
    my $payload = substr $self->{buffer}, 9, $size;
    substr $self->{buffer}, 0, 9 + $size, '';

    my $state = $self->{streams}{$stream} // {};
    if ($type == SETTINGS && !($flags & 1)) { $self->write(frame(SETTINGS, 1, 0, '')) }
    elsif ($type == PING && !($flags & 1)) { $self->write(frame(PING, 1, 0, $payload)) }
    elsif ($type == HEADERS) { $state->{status} //= status($payload) }
    elsif ($type == DATA) { $state->{body} .= $payload }
    elsif ($type == RST_STREAM) { $state->{reset} = unpack 'N', $payload; $state->{done} = 1; }
    elsif ($type == GOAWAY) { $self->{goaway} = 1 }
    $state->{done} = 1 if ($type == HEADERS || $type == DATA) && $flags & END_STREAM;
    return 1;
}

# nginx begins with the status: indexed, or its name indexed and three digits as they are.
sub status {
    my $block = shift;
    $block =~ s/^[\x20-\x3f]//;    # a new size of the dynamic table
    my $first = ord $block;
    return $Status{ $first & 0x7f } // 0 if $first & 0x80;
    return $block =~ /^.\x03(\d{3})/s ? $1 : 0;
}

1;
