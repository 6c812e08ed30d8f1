# script/accept-loss on a single Redis and on a cluster, and what keeps it from its work. (What it
# leads to is in whole.t.)

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;
use Time::HiRes qw(time);

plan skip_all => 'there is no redis-cli' if system('command -v redis-cli >/dev/null');

sub command {
    my @words = @_;
    my $pid = open my $out, '-|' // die;
    if (!$pid) {
        open STDIN, '<', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec "$FindBin::Bin/../../script/accept-loss", @words or exit 127;
    }
    local $/;
    my $text = <$out> // '';
    close $out;
    return { text => $text, status => $? >> 8 };
}

sub socket_of { (shift->url =~ /^unix:(.*)/)[0] }

sub fails {
    my ($pattern, $name, @words) = @_;
    my $answer = command(@words);
    isnt($answer->{status}, 0, "$name: refused");
    like($answer->{text}, $pattern, 'with a word why');
}

sub is_now {
    my ($marker, $name) = @_;
    my ($final) = ($marker // '') =~ /^0:(\d+)$/;
    ok($final && abs($final - time) < 60, $name) or diag($marker // 'no marker');
}

# --- One Redis

{
    my $redis = redis;
    my $at    = socket_of($redis);
    $redis->command(SET => 'oauth2:marker', 1234567890);

    fails(qr/"1234567890", becomes "0:\d+".*nothing was changed/s, 'without --yes', -s => $at);
    is($redis->command(GET => 'oauth2:marker'), 1234567890, 'nothing has changed');

    my $done = command('--yes', -s => $at);
    is($done->{status}, 0, 'with --yes it goes on');
    like($done->{text}, qr/1 marker was set/, 'and says how much');
    is_now($redis->command(GET => 'oauth2:marker'), 'the marker has the time');
    is($redis->command(TTL => 'oauth2:marker'), -1, 'and no end');

    is(command('--prefix', 'tenant-7', '--yes', -s => $at, -n => 1)->{status}, 0, 'another prefix and database');
    $redis->command(SELECT => 1);
    is_now($redis->command(GET => 'tenant-7:marker'), 'have their marker');
    $redis->command(SELECT => 0);
    is($redis->command(EXISTS => 'tenant-7:marker'), 0, 'and no other');

    $redis->command('REPLICAOF', '127.0.0.1', 1);
    fails(qr/replica; its master is 127\.0\.0\.1 port 1\b/, 'a replica', '--yes', -s => $at);
    $redis->command(qw(REPLICAOF NO ONE));

    $redis->command(qw(CONFIG SET min-replicas-to-write 1));
    fails(qr/NOREPLICAS/, 'a master without its replicas', '--yes', -s => $at);
    $redis->command(qw(CONFIG SET min-replicas-to-write 0));

    $redis->command(qw(CONFIG SET requirepass p4ss));
    fails(qr/NOAUTH/, 'no password', '--yes', -s => $at);
    fails(qr/WRONGPASS|NOAUTH/, 'a wrong password', '--yes', -s => $at, -a => 'wrong', '--no-auth-warning');
    is(command('--yes', -s => $at, -a => 'p4ss', '--no-auth-warning')->{status}, 0, 'the right one');

    fails(qr/does not answer/, 'a port that nobody listens on', '--yes', -h => '127.0.0.1', -p => 1);
    fails(qr/does not answer/, 'an unknown host', '--yes', -h => 'no-such-host.invalid');
    fails(qr/is not a prefix/, 'braces in the prefix', '--yes', '--prefix', 'a{b}', -s => $at);
    fails(qr/Usage/, 'no prefix', '--prefix');
}

# --- A cluster of two masters

{
    my @port  = map { free_port } 1 .. 2;
    my @nodes = map { redis(port => $port[$_], bind => '127.0.0.1', 'cluster-enabled' => 'yes',
        'cluster-config-file' => "nodes$_.conf", 'cluster-require-full-coverage' => 'no',
        'cluster-node-timeout' => 1000) } 0, 1;
    my ($one, $two) = @nodes;
    my $seed = "$one->{socket}";
    $one->command(qw(CLUSTER ADDSLOTS), 0 .. 5000, 9000);
    fails(qr/11382 of the 16384 hash slots have no master/, 'a cluster that is not whole', '--yes', -p => $port[0]);
    $two->command(qw(CLUSTER ADDSLOTS), 5001 .. 8999, 9001 .. 16383);
    $two->command(qw(CLUSTER SET-CONFIG-EPOCH 2));
    $one->command(qw(CLUSTER MEET 127.0.0.1), $port[1]);
    my $whole = wait_for {
        2 == grep { $_->command(qw(CLUSTER INFO)) =~ /cluster_state:ok.*cluster_slots_ok:16384/s } @nodes;
    };
    ok($whole, 'a cluster of two masters') or diag($one->command(qw(CLUSTER NODES)));

    fails(qr/All 16384 markers of oauth2.*(?:127\.0\.0\.1 port (?:$port[0]|$port[1])\n\s*){2}.*nothing was changed/s,
        'without --yes', -p => $port[0]);
    is($one->command('DBSIZE') + $two->command('DBSIZE'), 0, 'nothing has changed');

    for my $way ([-h => '127.0.0.1', -p => $port[0]], [-s => $seed], [-c => -u => "redis://127.0.0.1:$port[1]"]) {
        $_->command('FLUSHALL') for @nodes;
        my $done = command('--yes', @$way);
        is($done->{status}, 0, "@$way") or diag($done->{text});
        like($done->{text}, qr/^16384 markers were set\.$/m, 'all of them');
        is($one->command('DBSIZE'), 5002, 'those of its slots on one master');
        is($two->command('DBSIZE'), 11382, 'those of the others on the other');
    }
    my @odd = grep {
        ($_ <= 5000 || $_ == 9000 ? $one : $two)->command(qw(CLUSTER COUNTKEYSINSLOT), $_) != 1
    } 0 .. 16383;
    is("@odd", '', 'one in each slot');
    is_now($one->command(GET => 'oauth2:marker:{3560}'), 'that of slot 0 has the time');
    is_now($two->command(GET => 'oauth2:marker:{39296}'), 'and that of the last one');
    is($two->command(TTL => 'oauth2:marker:{39296}'), -1, 'without end');

    $two->stop;
    fails(qr/nothing was changed/, 'a master that is gone', '--yes', -p => $port[0]);
    my $failed = wait_for { $one->command(qw(CLUSTER NODES)) =~ /:$port[1]\@.* master,fail\?? / };
    ok($failed, 'the other one notices');
    fails(qr/has failed.*nothing was changed/s, 'a master that has failed', '--yes', -p => $port[0]);
}

done_testing;
