# docs/operations.md: its users of Redis may do what the module does and no more, and its procedures
# do what they say.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $Root = "$FindBin::Bin/../..";
my $Text = slurp("$Root/docs/operations.md");

my %Line = $Text =~ /^# mode (\w+)\nACL SETUSER nginx on >PASSWORD (.*)$/mg;
my %More = $Text =~ /^\| (?:a )?`(wait|oauth2_sessions|database)`.*? \| `(\+.*)` \|$/mg;

sub words { sort grep { /^\+/ } split ' ', shift }

is(join(' ', sort keys %Line), 'cluster sentinel standalone', 'there is a line for each mode');
is(keys %More, 3, 'and what more is needed');
is(join(' ', words($Line{sentinel})), join(' ', sort(words($Line{standalone}), '+role')),
    'Sentinel needs one more than a single Redis');

sub set_user { my ($redis, $rules) = @_; $redis->command(qw(ACL SETUSER nginx reset on >s3cret), split ' ', $rules) }

# What the users of Redis have been refused, on any node.
sub denials {
    return sort map { my %entry = @$_; $entry{object} } map { @{ $_->command(qw(ACL LOG)) } } @_;
}

# Every endpoint and every way through the scripts of one store.
sub use_all {
    my ($redis, %option) = @_;
    my $nginx = nginx(redis => $redis, %option, workers => 1, timeout => '1s',
        store => "$option{store} username nginx; password s3cret;", client => 'introspect on;', server => <<"EOT");
        location = /oauth2/revoke { oauth2_revoke; }
        location = /oauth2/introspect { oauth2_introspect; }
        $option{server}
EOT
    my @statuses;
    my $token  = $nginx->password->{json}{refresh_token} // '';
    my $second = $nginx->password->{json}{refresh_token} // '';
    my $next   = $nginx->refresh($token)->{json}{refresh_token} // '';
    push @statuses, $next eq '' ? 'no tokens' : ();
    push @statuses, map { $_->{status} }
        $nginx->refresh($token),
        $nginx->refresh($next, more => [scope => 'read']),
        $nginx->begin([token => $next], path => '/oauth2/introspect')->answer,
        $nginx->refresh(family(granted_at => time)->token(7)),    # it has no record
        $nginx->begin([token => $next], path => '/oauth2/revoke')->answer;
    push @statuses, $option{then}->($nginx, $second)->{status} if $option{then} && $second;
    push @statuses, map { $_->answer->{status} } map {
        $nginx->connection->send(join "\r\n", "$_ /sessions?subject=alice HTTP/1.1", 'Host: localhost',
            'Connection: close', 'X-Requested-With: test', '', '')
    } $option{server} =~ /oauth2_sessions/ ? qw(GET DELETE) : ();
    my @trouble = $nginx->lines(qr/\[alert\]/);
    $nginx->stop;
    return join(' ', @statuses) . join '', @trouble;
}

my $Sessions = 'location = /sessions { oauth2_sessions; }';
my $Fine     = '200 200 200 400 200';

# With the whole line nothing is refused, and without any of its words something is.
sub is_least {
    my ($name, $nodes, $rules, $expected, %option) = @_;
    set_user($_, $rules) for @$nodes;
    my $data = delete $option{data} // $nodes;
    my $try = sub {
        $_->command(qw(ACL LOG RESET)) for @$nodes;
        $_->command(qw(SCRIPT FLUSH)) for @$data;
        use_all($data->[0], %option);
    };
    is($try->(), $expected, "$name: the user may do all that is needed");
    is(join(' ', denials(@$nodes)), '', "$name: and nothing was refused");
    for my $word (words($rules)) {
        (my $fewer = $rules) =~ s/ \Q$word\E(?= |$)//;
        set_user($_, $fewer) for @$nodes;
        $try->();
        (my $command = $word) =~ s/^\+//;
        ok(scalar(grep { lc eq $command } denials(@$nodes)), "$name: $word is used");
    }
    set_user($_, $rules) for @$nodes;
}

{
    my $primary = redis(port => free_port, bind => '127.0.0.1', 'repl-diskless-sync-delay' => 0);
    my $replica = redis;
    is_least('standalone', [redis], $Line{standalone}, $Fine, store => '', server => '');
    is_least('a database', [redis], "$Line{standalone} $More{database}", $Fine,
        store => 'database 3;', server => '');
    $replica->command(REPLICAOF => '127.0.0.1', $primary->{option}{port});
    wait_for { $replica->command(qw(INFO replication)) =~ /master_link_status:up/ };
    is_least('wait and an index', [$primary], "$Line{standalone} $More{wait} $More{oauth2_sessions}",
        "$Fine 200 200", store => 'wait 1 500ms rotate;', server => $Sessions);
}

# A refresh of a family whose key has moved before its slot.
sub refresh_while_moving {
    my ($cluster, $nginx, $token) = @_;
    my $key  = Live::Family->of($token)->key;
    my $from = $cluster->master_of($key);
    my ($to) = grep { $_ != $from } $cluster->nodes;
    my $slot = $from->command(qw(CLUSTER KEYSLOT), $key);
    $to->command(qw(CLUSTER SETSLOT), $slot, 'IMPORTING', $cluster->id($from));
    $from->command(qw(CLUSTER SETSLOT), $slot, 'MIGRATING', $cluster->id($to));
    $from->command('MIGRATE', '127.0.0.1', $to->{option}{port}, '', 0, 5000, 'KEYS', $key);
    my $answer = $nginx->refresh($token);
    $cluster->move_slot($slot, $from, $to);
    return $answer;
}

{
    my $cluster = cluster(masters => 2);
    is_least('a cluster', [$cluster->nodes], $Line{cluster}, "$Fine 200", store => 'mode cluster;', server => '',
        then => sub { refresh_while_moving($cluster, @_) });
}

# Whether a worker listens to a sentinel and has pinged it, or was not allowed to.
sub is_watched {
    my $group = shift;
    return scalar(grep { $_ eq 'ping' } denials($group->sentinels))
        || grep { $_->command(qw(CLIENT LIST)) =~ / cmd=ping user=nginx / } $group->sentinels;
}

{
    my $group = sentinels;
    my ($rules) = slurp("$Root/docs/directives.md") =~ /^ACL SETUSER nginx on >PASSWORD (.*\+sentinel.*)$/m;
    my %seeds = $group->options(login => 'sentinel_username nginx; sentinel_password s3cret;');
    my @way   = (url => $seeds{url}, store => $seeds{store} =~ s/ username nginx;.*//r, server => '');
    set_user($_, $rules) for $group->sentinels;
    is_least('Sentinel', [$group->primary, $group->replicas], $Line{sentinel}, $Fine, @way);
    is_least('the sentinels', [$group->sentinels], $rules, "$Fine 200", @way, data => [$group->primary],
        then => sub {
            my ($nginx, $token) = @_;
            wait_for { is_watched($group) } 3;
            return $nginx->refresh($token);
        });
}

# --- The operator's user, with the commands that he has

my ($operator) = $Text =~ /^ACL SETUSER operator on >PASSWORD (.*)$/m;

sub run {
    my ($script, @words) = @_;
    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if (!$pid) {
        open STDIN, '<', '/dev/null';
        open STDERR, '>&', \*STDOUT;
        exec "$Root/script/$script", @words or exit 127;
    }
    my $said = do { local $/; <$out> } // '';
    close $out;
    return $? >> 8 ? "failed: $said" : $said;
}

my @Login = qw(--user operator --pass s3cret --no-auth-warning);

SKIP: {
    skip 'there is no redis-cli', 1 if system('command -v redis-cli >/dev/null');
    my $redis = redis(port => free_port, bind => '127.0.0.1', appendonly => 'yes');
    my @at    = (-p => $redis->{option}{port}, @Login);
    my $set   = sub { $redis->command(qw(ACL SETUSER operator reset on >s3cret), split ' ', shift) };
    $set->($operator);
    my $nginx  = nginx(redis => $redis);
    my $family = family->seed($redis, generation => 7);
    my $ended  = family->seed($redis, generation => 7);
    like(run('family', show => $family->hash, @at), qr/^generation +7$/m, 'the operator sees a family');
    like(run('family', heal => $family->hash, 3, @at), qr/^generation +10$/m, 'heals it');
    like(run('accept-loss', '--yes', @at), qr/1 marker was set/, 'and accepts a loss');
    $redis->command(SET => 'oauth2:marker', time - 86400);

    # A snapshot is restored as the manual says, and the revocation that it lacks is repeated.
    $redis->command('SAVE');
    my $log = folder('journal') . '/journal.log';
    write_file($log, qq{now outcome="revoked" family="@{[ $ended->hash ]}" client="app"\n}
        . qq{now outcome="rotated" family="@{[ $family->hash ]}" client="app"\n}
        . qq{now outcome="revoked" family="" client="app"\n});
    my $dump = slurp("$redis->{dir}/dump.rdb");
    $nginx->begin([token => $ended->token(7)], path => '/oauth2/revoke')->answer;
    my $loss = sub {
        $redis->stop;
        system('rm', '-rf', "$redis->{dir}/appendonlydir");
        write_file("$redis->{dir}/dump.rdb", $dump);
    };
    $loss->();
    $redis->launch;
    is($redis->command('DBSIZE'), 0, 'with an append-only file, Redis starts empty beside a snapshot');
    $loss->();
    $redis->launch(appendonly => 'no');
    $set->($operator);
    $redis->command(qw(CONFIG SET appendonly yes));
    ok($redis->command('GET', 'oauth2:marker'), 'without one, it has the marker');

    my ($journal) = $Text =~ /^```sh\n(grep -E.*?)^```/ms;
    $journal =~ s/oauth2-journal\.log/$log/;
    $journal =~ s{script/family}{$Root/script/family};
    $journal =~ s/-h 127\.0\.0\.1/@at/;
    system('bash', '-c', "$journal >/dev/null 2>&1");
    recovers($nginx, $family->token(10), $family->token(11), 'a family goes on');
    refused($nginx->refresh($ended->token(7)), 'one that the journal names is revoked again');
    is($ended->record($redis)->{state}, 'R', 'by a tombstone');
    wait_for { $redis->command(qw(INFO persistence)) =~ /aof_rewrite_in_progress:0.*aof_rewrite_scheduled:0/s };
    $redis->stop('TERM');
    $redis->launch;
    is($redis->command('DBSIZE'), 3, 'and after a restart with an append-only file all is there');
    $nginx->stop;
}

# --- Redis' configuration

{
    my ($block) = $Text =~ /^```\n(appendonly .*?)^```/ms;
    my %option  = map { my ($name, $value) = split ' ', $_, 2; ($name => $value eq '""' ? '' : $value) }
        grep { !/^#/ } split /\n/, $block;
    my $redis = redis(%option);
    my $nginx = nginx(redis => $redis);
    unavailable($nginx->password, 'a Redis as configured there, without a replica: 503');
    $redis->command(qw(CONFIG SET min-replicas-to-write 0));
    my $token;
    wait_for { $token = $nginx->password->{json}{refresh_token} };
    ok($token, 'and otherwise a login');
    is($redis->command(qw(CONFIG GET maxmemory-policy))->[1], 'noeviction', 'it evicts nothing');
    $nginx->stop;
}

# --- What the table of faults says of a full Redis

{
    my $redis  = redis;
    my $nginx  = nginx(redis => $redis, server => 'location = /oauth2/revoke { oauth2_revoke; }');
    my $family = family->seed($redis, generation => 7);
    $redis->command(qw(CONFIG SET maxmemory 1));
    unavailable($nginx->password, 'a full Redis takes no login');
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'but a refresh');
    is($nginx->begin([token => $family->token(8)], path => '/oauth2/revoke')->answer->{status}, 200, 'and a revocation');
    is($family->record($redis)->{state}, 'R', 'which is in force');
    ok(scalar($nginx->lines(qr/answered OOM/)), 'and says so');
    $nginx->stop;
}

# --- From a single Redis to a cluster

SKIP: {
    skip 'there is no redis-cli', 1 if system('command -v redis-cli >/dev/null');
    my @port     = (port => free_port, bind => '127.0.0.1', 'cluster-port' => free_port);
    my $redis    = redis(@port[0 .. 3], appendonly => 'yes');
    my $nginx    = nginx(redis => $redis);
    my @families = map { family->seed($redis, generation => 7, subject => "user $_") } 1 .. 20;
    is(scalar(grep { $nginx->refresh($_->token(7))->{status} == 200 } @families), 20, 'a single Redis');
    $redis->stop('TERM');
    $redis->launch(@port, 'cluster-enabled' => 'yes');
    my ($fix) = $Text =~ /^((?:.*\| )?redis-cli --cluster fix .*)$/m;
    $fix =~ s/127\.0\.0\.1:6379/127.0.0.1:$redis->{option}{port}/;
    system('bash', '-c', "$fix >/dev/null 2>&1");
    wait_for { $redis->command(qw(CLUSTER INFO)) =~ /cluster_state:ok.*cluster_slots_ok:16384/s };
    $nginx->configure(redis => $redis, store => 'mode cluster;');
    ok($nginx->reload, 'nginx is told that it is a cluster');
    recovers($nginx, $families[0]->token(8), $families[0]->token(9), 'a token of before works');
    my @lost = grep { $nginx->refresh($_->token(8))->{status} != 200 } @families[1 .. 19];
    is(@lost, 0, 'and all others do');
    my $over = family(subject => 'gone');
    unavailable($nginx->refresh($over->token(7)), 'what has no record is 503');
    like(run('accept-loss', '--yes', -p => $redis->{option}{port}), qr/16384 markers/, 'until the markers are set');
    refused($nginx->refresh($over->token(7)), 'then it is refused');

    $redis->command(qw(ACL SETUSER operator reset on >s3cret), split ' ', $operator);
    like(run('accept-loss', '--yes', -p => $redis->{option}{port}, @Login), qr/16384 markers/,
        'which the operator may do as well');
    $nginx->stop;
}

done_testing;
