# Redis by its name: asked anew for each connection, and never waited for.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;
use Time::HiRes qw(sleep time);

alarm 600;

my $port   = free_port;
my $here   = redis(port => $port, bind => '127.0.0.1');
my $there  = redis(port => $port, bind => '127.0.0.2');
my $dns    = dns;
my $budget = 1.5 + ($ENV{TEST_NGINX_BINARY} ? 20 : 5);

# An answer is kept by nginx until the second in which it came is over.
sub forgotten { sleep 1.1 }

sub reconnect { $_->command(qw(CLIENT KILL TYPE normal SKIPME yes)) for @_ }

sub named {
    my (%option) = @_;
    $option{http} = 'resolver ' . $dns->address . ';' . ($option{http} // '');
    return nginx(url => "redis://redis.test:$port", timeout => '700ms', connect_timeout => '700ms', %option);
}

sub no_longer_than_the_budget {
    my ($name, @answers) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($longest) = sort { $b <=> $a } map { $_->{took} } @answers;
    cmp_ok($longest, '<', $budget, "$name: nobody waits longer than the budget");
}

sub logs {
    my ($nginx, $pattern, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok(scalar($nginx->lines(qr/\[error\].* oauth2: redis "\S+" $pattern/)), $name) or diag($nginx->log);
}

{
    my $nginx  = named(workers => 2);
    my $family = family->seed($here, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), 'a name: a token rotates');
    cmp_ok($dns->asked('redis.test'), '>=', 2, 'a name: each worker asks');
    my $asked = $dns->asked('redis.test');
    same_token($nginx->refresh($family->token($_)), $family->token($_ + 1), 'a name: rotates again') for 8 .. 12;
    is($dns->asked('redis.test'), $asked, 'a name: nobody asks while there is a connection');

    # It moves.
    forgotten();
    $dns->says('127.0.0.2');
    $family = family->seed($there, generation => 7);
    reconnect($here);
    recovers($nginx, $family->token(7), $family->token(8), 'a name that moves: found at its new address');
    is($family->record($there)->{generation}, 8, 'a name that moves: and used there');
    cmp_ok($dns->asked('redis.test'), '>', $asked, 'a name that moves: it was asked for');
    finish($nginx);
}

{
    $dns->says('127.0.0.3', '127.0.0.2', '127.0.0.4');
    my $nginx = named();
    for my $round (1 .. 5) {
        my $family = family->seed($there, generation => 7);
        same_token($nginx->refresh($family->token(7)), $family->token(8), "several addresses, round $round: the one that answers is found");
        reconnect($there);
    }
    finish($nginx);
}

{
    $dns->says('127.0.0.3', '127.0.0.4');
    my $nginx = named();
    unavailable($nginx->refresh(family->seed($here, generation => 7)->token(7)), 'no address works: 503');
    logs($nginx, qr/connect\(\) failed \(111: Connection refused\)/, 'no address works: the log says why');
    $dns->says('127.0.0.1');
    my $family = family->seed($here, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), 'no address works: until one does');
    finish($nginx);
}

for ([3, qr/could not be resolved \(3: Host not found\)/], [2, qr/could not be resolved \(2: Server failure\)/]) {
    my ($code, $says) = @$_;
    $dns->says('127.0.0.1');
    my $nginx  = named();
    my $family = family->seed($here, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), "DNS error $code: a token rotates before");
    forgotten();
    $dns->fails($code);
    same_token($nginx->refresh($family->token(8)), $family->token(9), "DNS error $code: the connection goes on");
    reconnect($here);
    my @answers = map { $_->answer } map { $nginx->begin_refresh($family->token(9)) } 1 .. 3;
    unavailable($answers[-1], "DNS error $code: 503");
    no_longer_than_the_budget("DNS error $code", @answers);
    logs($nginx, $says, "DNS error $code: the log says why");
    $dns->says('127.0.0.1');
    recovers($nginx, $family->token(9), $family->token(10), "DNS error $code: a token rotates afterwards");
    finish($nginx);
}

{
    $dns->says('127.0.0.1');
    my $nginx  = named(location => '', server => 'location = /other { return 200 "ok"; }');
    my $family = family->seed($here, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), 'silence: a token rotates before');
    forgotten();
    $dns->is_mute;
    reconnect($here);
    my @flight = map { $nginx->begin_refresh($family->token(8)) } 1 .. 5;
    my $begun = time;
    is($nginx->begin([], path => '/other')->answer->{status}, 200, 'silence: the worker serves others');
    cmp_ok(time - $begun, '<', 0.5 + ($ENV{TEST_NGINX_BINARY} ? 20 : 0), 'silence: at once');
    my @answers = map { $_->answer } @flight;
    unavailable($_, 'silence: 503') for @answers;
    no_longer_than_the_budget('silence', @answers);
    logs($nginx, qr/does not answer \((?:connect_)?timeout\)/, 'silence: the log says so');
    $dns->says('127.0.0.1');
    recovers($nginx, $family->token(8), $family->token(9), 'silence: a token rotates afterwards');

    forgotten();
    $dns->is_mute;
    reconnect($here);
    sleep 0.2;
    ok($nginx->quit(3), 'silence: a worker that waits for nobody quits at once');
    finish($nginx);
}

{
    $dns->is_mute;
    my $nginx = named(http => 'resolver_timeout 300ms;', connect_timeout => '2s', timeout => '2s');
    unavailable($nginx->refresh(family->seed($here, generation => 7)->token(7)), 'resolver_timeout: 503');
    logs($nginx, qr/could not be resolved \(110: Operation timed out\)/, 'resolver_timeout: the log says so');
    finish($nginx);
}

{
    $dns->is_late(0.3);
    my $nginx  = named(connect_timeout => '2s', timeout => '2s');
    my $family = family->seed($here, generation => 7);
    my @flight = map { $nginx->begin_refresh($family->token(7)) } 1 .. 10;
    sleep 0.1;
    $nginx->signal('QUIT');
    same_token($_->answer, $family->token(8), 'a slow answer: awaited, also by a worker that quits') for @flight;
    finish($nginx);
}

{
    $dns->says('127.0.0.1');
    my $nginx  = named(workers => 2);
    my $family = family->seed($here, generation => 7);
    ok($nginx->reload, 'reload: new workers come, the old ones go') for 1 .. 3;
    recovers($nginx, $family->token(7), $family->token(8), 'reload: a token rotates afterwards');
    finish($nginx);
}

# TLS: the name that is resolved is the name in the certificate.
SKIP: {
    my $pki  = pki;
    my $tls  = free_port;
    my $cert = $pki->certificate(san => 'DNS:redis.test');
    my $safe = eval { redis('tls-port' => $tls, 'tls-cert-file' => $cert->{crt}, 'tls-key-file' => $cert->{key},
        'tls-ca-cert-file' => $pki->ca, 'tls-auth-clients' => 'no') };
    skip 'redis-server has no TLS', 7 unless $safe;
    my $trust  = 'ssl_trusted_certificate ' . $pki->ca . ';';
    my $family = family->seed($safe, generation => 7);
    my $nginx  = named(url => "rediss://redis.test:$tls", store => $trust);
    recovers($nginx, $family->token(7), $family->token(8), 'TLS: the name is in the certificate');
    finish($nginx);
    $nginx = named(url => "rediss://another.test:$tls", store => $trust);
    unavailable($nginx->refresh($family->token(8)), 'TLS: another name is not');
    logs($nginx, qr/SSL certificate does not match "another\.test"/, 'TLS: the log says so');
    finish($nginx);
}

# Nothing is left of a connection.
{
    my $nginx  = named(connect_timeout => '50ms', timeout => '50ms');
    my $family = family->seed($here, generation => 1);
    my ($worker) = $nginx->workers;
    my $size = sub { (slurp("/proc/$worker/statm") =~ /^\d+ (\d+)/)[0] * 4 };
    my ($generation, $wrong) = (1, 0);
    my $rounds = sub {
        for my $round (1 .. shift) {
            my $answer;
            reconnect($here);
            wait_for { $answer = $nginx->refresh($family->token($generation)); $answer->{status} != 503 };
            ++$wrong unless ($answer->{json}{refresh_token} // '') eq $family->token(++$generation);
        }
    };
    $rounds->(50);
    my $early = $size->();
    $rounds->(200);
    is($wrong, 0, 'two hundred connections to a name: every token rotates');
  SKIP: {
        skip 'a checker keeps what is freed', 1 if $ENV{TEST_NGINX_BINARY};
        cmp_ok($size->() - $early, '<', 512, 'two hundred connections to a name: no memory is left (KiB)');
    }
    finish($nginx);
}

done_testing;
