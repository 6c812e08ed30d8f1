package Live::FakeSentinel;

# Something on a sentinel's port that says what it is told to: an address, or any bytes.

use strict;
use warnings;

use IO::Select;
use IO::Socket::INET;
use POSIX ();
use Socket qw(AF_UNIX SOCK_STREAM);

sub start {
    my ($class, $dir, %option) = @_;
    my $port   = Live::free_port();
    my $listen = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 64, ReuseAddr => 1) or die "listen: $!\n";
    my $self = bless { dir => $dir, port => $port, owner => $$ }, $class;
    $self->answer('*-1' . "\r\n");
    socketpair $self->{control}, my $theirs, AF_UNIX, SOCK_STREAM, 0
        or die "socketpair: $!\n";
    $self->{pid} = fork // die "fork: $!\n";
    if (!$self->{pid}) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM ALRM);
        alarm 0;
        close $self->{control};
        eval { $self->run($listen, $theirs) };
        POSIX::_exit(1);
    }
    return $self;
}

sub url { "redis://127.0.0.1:$_[0]{port}" }

sub array { '*' . @_ . "\r\n" . join '', map { '$' . length . "\r\n$_\r\n" } @_ }

# What it answers from now on.
sub answer { Live::write_file("$_[0]{dir}/answer", $_[1]) }
sub name   { $_[0]->answer(array('127.0.0.1', $_[1]{option}{port})) }

# How often it was asked.
sub questions { -s "$_[0]{dir}/questions" // 0 }

# Tells all who listen that the primary has moved, and gives them an address that is none.
sub publish {
    my ($self, $primary) = @_;
    syswrite $self->{control},
        array('message', '+switch-master', "$primary 127.0.0.1 1 127.0.0.1 2");
}

sub run {
    my ($self, $listen, $control) = @_;
    open my $questions, '>>', "$self->{dir}/questions" or die;
    my $select = IO::Select->new($listen, $control);
    my %listener;
    while (my @ready = $select->can_read) {
        for my $socket (@ready) {
            if ($socket == $listen) {
                $select->add($listen->accept // next);
                next;
            }
            if (!sysread $socket, my $bytes, 65536) {
                return if $socket == $control;
                delete $listener{$socket};
                $select->remove($socket);
                close $socket;
                next;
            } elsif ($socket == $control) {
                syswrite $_, $bytes for values %listener;
            } else {
                my $out = $bytes =~ /AUTH/ ? "+OK\r\n" : '';
                if ($bytes =~ /SUBSCRIBE/) {
                    $listener{$socket} = $socket;
                    $out .= array('subscribe', '+switch-master', 1);
                } elsif ($bytes =~ /get-master-addr-by-name/) {
                    syswrite $questions, '.';
                    $out .= Live::slurp("$self->{dir}/answer");
                } elsif ($bytes =~ /PING/) {
                    $out .= array('pong', '');
                }
                syswrite $socket, $out;
            }
        }
    }
}

sub stop {
    my $self = shift;
    my $pid  = delete $self->{pid};
    return unless $pid && $$ == $self->{owner};
    kill KILL => $pid;
    waitpid $pid, 0;
}

1;
