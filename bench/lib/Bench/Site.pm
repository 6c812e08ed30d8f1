package Bench::Site;

# A server on a Redis of its own, with families whose newest tokens are in a file.

use strict;
use warnings;

use List::Util qw(shuffle);

use Bench::Gateway;
use Bench::Load qw(load found refresh);
use Bench::Peers;

our $Floor;    # the module

my $Warm_up = 1000;    # families

# Options: families, connections, and those of Bench::Gateway; appendfsync of Redis, which else keeps nothing.
sub gateway {
    my ($class, %option) = @_;
    my $dir   = Live::folder('site');
    my $fsync = delete $option{appendfsync};
    my $redis = Live::redis($fsync ? (appendonly => 'yes', appendfsync => $fsync) : ());
    my $count = delete $option{families};
    my $server = Bench::Gateway->start($dir, %option, redis => $redis, floor => $Floor);
    my $self  = bless { server => $server, redis => $redis, file => "$dir/tokens", families => $count }, $class;
    found($server, $Warm_up, $self->{file});
    $redis->command('FLUSHALL');    # the scripts stay, and the buffers of the connection
    my $before = $self->used_memory;
    found($server, $count, $self->{file});
    $self->{family_bytes} = ($self->used_memory - $before) / $count;
    return $self;
}

sub peer {
    my ($class, $name, $count) = @_;
    my $dir    = Live::folder('peer');
    my $redis  = Live::redis();
    my $server = Bench::Peers::class($name)->start($dir, redis => $redis, workers => 1);
    my $self   = bless { server => $server, redis => $redis, file => "$dir/first", families => $count }, $class;
    Live::write_file($self->{file}, join '', map { "$_\n" } $server->first_tokens($count));
    return $self;
}

# Without the buffers of connections.
sub used_memory {
    my $self   = shift;
    my %memory = $self->{redis}->command('INFO', 'memory') =~ /^(used_memory|mem_clients_normal):(\d+)/mg;
    return $memory{used_memory} - $memory{mem_clients_normal};
}

# Rotates families, or what else the options of oauth2_load say; see sample().
sub rotate {
    my ($self, %option) = @_;
    my $clients = $self->{server}{option}{clients} // 1;
    return $self->sample(sub { refresh($self->{server}, $self->{file}, clients => $clients, @_) }, %option);
}

# The same requests to a location that answers something else; the families stay as they are.
sub ask {
    my ($self, $path, %option) = @_;
    return $self->rotate(path => $path, save_tokens => '/dev/null', %option);
}

# Requests of another kind, without a token in the body.
sub get {
    my ($self, $path, %option) = @_;
    return $self->sample(\&load, port => $self->{server}->port, path => $path, method => 'GET', %option);
}

# Has the next run meet the families in another order than that in which they lie in memory; only for a
# single client, as the place of a family says whose it is.
sub shuffle_families {
    my $self = shift;
    Live::write_file($self->{file}, join '', shuffle(split /^/, Live::slurp($self->{file})));
}

# The generator's figures, and microseconds of CPU per answer: of the server, of Redis, and of both.
sub sample {
    my ($self, $call, %option) = @_;
    my @pids   = ($self->{server}->pids, $self->{redis}{pid});
    my $result = undisturbed($call, %option, pid => \@pids);
    my @cpu    = map { $_ / $result->{answers} } @{ delete $result->{cpu} };
    $result->{redis_cpu}  = pop @cpu;
    $result->{server_cpu} = 0;
    $result->{server_cpu} += $_ for @cpu;
    $result->{cpu} = $result->{server_cpu} + $result->{redis_cpu};
    return $result;
}

# A virtual machine may be stopped for a while; a run that this has cut short is made once more.
sub undisturbed {
    my ($call, %option) = @_;
    for (1 .. 5) {
        my $result = $call->(%option);
        return $result if $result->{answers} && $result->{seconds} < 1.1 * $option{seconds};
        print STDERR "the machine stood still; once more\n";
    }
    die "the machine stands still again and again\n";
}

sub stop {
    my $self = shift;
    $self->{$_}->stop for qw(server redis);
}

1;
