package Live::Sentinels;

# A primary with two replicas, and three sentinels that watch it in a hurry. The default user of a
# sentinel has a password, and "nginx" may do there what the documentation lists, no more.

use strict;
use warnings;

use Time::HiRes qw(sleep time);

use Live::Redis;

my $Primary = 'mymaster';    # as in the manual

sub start {
    my ($class, $dir, %option) = @_;
    my $self = bless { dir => $dir, owner => $$, down_after => 800, %option }, $class;
    push @{ $self->{nodes} }, start_node("$dir/node$_") for 1 .. 3;
    my $first = $self->{nodes}[0];
    $_->follow($first) for @{ $self->{nodes} }[1, 2];
    Live::wait_for(sub { $first->command('INFO', 'replication') =~ /connected_slaves:2/ })
        or die "no replicas\n";
    for (1 .. 3) {
        mkdir "$dir/sentinel$_";
        push @{ $self->{sentinels} },
            Live::Sentinel->start("$dir/sentinel$_", $Primary, $first, $self->{down_after});
    }
    $self->settle;
    return $self;
}

sub start_node {
    my $dir = shift;
    mkdir $dir;
    return Live::Node->start($dir, port => Live::free_port(), bind => '127.0.0.1',
        'repl-ping-replica-period' => 1, 'repl-diskless-sync-delay' => 0);
}

sub nodes     { @{ $_[0]{nodes} } }
sub sentinels { @{ $_[0]{sentinels} } }

# What nginx is to be started with; `login` tells how to log in to the sentinels, `sentinels` are
# others than these.
sub options {
    my ($self, %option) = @_;
    my ($first, @more) = map { $_->url } @{ $option{sentinels} // $self->{sentinels} };
    my $login = $option{login} // 'sentinel_username nginx; sentinel_password nginx-secret;';
    my $servers = join ' ', map { "server $_;" } @more;
    return (url => $first, store => "$servers mode sentinel; primary $Primary; $login"
        . ' username nginx; password node-secret;');
}

# The node that a sentinel names, by default one that runs.
sub primary {
    my ($self, $sentinel) = @_;
    ($sentinel) = grep { $_->{pid} && !$_->{frozen} } $self->sentinels unless $sentinel;
    my $address = $sentinel->command('SENTINEL', 'get-master-addr-by-name', $Primary) // return;
    my ($found) = grep { $_->{option}{port} == $address->[1] } $self->nodes;
    return $found;
}

sub replicas {
    my $self    = shift;
    my $primary = $self->primary;
    return grep { $_ != $primary } $self->nodes;
}

# Waits until all sentinels know each other and all nodes, and all nodes follow the primary.
sub settle {
    my $self = shift;
    return Live::wait_for(sub { $self->is_settled }, 30) || die "the sentinels do not settle\n";
}

sub is_settled {
    my $self    = shift;
    my $primary = $self->primary // return;
    for my $sentinel ($self->sentinels) {
        my %info = @{ $sentinel->command('SENTINEL', 'master', $Primary) };
        return if $info{'num-slaves'} != 2 || $info{'num-other-sentinels'} != 2
            || $info{flags} ne 'master' || $info{port} != $primary->{option}{port};
        for my $known (@{ $sentinel->command('SENTINEL', 'replicas', $Primary) }) {
            my $replica = {@$known};
            return if $replica->{flags} ne 'slave' || $replica->{'master-link-status'} ne 'ok';
        }
    }
    my $role = $primary->command('ROLE');
    return $role->[0] eq 'master' && @{ $role->[2] } == 2;
}

# Waits until a running node other than this one is the primary in the eyes of all sentinels that
# run, and gives it.
sub wait_for_another {
    my ($self, $old) = @_;
    return Live::wait_for(sub {
        my @named = map { $self->primary($_) } grep { $_->{pid} && !$_->{frozen} } $self->sentinels;
        !(grep { !$_ || $_ == $old || $_ != $named[0] } @named) && $named[0];
    }, 30) || die "no failover\n";
}

# Asks for one, and does not wait for it.
sub fail_over {
    my $self = shift;
    return $self->{sentinels}[0]->command('SENTINEL', 'failover', $Primary);
}

sub stop {
    my $self = shift;
    return unless $$ == $self->{owner};
    $_->stop for $self->sentinels, $self->nodes;
}

package Live::Node;

use strict;
use warnings;

use parent -norequire, 'Live::Redis';

sub follow {
    my ($self, $primary) = @_;
    return $self->command('REPLICAOF', '127.0.0.1', $primary->{option}{port});
}

# Sentinel cuts the connections of nodes that it gives another role.
sub command {
    my ($self, @words) = @_;
    my $reply = eval { [$self->SUPER::command(@words)] };
    return $reply->[0] if $reply;
    die $@ unless $@ =~ /^connection lost/;
    return $self->SUPER::command(@words);
}

sub launch {
    my ($self, %more) = @_;
    $self->SUPER::launch(%more);
    $self->command('ACL', 'SETUSER', 'nginx', 'on', '>node-secret', 'resetkeys', '~oauth2:*',
        'resetchannels', '-@all', map { "+$_" }
        qw(ping evalsha script|load getex get pttl set info role));
}

# How many connections of nginx it has.
sub clients {
    my $self = shift;
    return scalar grep { / user=nginx / } split /\n/, $self->command('CLIENT', 'LIST');
}

package Live::Sentinel;

use strict;
use warnings;

use parent -norequire, 'Live::Redis';

use POSIX ();
use Time::HiRes qw(sleep time);

# Redis' own pace is slower. It takes no replica whose INFO is older than five periods of its pings,
# and asks for that once a second.
my %Pace = (
    'info-period' => 300, 'ping-period' => 300, 'ask-period' => 200, 'publish-period' => 200,
    'election-timeout' => 1500);

sub start {
    my ($class, $dir, $primary, $node, $down_after) = @_;
    my $port = Live::free_port();
    my $self = bless {
        dir => $dir, socket => "$dir/redis.sock", owner => $$, option => { port => $port } }, $class;
    Live::write_file("$dir/sentinel.conf", <<"EOT");
port $port
bind 127.0.0.1
unixsocket $self->{socket}
dir $dir
logfile $dir/sentinel.log
requirepass sentinel-secret
sentinel sentinel-pass sentinel-secret
user nginx on >nginx-secret resetkeys resetchannels &+switch-master -\@all +ping +subscribe +sentinel|get-master-addr-by-name
sentinel monitor $primary 127.0.0.1 $node->{option}{port} 2
sentinel down-after-milliseconds $primary $down_after
sentinel failover-timeout $primary 3000
sentinel parallel-syncs $primary 2
EOT
    $self->launch;
    return $self;
}

sub launch {
    my $self = shift;
    $self->{pid} = fork // die "fork: $!\n";
    if (!$self->{pid}) {
        exec $ENV{TEST_REDIS_SERVER} || 'redis-server', "$self->{dir}/sentinel.conf", '--sentinel'
            or POSIX::_exit(127);
    }
    my $end = time + 30;
    until (eval { $self->command('PING') }) {
        die "a sentinel does not start: see $self->{dir}/sentinel.log\n"
            if time > $end || waitpid($self->{pid}, POSIX::WNOHANG()) > 0;
        sleep 0.01;
    }
    $self->command('SENTINEL', 'DEBUG', %Pace);
}

sub command {
    my ($self, @words) = @_;
    $self->SUPER::command('AUTH', 'sentinel-secret') unless $self->{connection};
    return $self->SUPER::command(@words);
}

sub freeze { my $self = shift; $self->{frozen} = 1; $self->SUPER::freeze }
sub thaw   { my $self = shift; delete $self->{frozen}; $self->SUPER::thaw }

1;
