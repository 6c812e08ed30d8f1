# A store that answers with an error of its own state is our trouble too: 503, and nothing is lost.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $redis = redis;
$redis->command(qw(CONFIG SET requirepass right));
$redis->command(qw(AUTH right));

sub configured { $redis->command('CONFIG', 'SET', @_) }

# Connections that nginx has are not new ones.
sub reconnect { $redis->command(qw(CLIENT KILL TYPE normal SKIPME yes)) }

sub fault {
    my ($name, $break, $repair, %option) = @_;
    my $nginx    = nginx(redis => $redis, workers => 2, store => 'password right;');
    my @families = map { family->seed($redis, generation => 7) } 1 .. 10;
    my $used     = family->seed($redis, generation => 8);
    recovers($nginx, $used->token(8), $used->token(9), "$name: all is well before");

    $break->();
    my @answers;
    for my $round (1, 2) {
        my @flight = $nginx->begin_password;
        push @flight, $nginx->begin_refresh($used->token(8)), $nginx->begin_refresh($used->token(5)),
            map { $nginx->begin_refresh($_->token(7)) } @families
            unless $option{no_families_only};
        push @answers, map { $_->answer } @flight;
    }
    my ($odd) = grep { $_->{status} != 503 } @answers;
    unavailable($odd // $answers[0], "$name: nothing but 503");
    my ($longest) = sort { $b <=> $a } map { $_->{took} } @answers;
    cmp_ok($longest, '<', 1.5 + ($ENV{TEST_NGINX_BINARY} ? 20 : 5), "$name: nobody waits longer than the budget");
    ok(scalar($nginx->lines(qr/oauth2: redis.*$option{says}/)), "$name: the log says $option{says}");

    $repair->();
    recovers($nginx, $families[0]->token(7), $families[0]->token(8), "$name: afterwards a token works");
    my @wrong = grep { ($nginx->refresh($_->token(7))->{json}{refresh_token} // '') ne $_->token(8) } @families;
    is(@wrong, 0, "$name: afterwards every token works");
    is($used->record($redis)->{state}, 'L', "$name: nobody was convicted");

    finish($nginx, qr/\[alert\].*oauth2: redis .*(?:WRONGPASS|NOPERM|NOAUTH)/);
    unlike($nginx->log, qr/right|changed/, "$name: no password stands in the log");
}

fault('a script blocks Redis',
    sub {
        configured('busy-reply-threshold' => 20);
        my $blocker = $redis->{blocker} = IO::Socket::UNIX->new(Peer => $redis->{socket});
        my $script = 'while true do end';
        print $blocker "AUTH right\r\n*3\r\n\$4\r\nEVAL\r\n\$" . length($script) . "\r\n$script\r\n\$1\r\n0\r\n";
        $blocker->flush;
        wait_for { !eval { $redis->command('PING') } };
    },
    sub { $redis->command(qw(SCRIPT KILL)) },
    says => 'BUSY');

fault('Redis is full',
    sub { configured(maxmemory => 1) }, sub { configured(maxmemory => 0) },
    says => 'OOM', no_families_only => 1);

fault('replicas are missing',
    sub { configured('min-replicas-to-write' => 1) }, sub { configured('min-replicas-to-write' => 0) },
    says => 'NOREPLICAS');

fault('snapshots fail',
    sub {
        mkdir "$redis->{dir}/dump.rdb";
        Live::write_file("$redis->{dir}/dump.rdb/in_the_way", '');
        configured(save => '3600 1');
        $redis->command('BGSAVE');
        wait_for { $redis->command('INFO', 'persistence') =~ /rdb_last_bgsave_status:err/ };
    },
    sub {
        configured(save => '');
        configured('stop-writes-on-bgsave-error' => 'no');
    },
    says => 'MISCONF');

fault('the master became a replica',
    sub { $redis->command('REPLICAOF', '127.0.0.1', Live::free_port()) },
    sub { $redis->command(qw(REPLICAOF NO ONE)) },
    says => 'READONLY');

fault('a replica has lost its master',
    sub {
        configured('replica-serve-stale-data' => 'no');
        $redis->command('REPLICAOF', '127.0.0.1', Live::free_port());
    },
    sub { $redis->command(qw(REPLICAOF NO ONE)) },
    says => 'MASTERDOWN');

fault('the password was changed',
    sub { configured(requirepass => 'changed'); reconnect() },
    sub { configured(requirepass => 'right'); reconnect() },
    says => 'WRONGPASS');

fault('the user may not run scripts',
    sub { $redis->command(qw(ACL SETUSER default -evalsha)) },
    sub { $redis->command(qw(ACL SETUSER default +evalsha)) },
    says => 'NOPERM');

my $stranger = nginx(redis => $redis);
unavailable($stranger->refresh(family->seed($redis, generation => 7)->token(7)), 'without a password: 503');
ok(scalar($stranger->lines(qr/\[alert\].*oauth2: redis.*NOAUTH/)), 'and an alert that names the reason');
finish($stranger, qr/NOAUTH/);

done_testing;
