# Families in a Redis Cluster: every node is used, and whatever happens to the nodes and their
# slots, no client is told that its token is no good.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $cluster = cluster(masters => 3, replicas => 1);
my @masters = ($cluster->nodes)[0 .. 2];
my @families;

# A cluster's nginx, whose first server is not the first node.
sub cluster_nginx {
    my %option  = @_;
    my @servers = map { $_->url } reverse @masters;
    my $first   = shift @servers;
    return nginx(
        url => $first, store => join(' ', 'mode cluster;', map { "server $_;" } @servers),
        server => 'location = /oauth2/revoke { oauth2_revoke; }', %option);
}

# Users with a family each, as many as it takes to have some on every node.
sub seeded {
    my ($count, %given) = @_;
    my @families = map { family(subject => "user $_", %given) } 1 .. $count;
    for my $family (@families) {
        $cluster->command('SET', $family->key, '');
        $family->seed($cluster, generation => 1);
        $family->{newest} = 1;
    }
    return @families;
}

# Refreshes every family once, and has the oracle check the token. Returns what was answered instead.
sub refresh_all {
    my ($nginx, @families) = @_;
    my %wrong;
    for my $family (@families) {
        my $answer = $nginx->refresh($family->token($family->{newest}));
        if (($answer->{json}{refresh_token} // '') eq $family->token($family->{newest} + 1)) {
            ++$family->{newest};
            next;
        }
        ++$wrong{ "$answer->{status} " . ($answer->{json}{error} // $answer->{body}) };
    }
    return \%wrong;
}

# A master that has both families and a replica.
sub master_with_replica {
    for my $family (@families) {
        my $master = $cluster->master_of($family->key);
        return $master if $cluster->replica_of($master);
    }
    die "there is none\n";
}

sub calls { $_[0]->calls->{ $_[1] } // 0 }

my $begun = time;
my $nginx = cluster_nginx();
@families = seeded(60);

# --- In peace

is_deeply(refresh_all($nginx, @families), {}, 'families of all slots are refreshed');
for my $master (@masters) {
    ok(calls($master, 'evalsha') > 0, "the node at $master->{option}{port} is used");
}
is_deeply(refresh_all($nginx, @families), {}, 'and once more');
my $redirected = 0;
$redirected += $_->command('INFO', 'errorstats') =~ /errorstat_MOVED:count=(\d+)/ ? $1 : 0 for @masters;
ok($redirected <= 5, 'hardly a command goes to the wrong node') or diag($redirected);

{
    my $answer = $nginx->password('alice', 'open-sesame');
    is($answer->{status}, 200, 'a family is founded');
    my $family = Live::Family->of($answer->{json}{refresh_token}, subject => 'alice');
    my $record = $cluster->command('GET', $family->key);
    ok($record, 'its record is where the slot is');
    my $node    = $cluster->master_of($family->key);
    my $slot    = $node->command('CLUSTER', 'KEYSLOT', $family->key);
    my @markers = grep { /^oauth2:marker:/ } @{ $node->command('CLUSTER', 'GETKEYSINSLOT', $slot, 100) };
    is(scalar(@markers), 1, 'and the marker in the same slot');
    like($markers[0], qr/^oauth2:marker:\{\d+\}$/, 'under a key of its own');
}

# --- Slots that move

{
    my $new = $cluster->add_node;
    $cluster->meet;
    ok($cluster->wait_until_whole, 'a node joins');
    my ($from) = @masters;
    my %slots;
    push @{ $slots{ $from->command('CLUSTER', 'KEYSLOT', $_->key) } }, $_
        for grep { $cluster->master_of($_->key) == $from } @families;
    my ($slot) = sort { $a <=> $b } keys %slots;
    my $family = $slots{$slot}[0];

    # Half way: the slot is open, and the key is gone to the other side.
    my ($from_id, $new_id) = map { $cluster->id($_) } $from, $new;
    $new->command('CLUSTER', 'SETSLOT', $slot, 'IMPORTING', $from_id);
    $from->command('CLUSTER', 'SETSLOT', $slot, 'MIGRATING', $new_id);
    is_deeply(refresh_all($nginx, $family), {}, 'a key that has not moved yet');
    $from->command('MIGRATE', '127.0.0.1', $new->{option}{port}, '', 0, 5000, 'KEYS', $family->key);
    is_deeply(refresh_all($nginx, $family, $family), {}, 'a key that has moved (ASK)');
    $_->command('CLUSTER', 'SETSLOT', $slot, 'NODE', $new_id) for $new, $from;
    is_deeply(refresh_all($nginx, $family), {}, 'a slot that has moved (MOVED)');

    # All others, under load.
    my $pid = fork // die "fork: $!\n";
    if (!$pid) {
        delete $_->{connection} for $cluster->nodes;
        my @slots = grep { $_ != $slot } sort { $a <=> $b } keys %slots;
        for ([$from, $new], [$new, $from], [$from, $new]) {
            my ($source, $target) = @$_;
            $cluster->move_slot($_, $source, $target) for @slots;
            $cluster->wait_until_agreed($target, @slots) or POSIX::_exit(1);
        }
        POSIX::_exit(0);
    }
    my %wrong;
    my $turns = 0;
    until (waitpid($pid, POSIX::WNOHANG()) > 0) {
        my $wrong = refresh_all($nginx, @families);
        $wrong{$_} += $wrong->{$_} for keys %$wrong;
        ++$turns;
    }
    is($?, 0, 'the slots are moved');
    is_deeply(\%wrong, {}, "no refresh fails meanwhile ($turns turns)");
    is_deeply(refresh_all($nginx, @families), {}, 'nor afterwards');
    ok(calls($new, 'evalsha') > 0, 'the new node is used');
}

# A script with two keys, one of which has moved: TRYAGAIN until the slot is closed.
{
    my ($from, $to) = @masters[1, 2];
    my ($family) = grep { $cluster->master_of($_->key) == $from } @families;
    my $slot = $from->command('CLUSTER', 'KEYSLOT', $family->key);
    my ($from_id, $to_id) = map { $cluster->id($_) } $from, $to;
    $to->command('CLUSTER', 'SETSLOT', $slot, 'IMPORTING', $from_id);
    $from->command('CLUSTER', 'SETSLOT', $slot, 'MIGRATING', $to_id);
    my $request = $nginx->begin([token => $family->token($family->{newest})], path => '/oauth2/revoke');
    sleep 0.1;
    $from->command('MIGRATE', '127.0.0.1', $to->{option}{port}, '', 0, 5000, 'KEYS', $family->key);
    $_->command('CLUSTER', 'SETSLOT', $slot, 'NODE', $to_id) for $to, $from;
    is($request->answer->{status}, 200, 'a revocation waits until its slot has moved');
    refused($nginx->refresh($family->token($family->{newest})), 'and holds');
    @families = grep { $_ != $family } @families;
}

# --- Failover

{
    my $replica = $cluster->replica_of(master_with_replica());
    $replica->command('CLUSTER', 'FAILOVER');
    my %wrong;
    my $end = time + 2;
    do {
        my $wrong = refresh_all($nginx, @families);
        $wrong{$_} += $wrong->{$_} for keys %$wrong;
    } while time < $end;
    delete $wrong{'503 temporarily_unavailable'};
    is_deeply(\%wrong, {}, 'a failover by hand refuses nobody');
    ok($cluster->is_master($replica), 'the replica is the master now');
}

{
    my $master = master_with_replica();
    my @here   = grep { $cluster->master_of($_->key) == $master } @families;
    my @others = grep { $cluster->master_of($_->key) != $master } @families;
    ok(@here && @others, 'there are families on the node that dies, and on others');

    # One reply is lost with it: the rotation is done, and the client does not know.
    my $family = $here[0];
    $cluster->replica_of($master)->command('PING');
    is_deeply(refresh_all($nginx, $family), {}, 'a last rotation');
    --$family->{newest};
    sleep 0.1;    # for the replica

    $master->stop;
    my $died = time;
    is_deeply(refresh_all($nginx, @others), {}, 'families on the other nodes are refreshed');
    my $wrong = refresh_all($nginx, @here);
    is_deeply([keys %$wrong], ['503 temporarily_unavailable'], 'those on the dead node have to wait');
    my %wrong;
    ok(wait_for {
        my $wrong = refresh_all($nginx, @here);
        $wrong{$_} += $wrong->{$_} for keys %$wrong;
        !%$wrong;
    }, 'until a replica has taken over');
    delete $wrong{'503 temporarily_unavailable'};
    is_deeply(\%wrong, {}, 'nobody is refused meanwhile, not even the one whose reply was lost');
    diag(sprintf 'failover took %.1f s', time - $died) if $ENV{TEST_VERBOSE};
    is_deeply(refresh_all($nginx, @families), {}, 'then all is well');

    my $state = $nginx->status->{stores}[0];
    ok(wait_for { $nginx->status->{stores}[0]{up} // 1 }, 'the store is up again') or diag(explain($state));
    $master->launch;
    ok(wait_for { $master->command('ROLE')->[0] eq 'slave' }, 'the dead node comes back as a replica');
    is_deeply(refresh_all($nginx, @families), {}, 'which changes nothing');
}

# --- A node that is slow

{
    my ($slow) = grep { my $node = $_; grep { $cluster->master_of($_->key) == $node } @families }
        grep { $cluster->is_master($_) } $cluster->alive;
    my ($here)   = grep { $cluster->master_of($_->key) == $slow } @families;
    my ($other)  = grep { $cluster->master_of($_->key) != $slow } @families;
    $slow->freeze;
    my @waiting = map { $nginx->begin_refresh($here->token($here->{newest})) } 1 .. 20;
    my $begun   = time;
    is_deeply(refresh_all($nginx, ($other) x 20), {}, 'a slow node does not stop the others');
    ok(time - $begun < 1, 'nor make them wait') or diag(time - $begun);
    my %status;
    ++$status{ $_->answer->{status} } for @waiting;
    ok(!$status{400}, 'those that wait for it are not refused') or diag(explain(\%status));
    $slow->thaw;
    my $answer;
    wait_for { $answer = $nginx->refresh($here->token($here->{newest})); $answer->{status} == 200 };
    same_token($answer, $here->token($here->{newest} + 1), 'and are served when it is back');
    ++$here->{newest};
    $cluster->wait_until_whole;
    wait_for { !%{ refresh_all($nginx, @families) } };
}

# --- All the questions that this took

{
    my $asked = 0;
    $asked += calls($_, 'cluster|slots') for $cluster->alive;
    my $most = 5 * (time - $begun) + 5;
    ok($asked <= $most, 'a worker asks who has which slots at most five times a second')
        or diag("$asked times, not $most");
    note("asked $asked times");
    ok($nginx->reload, 'nginx reloads');
    is_deeply(refresh_all($nginx, @families), {}, 'with the cluster as it is now');
    finish($nginx, qr/oauth2: redis/);
    my $left = wait_for {
        my $clients = 0;
        $clients += grep { /cmd=evalsha/ } split /\n/, $_->command('CLIENT', 'LIST') for $cluster->alive;
        !$clients;
    };
    ok($left, 'no connection is left behind');
}

# --- A first server that is dead, and one that is none

{
    my $dead  = free_port();
    my $nginx = nginx(
        url => "redis://127.0.0.1:$dead", store => "mode cluster; server " . ($cluster->alive)[0]->url . ';');
    ok(wait_for { !%{ refresh_all($nginx, @families) } }, 'the second server is enough');
    finish($nginx, qr/oauth2: redis/);
}

done_testing;
