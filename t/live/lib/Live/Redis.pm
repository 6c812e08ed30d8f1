package Live::Redis;

# A private redis-server that can be killed, frozen and started again.

use strict;
use warnings;

use parent 'OAuth2Test::Redis';

use IO::Socket::UNIX;
use POSIX ();
use Time::HiRes qw(sleep time);

sub start {
    my ($class, $dir, %option) = @_;
    my $self = bless {
        dir => $dir, socket => "$dir/redis.sock", owner => $$, option => \%option }, $class;
    $self->launch;
    return $self;
}

sub url {
    my $self = shift;
    my $port = $self->{option}{port} or return "unix:$self->{socket}";
    return "redis://127.0.0.1:$port";
}

sub launch {
    my ($self, %more) = @_;
    my $wait = delete $more{wait} // 1;
    my $dir = $self->{dir};
    my @arguments = (
        port => 0, unixsocket => $self->{socket}, unixsocketperm => 777, dir => $dir, save => '',
        appendonly => 'no', logfile => "$dir/redis.log", daemonize => 'no', %{ $self->{option} }, %more);
    delete $self->{connection};

    $self->{pid} = fork // die "fork: $!\n";
    if (!$self->{pid}) {
        my $i = 0;
        exec $ENV{TEST_REDIS_SERVER} || 'redis-server', map { $i++ % 2 ? $_ : "--$_" } @arguments
            or POSIX::_exit(127);
    }
    my $end = time + 30;
    until (!$wait || eval { $self->command('PING') } || $@ =~ /^(?:NOAUTH|LOADING)/) {
        die "redis-server does not start: see $dir/redis.log\n"
            if time > $end || waitpid($self->{pid}, POSIX::WNOHANG()) > 0;
        sleep 0.01;
    }
}

sub signal { kill $_[1] => $_[0]{pid} if $_[0]{pid} }

sub freeze { shift->signal('STOP') }
sub thaw   { shift->signal('CONT') }

# The way a power cut ends it; a private test instance has nothing to save.
sub stop {
    my ($self, $signal) = @_;
    return unless $self->{pid} && $$ == $self->{owner};
    my $pid = delete $self->{pid};
    delete $self->{connection};
    kill CONT => $pid;
    kill $signal // 'KILL', $pid;
    waitpid $pid, 0;
    unlink $self->{socket};
}

1;
