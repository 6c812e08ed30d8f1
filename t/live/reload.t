# A reload and the death of a worker cost nobody his session, and a reload no request either.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;
use Time::HiRes qw(sleep time);

my $redis = redis;
my $proxy = proxy(redis => $redis);
my $nginx = nginx(redis => $proxy, workers => 2);

# Clients that refresh without a pause, each his own line, in a process of its own. Its exit is 0 if
# every answer was the successor; what was not is printed.
sub load {
    my ($clients, $seconds, $on_trouble) = @_;
    my @families = map { family->seed($redis, generation => 1) } 1 .. $clients;
    delete $redis->{connection};
    my $report = folder('load') . '/report';
    my $pid = fork // die "fork: $!\n";
    return { pid => $pid, report => $report, families => \@families } if $pid;

    alarm 60;
    my $end = time + $seconds;
    my %generation = map { $_ => 1 } 0 .. $#families;
    my ($done, @trouble) = (0);
    while (time < $end) {
        my @flight = map { $nginx->begin_refresh($families[$_]->token($generation{$_})) } 0 .. $#families;
        for my $i (0 .. $#families) {
            my $answer = $flight[$i]->answer;
            my $token  = $answer->{json}{refresh_token} // '';
            if ($token eq $families[$i]->token($generation{$i} + 1)) {
                ++$generation{$i};
                ++$done;
            } else {
                push @trouble, "$answer->{status} $answer->{body}";
                last if @trouble > 20;
            }
        }
    }
    write_file($report, join "\n", $done, @trouble);
    POSIX::_exit(0);
}

sub result {
    my $load = shift;
    waitpid $load->{pid}, 0;
    my ($done, @trouble) = split /\n/, slurp($load->{report});
    return ($done // 0, @trouble);
}

{
    my $load = load(8, 3);
    my $reloads = 0;
    for (1 .. 6) {
        sleep 0.3;
        $nginx->signal('HUP');
        ++$reloads;
    }
    my ($done, @trouble) = result($load);
    is("@trouble", '', "$reloads reloads under load fail no request");
    cmp_ok($done, '>', 100, 'and it was a load') or diag($done);
    ok($nginx->reload, 'only new workers are left in the end');
    is(scalar($nginx->lines(qr/\[(?:error|alert|crit)\]/)), 0, 'no error in the log');
}

{
    my $family = family->seed($redis, generation => 7);
    $proxy->rule(match => 'EVALSHA', action => 'hold', seconds => 0.4, times => 1);
    my $request = $nginx->begin_refresh($family->token(7));
    sleep 0.1;
    my %old = map { $_ => 1 } $nginx->workers;
    $nginx->signal('HUP');
    same_token($request->answer, $family->token(8), 'a request that waits for Redis is finished by its old worker');
    ok(wait_for(sub { !grep { $old{$_} } $nginx->workers }), 'which ends then');
}

# The one failure that is allowed: a request that its worker takes with it. Its retry is served.
{
    my $load = load(8, 2.5);
    for (1 .. 4) {
        sleep 0.4;
        my ($worker) = $nginx->workers;
        kill KILL => $worker;
    }
    my ($done, @trouble) = result($load);
    is(join(' ', grep { !/^0 / } @trouble), '', 'a killed worker costs requests, but nobody is refused');
    cmp_ok($done, '>', 50, 'the others go on') or diag($done);
    is(wait_for(sub { $nginx->workers == 2 }), 1, 'new workers take their place');
    is(scalar(grep { $_->record($redis)->{state} ne 'L' } @{ $load->{families} }), 0, 'every family lives');
}

# A configuration that nginx refuses leaves everything as it is.
{
    my $before = slurp("$nginx->{dir}/nginx.conf");
    write_file("$nginx->{dir}/nginx.conf", $before =~ s/oauth2_token;/oauth2_token; oauth2_nonsense;/r);
    $nginx->signal('HUP');
    ok(wait_for(sub { $nginx->lines(qr/\[emerg\].*oauth2_nonsense/) }), 'a broken configuration is refused');
    my $family = family->seed($redis, generation => 7);
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'the old one goes on');
    write_file("$nginx->{dir}/nginx.conf", $before);
}

# The store moves: the counters stay, and new workers use the new one.
{
    my $requests = sub {
        my $total = 0;
        $total += $_ for map { values %$_ } values %{ $nginx->status->{requests} };
        return $total;
    };
    my $before = $requests->();
    cmp_ok($before, '>', 100, 'the status has counted');
    my $other = redis;
    $nginx->configure(redis => $other, workers => 2);
    ok($nginx->reload, 'nginx reloads with another store');
    my $family = family->seed($other, generation => 7);
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'the other store is used');
    is($requests->(), $before + 1, 'the counters go on');
    ok(wait_for(sub { $redis->command(qw(CLIENT LIST TYPE normal)) !~ /\n.*\n/ }),
        'nobody stays connected to the old one');
}

finish($nginx, qr/exited on signal 9/, qr/oauth2_nonsense/);
done_testing;
