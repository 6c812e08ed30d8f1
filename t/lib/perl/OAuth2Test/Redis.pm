package OAuth2Test::Redis;

# A private redis-server and a client for it.

use strict;
use warnings;

use IO::Socket::UNIX;
use POSIX ();
use Time::HiRes qw(sleep);

sub start {
    my ($class, $dir, %option) = @_;
    mkdir $dir;
    my $self = bless { dir => $dir, socket => "$dir/redis.sock", owner => $$ }, $class;
    my @arguments = (
        port => 0, unixsocket => $self->{socket}, dir => $dir, save => '', appendonly => 'no',
        logfile => "$dir/redis.log", daemonize => 'no', %option);

    $self->{pid} = fork // die "fork: $!\n";
    if (!$self->{pid}) {
        my $i = 0;
        exec $ENV{TEST_REDIS_SERVER} || 'redis-server', map { $i++ % 2 ? $_ : "--$_" } @arguments
            or POSIX::_exit(127);
    }
    for (1 .. 500) {
        return $self if eval { $self->command('PING') } || $@ =~ /^NOAUTH/;
        sleep 0.01;
    }
    die "redis-server does not start: see $dir/redis.log\n";
}

sub stop {
    my $self = shift;
    my $pid  = delete $self->{pid};
    return unless $pid && $$ == $self->{owner};
    delete $self->{connection};
    kill CONT => $pid;
    kill TERM => $pid;
    waitpid $pid, 0;
}

sub DESTROY {
    local ($?, $@);
    shift->stop;
}

sub command {
    my ($self, @words) = @_;
    my $connection = $self->{connection}
        //= IO::Socket::UNIX->new(Peer => $self->{socket}) // die "cannot connect to Redis: $!\n";
    $connection->autoflush;
    print $connection '*' . @words . "\r\n", map { '$' . length . "\r\n$_\r\n" } @words;

    my $reply = eval { read_reply($connection) };
    if (my $error = $@) {
        delete $self->{connection} if $error =~ /^connection lost/;
        die $error;
    }
    return $reply;
}

sub read_reply {
    my $connection = shift;
    my $line = <$connection> // die "connection lost\n";
    my ($type, $text) = $line =~ /^(.)(.*)\r\n$/ or die "connection lost in '$line'\n";

    return $text if $type eq '+' || $type eq ':';
    die "$text\n" if $type eq '-';
    return if $text < 0;
    return [map { scalar read_reply($connection) } 1 .. $text] if $type eq '*';
    read $connection, my $bytes, $text + 2;
    return substr $bytes, 0, $text;
}

# Commands that were called, by name, since the last reset.
sub calls {
    my $self = shift;
    my %calls = $self->command('INFO', 'commandstats') =~ /^cmdstat_([^:]+):calls=(\d+)/mg;
    return \%calls;
}

sub reset_calls { shift->command('CONFIG', 'RESETSTAT') }

1;
