package Live::Link;

# A TCP link from a replica to its primary that takes its time and can be held up: what the one has
# sent, the other one has not got yet. It runs in a process of its own.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Time::HiRes qw(time);

# Options: to (a port), delay (seconds, each way).
sub start {
    my ($class, %option) = @_;
    my $self = bless { owner => $$, port => Live::free_port() }, $class;
    my $door = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $self->{port}, Listen => 16, ReuseAddr => 1)
        or die "port $self->{port}: $!\n";
    $self->{pid} = fork // die "fork: $!\n";
    if (!$self->{pid}) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM HUP ALRM);
        eval { carry($door, $option{to}, $option{delay} // 0) };
        POSIX::_exit(0);
    }
    return $self;
}

sub port { shift->{port} }

sub carry {
    my ($door, $to, $delay) = @_;
    my $select = IO::Select->new($door);
    my $parent = getppid;
    my (%other, @waiting);    # [due, socket, bytes], in order
    while (getppid == $parent) {
        my $left = @waiting ? $waiting[0][0] - time : 2;
        for my $socket ($select->can_read($left < 0 ? 0 : $left)) {
            if ($socket == $door) {
                my $near = $door->accept or next;
                my $far  = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $to) or next;
                @other{$near, $far} = ($far, $near);
                $select->add($near, $far);
            } elsif (sysread $socket, my $bytes, 65536) {
                push @waiting, [time + $delay, $other{$socket}, $bytes];
            } else {
                $select->remove($socket, $other{$socket});
                close $_ for $other{$socket}, $socket;
            }
        }
        while (@waiting && $waiting[0][0] <= time) {
            my (undef, $socket, $bytes) = @{ shift @waiting };
            syswrite $socket, $bytes if defined fileno $socket;
        }
    }
}

sub freeze { kill STOP => shift->{pid} }
sub thaw   { kill CONT => shift->{pid} }

sub stop {
    my $self = shift;
    return unless $self->{pid} && $$ == $self->{owner};
    kill KILL => $self->{pid};
    waitpid delete $self->{pid}, 0;
}

1;
