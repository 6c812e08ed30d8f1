package Live::Relay;

# A relay between nginx and a TCP port that forwards bytes as they are and remembers the first ones,
# which is where a TLS handshake stands. It runs in a process of its own.
#
#   forward   as a relay does
#   silent    accepts connections, and neither reads nor writes
#   mid       forwards what the client says; of what the server says the first 40 bytes, then closes
#   stalled   reads nothing from the client any more

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Socket qw(IPPROTO_TCP SOL_SOCKET SO_RCVBUF TCP_MAXSEG);

use constant remembered => 16384;

# Options: to, the port; narrow, to have small segments and buffers.
sub start {
    my ($class, $dir, %option) = @_;
    my $self = bless { dir => $dir, port => Live::free_port(), owner => $$, %option }, $class;
    $self->mode('forward');
    $self->launch;
    return $self;
}

sub launch {
    my $self = shift;
    my $listener = $self->listen;
    $self->{pid} = fork // die "fork: $!\n";
    return if $self->{pid};
    $SIG{$_} = 'DEFAULT' for qw(INT TERM ALRM);
    alarm 0;
    eval { $self->run($listener) };
    print STDERR "relay: $@";
    POSIX::_exit(1);
}

sub listen {
    my $self = shift;
    my $listener = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $self->{port}, Listen => 64, ReuseAddr => 1) or die "listen: $!\n";
    if ($self->{narrow}) {
        setsockopt $listener, SOL_SOCKET, SO_RCVBUF, 4096;
        setsockopt $listener, IPPROTO_TCP, TCP_MAXSEG, 536;
    }
    return $listener;
}

sub mode {
    my ($self, $mode) = @_;
    Live::write_file("$self->{dir}/mode.new", $mode);
    rename "$self->{dir}/mode.new", "$self->{dir}/mode" or die "rename: $!\n";
    select undef, undef, undef, 0.1;    # it looks every 20 ms
}

# Closes all connections, and forwards from then on.
sub restart {
    my $self = shift;
    $self->stop;
    $self->mode('forward');
    $self->launch;
}

sub stop {
    my $self = shift;
    return unless $self->{pid} && $$ == $self->{owner};
    kill KILL => $self->{pid};
    waitpid delete $self->{pid}, 0;
}

# How many connections there were.
sub connections {
    my $self  = shift;
    my @files = glob "$self->{dir}/*.client";
    return scalar @files;
}

# The first bytes of a connection, counted from 1, of its client or server.
sub said {
    my ($self, $number, $side) = @_;
    return Live::slurp("$self->{dir}/$number.$side");
}

# --- The process

sub run {
    my ($self, $listener) = @_;
    my %pair;
    while (1) {
        my $mode = Live::slurp("$self->{dir}/mode");
        my @from = grep { $_ == $listener || $mode eq 'forward' || $mode eq 'mid'
            || $mode eq 'stalled' && $pair{$_}{side} eq 'server' } $listener, map { $_->{socket} } values %pair;
        for my $socket (IO::Select->new(@from)->can_read(0.02)) {
            $socket == $listener ? $self->accept($listener, \%pair) : $self->forward($mode, \%pair, $pair{$socket});
        }
    }
}

sub accept {
    my ($self, $listener, $pair) = @_;
    my $client = $listener->accept or return;
    my $server = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{to}) or return close $client;
    my $number = 1 + $self->connections;
    for (['client', $client, $server], ['server', $server, $client]) {
        my ($side, $socket, $other) = @$_;
        $pair->{$socket} = { side => $side, socket => $socket, other => $other, count => 0,
            file => Live::write_file("$self->{dir}/$number.$side", '') };
    }
}

sub forward {
    my ($self, $mode, $pair, $end) = @_;
    return unless $end;
    my $limit = $mode eq 'mid' && $end->{side} eq 'server' ? 40 : 65536;
    my $size = sysread $end->{socket}, (my $bytes), $limit;
    if ($size) {
        if ($end->{count} < remembered) {
            open my $out, '>>', $end->{file} or die "$end->{file}: $!\n";
            binmode $out;
            print $out $bytes;
        }
        $end->{count} += $size;
        while (length $bytes) {
            my $sent = syswrite $end->{other}, $bytes or last;
            substr $bytes, 0, $sent, '';
        }
    }
    if (!$size || $limit == 40) {
        delete $pair->{$_} for $end->{socket}, $end->{other};
        shutdown $_, 2 for $end->{socket}, $end->{other};
    }
}

1;
