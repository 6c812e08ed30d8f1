package Live::Http;

# One HTTP/1.1 request whose parts can be sent at any pace, and its answer.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use Socket qw(SOL_SOCKET SO_LINGER);
use Time::HiRes qw(time);

sub connect {
    my ($class, $port) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port, Timeout => 10)
        or return;
    $socket->autoflush;
    return bless { socket => $socket, begun => time, buffer => '' }, $class;
}

sub send {
    my ($self, $bytes) = @_;
    $self->{begun} = time;
    my $socket = $self->{socket};
    print $socket $bytes;
    return $self;
}

# Leaves: with a reset if `reset` is true.
sub leave {
    my ($self, $reset) = @_;
    setsockopt $self->{socket}, SOL_SOCKET, SO_LINGER, pack('ii', 1, 0) if $reset;
    close $self->{socket};
}

sub fill {
    my ($self, $end) = @_;
    my $left = $end - time;
    return unless $left > 0 && IO::Select->new($self->{socket})->can_read($left);
    return sysread $self->{socket}, $self->{buffer}, 65536, length $self->{buffer};
}

# Status 0: the server closed the connection without an answer, or there was none in time.
sub answer {
    my ($self, $seconds) = @_;
    my $end = time + ($seconds // 30);
    my $none = { status => 0, header => {}, json => {}, body => '' };

    while ($self->{buffer} !~ /\r\n\r\n/) {
        $self->fill($end) or return { %$none, took => time - $self->{begun} };
    }
    my ($head, $rest) = split /\r\n\r\n/, $self->{buffer}, 2;
    my ($status, @lines) = split /\r\n/, $head;
    my %header = map { /^([^:]+):\s*(.*)$/ ? (lc $1, $2) : () } @lines;
    ($status) = $status =~ m{^HTTP/1\.[01] (\d{3})} or return $none;

    my $body = $rest;
    if (($header{'transfer-encoding'} // '') eq 'chunked') {
        1 while $self->{buffer} !~ /\r\n0\r\n\r\n$/ && $self->fill($end);
        $rest = (split /\r\n\r\n/, $self->{buffer}, 2)[1];
        $body = '';
        while ($rest =~ s/^([0-9a-f]+)\r\n//i && hex $1) {
            $body .= substr $rest, 0, hex $1;
            $rest = substr $rest, 2 + hex $1;
        }
        $self->{buffer} = '';
    } elsif (defined $header{'content-length'}) {
        my $size = length($head) + 4 + $header{'content-length'};
        1 while length $self->{buffer} < $size && $self->fill($end);
        $body = substr $self->{buffer}, length($head) + 4, $header{'content-length'};
        substr $self->{buffer}, 0, $size, '';
    } else {
        1 while $self->fill($end);
        $body = (split /\r\n\r\n/, $self->{buffer}, 2)[1];
        $self->{buffer} = '';
    }
    close $self->{socket} if ($header{connection} // '') eq 'close';
    return {
        status => $status, header => \%header, body => $body, took => time - $self->{begun},
        json => eval { decode_json($body) } // {} };
}

1;
