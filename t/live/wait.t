# What replicas have to confirm, and what a failover takes back if they did not have to.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;
use Time::HiRes qw(sleep time);

# A primary and a replica at the end of a link, and an address that leads to whichever is in charge.
sub pair {
    my %link = @_;
    my $self = { primary => redis(port => free_port, bind => '127.0.0.1', 'repl-diskless-sync-delay' => 0) };
    $self->{link}    = link_to(to => $self->{primary}{option}{port}, %link);
    $self->{replica} = redis;
    $self->{address} = folder('address') . '/redis.sock';
    symlink $self->{primary}{socket}, $self->{address} or die "symlink: $!\n";
    $self->{replica}->command(REPLICAOF => '127.0.0.1', $self->{link}->port);
    wait_for { $self->{replica}->command(qw(INFO replication)) =~ /master_link_status:up/ };
    return $self;
}

sub start {
    my ($pair, $store, %more) = @_;
    return nginx(url => "unix:$pair->{address}", store => $store, timeout => '2s',
        server => 'location = /oauth2/revoke { oauth2_revoke; } location = /sessions { oauth2_sessions; }', %more);
}

# The primary dies as by a power cut, and the replica takes its place with what it has.
sub fail_over {
    my $pair = shift;
    $pair->{primary}->stop;
    $pair->{link}->stop;
    $pair->{replica}->command(qw(REPLICAOF NO ONE));
    unlink $pair->{address};
    symlink $pair->{replica}{socket}, $pair->{address} or die "symlink: $!\n";
    return $pair->{replica};
}

sub begin_revocation { $_[0]->begin([token => $_[1]], path => '/oauth2/revoke') }
sub revoke           { begin_revocation(@_)->answer }

sub end_all {
    my $nginx = shift;
    return $nginx->connection->send(join "\r\n", 'DELETE /sessions?subject=alice HTTP/1.1', 'Host: localhost',
        'Connection: close', 'X-Requested-With: XMLHttpRequest', '', '')->answer;
}

sub calls {
    my ($redis, $command) = @_;
    return $redis->command(qw(INFO commandstats)) =~ /cmdstat_$command:calls=(\d+)/ ? $1 : 0;
}

# A family that the replica knows.
sub known_family {
    my $pair   = shift;
    my $family = family->seed($pair->{primary}, generation => 7);
    wait_for { $family->record($pair->{replica}) };
    return $family;
}

sub away { sleep 2.2 }

# Without "wait": what docs/directives.md says of asynchronous replication.
{
    my $pair    = pair;
    my $nginx   = start($pair, '');
    my $rotated = known_family($pair);
    my $revoked = known_family($pair);
    $pair->{link}->freeze;
    same_token($nginx->refresh($rotated->token(7)), $rotated->token(8), 'without wait: a rotation is acknowledged');
    is(revoke($nginx, $revoked->token(7))->{status}, 200, 'and a revocation');
    my $redis = fail_over($pair);
    is($rotated->record($redis)->{generation}, 7, 'the failover takes back the rotation');
    is($revoked->record($redis)->{state}, 'L', 'and the revocation');
    recovers($nginx, $rotated->token(8), $rotated->token(9), 'the rotation heals');
    finish($nginx);
}

# With it, nothing is acknowledged that could be taken back, and nothing is lost either.
{
    my $pair   = pair;
    my $nginx  = start($pair, 'wait 1 100ms rotate;', client => 'refresh_token_retry 1s;');
    my $family = known_family($pair);
    $pair->{link}->freeze;
    my $answer = $nginx->refresh($family->token(7));
    unavailable($answer, 'a rotation that no replica has is 503');
    cmp_ok($answer->{took}, '<', 2, 'long before the timeout');
    is($family->record($pair->{primary})->{generation}, 8, 'though it stands');
    unavailable($nginx->refresh($family->token(7)), 'a retry of it too');
    unavailable($nginx->refresh($family->token(7), more => [scope => 'read']), 'also one that reads first');
    unavailable($nginx->password, 'and a login');
    away();
    $pair->{link}->thaw;
    recovers($nginx, $family->token(7), $family->token(8),
        'when the replica is back, the client gets its successor, long after its window');
    same_token($nginx->refresh($family->token(7), more => [scope => 'read']), $family->token(8),
        'also if it has to be read first');
    same_token($nginx->refresh($family->token(8)), $family->token(9), 'and goes on');
    is($family->record($pair->{replica})->{generation}, 9, 'the replica has it by then');
    my @few  = $nginx->lines(qr/\[error\].* \(wait\)" has too few replicas that keep up \(wait\)/);
    my @back = $nginx->lines(qr/\(wait\)" is available/);
    is(@few, 1, 'the log says what is missing');
    is(@back, 1, 'and when it is there again');
    is($family->record(fail_over($pair))->{generation}, 9, 'a failover finds it');
    finish($nginx);
}

{
    my $pair   = pair;
    my $nginx  = start($pair, 'wait 1 100ms;');
    my $family = known_family($pair);
    my $login  = Live::Family->of($nginx->password->{json}{refresh_token});
    is($login->record($pair->{replica})->{generation}, 1, 'a login is at the replica when it is answered');
    $pair->{link}->freeze;
    my $waits = calls($pair->{primary}, 'wait');
    for my $generation (7 .. 9) {
        my $answer = $nginx->refresh($family->token($generation));
        same_token($answer, $family->token($generation + 1), 'without "rotate", rotations do not wait');
    }
    is(calls($pair->{primary}, 'wait'), $waits, 'for anybody');
    unavailable(revoke($nginx, $family->token(10)), 'revocations do');
    is($family->record($pair->{primary})->{state}, 'R', 'though it stands');
    unavailable(revoke($nginx, $family->token(10)), 'one that finds it done does too');
    unavailable(end_all($nginx), 'so does the end of all sessions');
    unavailable(end_all($nginx), 'also when there is none left to end');
    $pair->{link}->thaw;
    my $answer;
    wait_for { $answer = revoke($nginx, $family->token(10)); $answer->{status} != 503 };
    is($answer->{status}, 200, 'when the replica is back, the client repeats its revocation');
    is($family->record($pair->{replica})->{state}, 'R', 'and the replica has it');
    is(end_all($nginx)->{status}, 200, 'the sessions are ended');
    is($login->record($pair->{replica})->{state}, 'R', 'at the replica too');
    finish($nginx);
}

# A frozen replica, unlike a link, is a process that the primary still sees.
{
    my $pair   = pair;
    my $nginx  = start($pair, 'wait 1 100ms rotate;');
    my $family = known_family($pair);
    $pair->{replica}->freeze;
    unavailable($nginx->refresh($family->token(7)), 'a stopped replica confirms nothing');
    $pair->{replica}->thaw;
    recovers($nginx, $family->token(7), $family->token(8), 'once it goes on, it does');
    my $second = start($pair, 'wait 2 100ms rotate;');
    unavailable($second->refresh($family->token(8)), 'one replica is not two');
    ok($second->quit, 'nginx quits without the second one');
    finish($nginx);
}

# What piles up before a slow store leaves as one batch.
{
    my $pair     = pair;
    my $nginx    = start($pair, 'wait 1 1s rotate;', timeout => '5s');
    my @families = map { known_family($pair) } 1 .. 10;
    same_token($nginx->refresh($families[0]->token(7)), $families[0]->token(8), 'the store works');
    my $waits = calls($pair->{primary}, 'wait');
    $pair->{primary}->freeze;
    my @flight = map { $nginx->begin_refresh($families[$_ % 10]->token(7)) } 0 .. 99;
    sleep 0.3;
    $pair->{primary}->thaw;
    my @answers = map { $_->answer } @flight;
    my @wrong = grep { ($answers[$_]{json}{refresh_token} // '') ne $families[$_ % 10]->token(8) } 0 .. 99;
    is(@wrong, 0, 'a hundred rotations are confirmed');
    cmp_ok(calls($pair->{primary}, 'wait') - $waits, '<=', 3, 'by one WAIT for a batch');
    finish($nginx);
}

# The primary is killed the moment it has answered, over and over.
my ($acknowledged, @lost) = (0);
for my $round (1 .. 10) {
    my $pair   = pair(delay => 0.003);
    my $nginx  = start($pair, 'wait 1 500ms rotate;');
    my @tokens = map { $nginx->password->{json}{refresh_token} } 1 .. 6;
    my @flight = map { $_ % 2 ? begin_revocation($nginx, $tokens[$_]) : $nginx->begin_refresh($tokens[$_]) } 0 .. 5;
    my @answers = map { $_->answer } @flight[0 .. $round % 6];
    my $redis   = fail_over($pair);
    push @answers, map { $_->answer } @flight[@answers .. 5];
    for my $i (0 .. 5) {
        my $record = Live::Family->of($tokens[$i])->record($redis);
        push @lost, "round $round: login $i" if !$record;
        next if $answers[$i]{status} != 200;
        $acknowledged++;
        push @lost, "round $round: rotation $i" if $i % 2 == 0 && $record->{generation} != 2;
        push @lost, "round $round: revocation $i" if $i % 2 == 1 && $record->{state} ne 'R';
    }
    $nginx->stop;
}
cmp_ok($acknowledged, '>=', 10, "$acknowledged acknowledged rotations and revocations");
is("@lost", '', 'none of them, and no login, is lost when the primary is killed');

done_testing;
