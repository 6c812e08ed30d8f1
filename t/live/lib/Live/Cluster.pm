package Live::Cluster;

# A private Redis Cluster: masters with their replicas, and nodes that join later.

use strict;
use warnings;

use Time::HiRes qw(sleep);

sub slots { 16384 }

# Options: masters, replicas (of each master), and what every redis-server is started with.
sub start {
    my ($class, %option) = @_;
    my $masters  = delete $option{masters}  // 3;
    my $replicas = delete $option{replicas} // 0;
    my $self = bless { nodes => [], option => \%option }, $class;
    my @masters = map { $self->add_node } 1 .. $masters;
    my @replicas = map { my $master = $_; map { [$self->add_node, $master] } 1 .. $replicas } @masters;
    for my $i (0 .. $#masters) {
        my ($first, $end) = map { int($_ * slots() / $masters) } $i, $i + 1;
        $masters[$i]->command('CLUSTER', 'ADDSLOTSRANGE', $first, $end - 1);
        $masters[$i]->command('CLUSTER', 'SET-CONFIG-EPOCH', $i + 1);
    }
    $self->meet;
    for (@replicas) {
        my ($replica, $master) = @$_;
        Live::wait_for(sub { eval { $replica->command('CLUSTER', 'REPLICATE', $self->id($master)); 1 } });
    }
    $self->wait_until_whole or die "the cluster does not come up\n";
    Live::wait_for(sub { $_->[0]->command('INFO', 'replication') =~ /master_link_status:up/ }) for @replicas;
    return $self;
}

sub add_node {
    my $self = shift;
    my $node = Live::redis(
        port => Live::free_port(), 'cluster-port' => Live::free_port(), 'cluster-enabled' => 'yes',
        'cluster-node-timeout' => 1000, 'cluster-replica-validity-factor' => 0,
        'repl-diskless-sync-delay' => 0, appendonly => 'yes', %{ $self->{option} });
    push @{ $self->{nodes} }, $node;
    return $node;
}

sub nodes { @{ shift->{nodes} } }

sub meet {
    my $self = shift;
    my ($first, @others) = $self->nodes;
    $first->command('CLUSTER', 'MEET', '127.0.0.1', $_->{option}{port}, $_->{option}{'cluster-port'})
        for @others;
}

sub id { $_[1]->command('CLUSTER', 'MYID') }

sub alive { grep { $_->{pid} } shift->nodes }

# Every node knows every other, and all slots are served.
sub wait_until_whole {
    my $self = shift;
    return Live::wait_for(sub {
        my @alive = $self->alive;
        for my $node (@alive) {
            my $info = eval { $node->command('CLUSTER', 'INFO') } // return 0;
            return 0 unless $info =~ /cluster_state:ok/ && $info =~ /cluster_known_nodes:(\d+)/
                && $1 >= @alive && $info =~ /cluster_slots_ok:16384/;
        }
        return 1;
    });
}

sub is_master { $_[1]->command('ROLE')->[0] eq 'master' }

# The first of its replicas that is there.
sub replica_of {
    my ($self, $master) = @_;
    my $port = $master->{option}{port};
    for my $node ($self->alive) {
        my $role = $node->command('ROLE');
        return $node if $role->[0] eq 'slave' && $role->[2] == $port;
    }
    return;
}

# The id of the master of `slot` as `node` sees it, and whether that is the node itself.
sub owner_seen_by {
    my ($self, $node, $slot) = @_;
    for my $line (split /\n/, $node->command('CLUSTER', 'NODES')) {
        my ($id, $flags, $ranges) = $line =~ /^(\S+) \S+ (\S*master\S*) (?:\S+ ){5}(.*)$/ or next;
        for my $range (grep { !/^\[/ } split / /, $ranges) {
            my ($first, $last) = split /-/, $range;
            return ($id, $flags =~ /myself/) if $first <= $slot && $slot <= ($last // $first);
        }
    }
    return;
}

# The master that has the slot of `key`, as it sees itself.
sub master_of {
    my ($self, $key) = @_;
    my $slot = ($self->alive)[0]->command('CLUSTER', 'KEYSLOT', $key);
    for my $node ($self->alive) {
        my (undef, $is_itself) = $self->owner_seen_by($node, $slot);
        return $node if $is_itself;
    }
    die "nobody has the slot of $key\n";
}

# All nodes have heard whose these slots are. Moved on before that, a slot may be claimed by two.
sub wait_until_agreed {
    my ($self, $owner, @slots) = @_;
    my $id = $self->id($owner);
    return Live::wait_for(sub {
        for my $node ($self->alive) {
            (($self->owner_seen_by($node, $_))[0] // '') eq $id or return 0 for @slots;
        }
        return 1;
    });
}

# Sends a command, whose second word is a key, to the master that has it.
sub command {
    my ($self, @words) = @_;
    return $self->master_of($words[1])->command(@words);
}

# Moves a slot as redis-cli does: with all its keys, a few at a time.
sub move_slot {
    my ($self, $slot, $from, $to) = @_;
    my ($from_id, $to_id) = map { $self->id($_) } $from, $to;
    $to->command('CLUSTER', 'SETSLOT', $slot, 'IMPORTING', $from_id);
    $from->command('CLUSTER', 'SETSLOT', $slot, 'MIGRATING', $to_id);
    while (my @keys = @{ $from->command('CLUSTER', 'GETKEYSINSLOT', $slot, 10) }) {
        $from->command('MIGRATE', '127.0.0.1', $to->{option}{port}, '', 0, 5000, 'KEYS', $_) for @keys;
    }
    $_->command('CLUSTER', 'SETSLOT', $slot, 'NODE', $to_id) for $to, $from;
}

1;
