package Test::Nginx::Client;

# The wire: sections of a block to requests, requests over a socket, bytes to responses.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use Errno qw(EAGAIN EINTR);
use Time::HiRes qw(sleep time);

# Returns requests; each is a list of packets { value, delay_before }.
sub requests {
    my ($block, $host) = @_;

    if (defined(my $raw = $block->raw_request)) {
        return [map { { value => $_ } } ref $raw ? @$raw : $raw];
    }
    if (my $piped = $block->pipelined_requests) {
        my $text = join '', map {
            my $last = $_ == $#$piped;
            build($block, $host, $last ? 'close' : 'keep-alive', $_, $piped->[$_]);
        } 0 .. $#$piped;
        return [{ value => $text }];
    }

    my $request = $block->request;
    my $index   = 0;
    return map {
        my @packets = ref eq 'ARRAY' ? @$_ : $_;
        my @delays  = map { ref ? $_->{delay_before} : undef } @packets;
        my @texts   = map { ref ? $_->{value} : $_ } @packets;
        [split_again($block, $host, $index++, \@texts, \@delays)];
    } ref $request eq 'ARRAY' ? @$request : $request;
}

# The first packet carries the head: what is added to it does not move the later borders.
sub split_again {
    my ($block, $host, $index, $texts, $delays) = @_;
    return { value => build($block, $host, 'close', $index, $texts->[0]) } if @$texts == 1;

    my $whole = build($block, $host, 'close', $index, join '', @$texts);
    my @tail;
    for my $i (reverse 1 .. $#$texts) {
        my $length = length $texts->[$i];
        unshift @tail, { value => substr($whole, -$length), delay_before => $delays->[$i] };
        substr($whole, -$length) = '';
    }
    return { value => $whole }, @tail;
}

sub build {
    my ($block, $host, $connection, $index, $text) = @_;
    $text =~ s/\A(?:\s*#[^\n]*\n)*\s*//;
    my ($line, $body) = split /\n/, $text, 2;
    my ($method, $uri, $version) = split ' ', $line;
    $uri     //= '/';
    $version //= 'HTTP/1.1';
    $body    //= '';

    my $headers = $block->more_headers // '';
    $headers = $headers->[$index] // '' if ref $headers;
    my @lines = map { my ($key, $value) = split /:\s*/, $_, 2; $key . ': ' . ($value // '') }
        grep { /\S/ && !/^\s*#/ } split /\n+/, $headers;

    my $has = sub { my $name = shift; scalar grep { /^\Q$name\E:/i } @lines };
    unshift @lines, "Connection: $connection" unless $has->('Connection');
    unshift @lines, "Host: $host"             unless $has->('Host');
    if (length $body && !$has->('Content-Length')
        && !grep { /^Transfer-Encoding: chunked$/i } @lines)
    {
        $body =~ s/^\s+|\s+$//g;
        push @lines, 'Content-Length: ' . length $body;
    }
    return join("\r\n", "$method $uri $version", @lines, '', '') . $body;
}

sub text { join '', map { $_->{value} } @{ $_[0] } }

sub connect_to {
    my %option = @_;
    for my $try (1 .. 50) {
        my $socket = IO::Socket::INET->new(
            PeerAddr => $option{address}, PeerPort => $option{port}, Proto => 'tcp',
            Timeout  => $option{timeout});
        return $socket if $socket;
        sleep 0.02;
    }
    return;
}

# Sends the packets and reads until nginx closes. Returns the bytes read and an error.
sub send_request {
    my ($request, %option) = @_;
    local $SIG{PIPE} = 'IGNORE';
    my $socket = connect_to(%option) or return '', "cannot connect to port $option{port}: $!";
    $socket->blocking(0);

    my @packets = @$request;
    my $pending = (shift @packets)->{value};
    my $writing = 1;
    my $reply   = '';

    while (1) {
        my $set = IO::Select->new($socket);
        my ($readable, $writable)
            = IO::Select->select($set, $writing ? $set : undef, undef, $option{timeout});

        if (!$readable && !$writable) {
            return $reply, $option{patient} ? undef : 'the client timed out';
        }
        if (@$readable) {
            my $count = sysread $socket, $reply, 65536, length $reply;
            next if !defined $count && ($!{EAGAIN} || $!{EINTR});
            last unless $count;
        }
        next unless $writing && @$writable;

        if (length $pending) {
            my $count = syswrite $socket, $pending;
            next if !defined $count && $!{EAGAIN};
            # The server may answer and close before it has read everything.
            if (!defined $count) { $writing = 0; next }
            substr($pending, 0, $count) = '';
        } elsif (my $packet = shift @packets) {
            my $delay = $packet->{delay_before} // $option{delay};
            sleep $delay if $delay;
            $pending = $packet->{value};
        } else {
            $writing = 0;
            shutdown $socket, $option{shutdown} || 1 if defined $option{shutdown};
        }
    }
    return $reply, undef;
}

sub parse {
    my ($raw, $is_head) = @_;
    my %response = (code => '', head => '', body => '', rest => '');
    return \%response unless $raw =~ s/\A(HTTP\S+ (\d+)[^\n]*\n.*?\r?\n)\r?\n//s;
    @response{qw(head code)} = ($1, $2);

    my $length = header(\%response, 'Content-Length');
    if ($is_head || $response{code} =~ /^(?:1..|204|304)$/) {
        $response{rest} = $raw;
    } elsif ((header(\%response, 'Transfer-Encoding') // '') eq 'chunked') {
        while ($raw =~ s/\A([[:xdigit:]]+)[^\n]*\n//) {
            my $size = hex $1;
            $response{body} .= substr $raw, 0, $size, '';
            $raw =~ s/\A\r\n//;
            last unless $size;
        }
        $response{rest} = $raw;
    } elsif (defined $length) {
        warn "WARNING: response body truncated: $length expected, got ", length $raw, "\n"
            if length $raw < $length;
        @response{qw(body rest)} = (substr($raw, 0, $length), substr($raw, min($length, length $raw)));
    } else {
        $response{body} = $raw;
    }
    return \%response;
}

sub min { $_[0] < $_[1] ? $_[0] : $_[1] }

sub header {
    my ($response, $name) = @_;
    my @values = $response->{head} =~ /^\Q$name\E[ \t]*:[ \t]*(.*?)[ \t]*\r?$/mgi;
    return @values ? join(', ', @values) : undef;
}

1;
