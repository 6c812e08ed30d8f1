# Redis over TLS: who is trusted, what goes wrong and how it is told, sessions, and large pipelines.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Live::Handshake;
use Test::More;
use Time::HiRes qw(sleep time);

alarm 600;

my $pki    = pki;
my $other  = pki('Another CA');
my $good   = $pki->certificate(san => 'IP:127.0.0.1,IP:::1,DNS:localhost,DNS:redis.example');
my $trust  = 'ssl_trusted_certificate ' . $pki->ca . ';';
my $port   = free_port;
my $redis  = eval { tls_redis($port, $good) };
plan skip_all => "redis-server has no TLS: $@" unless $redis;
my $relay  = relay(to => $port);
my $budget = 1.5 + ($ENV{TEST_NGINX_BINARY} ? 20 : 5);

sub tls_options {
    my ($port, $certificate, %option) = @_;
    return ('tls-port' => $port, 'tls-cert-file' => $certificate->{crt}, 'tls-key-file' => $certificate->{key},
        'tls-ca-cert-file' => $pki->ca, 'tls-auth-clients' => 'no', %option);
}

sub tls_redis { redis(tls_options(@_)) }

sub url_of { "rediss://127.0.0.1:$_[0]" }

sub tls_nginx {
    my ($url, $store, %option) = @_;
    return nginx(url => $url, store => $store, timeout => '2s', connect_timeout => '2s', %option);
}

sub reconnect {
    my $redis = shift;
    $redis->command(qw(CLIENT KILL TYPE normal SKIPME yes));
}

sub works {
    my ($name, $store, $url, $server) = @_;
    $server //= $redis;
    my $nginx  = tls_nginx($url // url_of($port), $store);
    my $family = family->seed($server, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), "$name: a token rotates")
        or diag($nginx->log);
    finish($nginx);
}

# 503, and one line that says why.
sub fails {
    my ($name, $store, $says, $url) = @_;
    my $nginx = tls_nginx($url // url_of($port), $store, connect_timeout => '700ms', timeout => '700ms');
    my $answer = $nginx->refresh(family->seed($redis, generation => 7)->token(7));
    unavailable($answer, "$name: 503");
    cmp_ok($answer->{took}, '<', $budget, "$name: nobody waits longer than the budget");
    ok(scalar($nginx->lines(qr/\[error\].* oauth2: redis "\S+:\d+" $says/)), "$name: the log says why")
        or diag($nginx->log);
    finish($nginx);
}

# --- The peer

works('an address', $trust);
works('a name', $trust, "rediss://localhost:$port");
works('ssl_name', "$trust ssl_name redis.example;");
works('ssl_name is an address', "$trust ssl_name 127.0.0.1;", "rediss://localhost:$port");
works("TLS $_", "$trust ssl_protocols TLSv$_;") for '1.2', '1.3';
works('a cipher', "$trust ssl_protocols TLSv1.2; ssl_ciphers ECDHE-ECDSA-CHACHA20-POLY1305;");

fails('another CA', 'ssl_trusted_certificate ' . $other->ca . ';',
    qr/SSL certificate verify error: \((?:19:self-signed certificate in certificate chain|20:unable to get local issuer certificate)\)/);
fails('another name', "$trust ssl_name other.example;", qr/SSL certificate does not match "other\.example"/);
fails('another address', "$trust ssl_name 127.0.0.2;", qr/SSL certificate does not match "127\.0\.0\.2"/);
fails('a revoked certificate', "$trust ssl_crl " . $pki->revoke($good) . ';',
    qr/SSL certificate verify error: \(23:certificate revoked\)/);
works('the CA is not asked', 'ssl_verify off;');
works('nor is the name', 'ssl_verify off; ssl_name other.example;');
fails('no common version', "$trust ssl_protocols TLSv1.2; ssl_ciphers ECDHE-RSA-AES128-GCM-SHA256;",
    qr/failed in the TLS handshake: SSL_do_handshake\(\) failed \(SSL: .*alert handshake failure/);
{
    my $expired = free_port;
    tls_redis($expired, $pki->certificate(san => 'IP:127.0.0.1', days => -1));
    fails('an expired certificate', $trust, qr/SSL certificate verify error: \(10:certificate has expired\)/,
        url_of($expired));
}
{
    my $plain = free_port;
    my $alone = redis(port => $plain);
    fails('Redis without TLS', $trust, qr/does not answer \(connect_timeout\)/, url_of($plain));
    my $talker = nginx(redis => $alone);
    fails('something else without TLS', $trust, qr/failed in the TLS handshake: SSL_do_handshake\(\) failed \(SSL: .*wrong version number/,
        url_of($talker->{port}));
    finish($talker);
    fails('TLS without us', '', qr/(?:closed|broke) the connection/, "redis://127.0.0.1:$port");
}

# --- A client certificate

{
    my $strict = free_port;
    my $server = tls_redis($strict, $good, 'tls-auth-clients' => 'yes');
    my $client = $pki->certificate;
    my $locked = $pki->certificate(password => 'open sesame');
    my $file   = write_file($pki->{dir} . '/password', "wrong\nopen sesame\n");
    fails('no client certificate', $trust, qr/broke the TLS connection: SSL_read\(\) failed \(SSL: .*alert certificate required/,
        url_of($strict));
    fails('no client certificate in TLS 1.2', "$trust ssl_protocols TLSv1.2;",
        qr/failed in the TLS handshake: SSL_do_handshake\(\) failed \(SSL: .*alert handshake failure/, url_of($strict));
    works('a client certificate', "$trust ssl_certificate $client->{crt}; ssl_certificate_key $client->{key};",
        url_of($strict), $server);
    works('its key has a password',
        "$trust ssl_certificate $locked->{crt}; ssl_certificate_key $locked->{key}; ssl_password_file $file;",
        url_of($strict), $server);
}

# --- A login

{
    $redis->command(qw(ACL SETUSER nginx reset on >p@ss ~oauth2:* +evalsha +script|load +getex +set +pttl +ping +select));
    my $nginx  = tls_nginx("rediss://nginx:p%40ss\@127.0.0.1:$port/3", $trust);
    my $answer = $nginx->password;
    is($answer->{status}, 200, 'a user and a database in the URL: a family is founded');
    my $family = Live::Family->of($answer->{json}{refresh_token});
    same_token($nginx->refresh($family->token(1)), $family->token(2), 'its token rotates');
    finish($nginx);
}

# --- What is said in the open

sub hello_name {
    my ($store, $host) = @_;
    my $before = $relay->connections;
    my $nginx  = tls_nginx("rediss://$host:$relay->{port}", $store);
    wait_for { $relay->connections > $before && length $relay->said($before + 1, 'client') };
    my $name = Live::Handshake::name($relay->said($before + 1, 'client'));
    finish($nginx);
    return $name;
}

is(hello_name($trust, 'localhost'), 'localhost', 'SNI is the host');
is(hello_name("$trust ssl_name redis.example;", '127.0.0.1'), 'redis.example', 'SNI is ssl_name');
is(hello_name($trust, '127.0.0.1'), 'none', 'SNI is no address');
is(hello_name("$trust ssl_server_name off;", 'localhost'), 'none', 'SNI can be switched off');

# --- Sessions

sub outcome_of { Live::Handshake::outcome($relay->said($relay->connections, 'server')) }

# Three connections, one after the other.
sub outcomes {
    my ($store, $name) = @_;
    my $nginx  = tls_nginx(url_of($relay->{port}), $store);
    my $family = family->seed($redis, generation => 1);
    my @outcome;
    for my $generation (1 .. 3) {
        recovers($nginx, $family->token($generation), $family->token($generation + 1), "$name: connection $generation works");
        push @outcome, outcome_of();
        reconnect($redis);
    }
    finish($nginx);
    return join ', ', @outcome;
}

for my $version ('1.2', '1.3') {
    is(outcomes("$trust ssl_protocols TLSv$version;", "TLS $version"),
        "$version in full, $version resumed, $version resumed", "TLS $version: sessions are used again");
    is(outcomes("$trust ssl_protocols TLSv$version; ssl_session_reuse off;", "TLS $version without sessions"),
        "$version in full, $version in full, $version in full", "TLS $version: unless they are switched off");
}

# --- Redis comes back with another certificate

for my $version ('1.2', '1.3') {
    my $nginx  = tls_nginx(url_of($relay->{port}), "$trust ssl_protocols TLSv$version;",
        connect_timeout => '700ms', timeout => '700ms');
    my $name   = "TLS $version, new certificate";
    my $family = family->seed($redis, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), "$name: a token rotates before");

    $redis->stop('TERM');
    $redis->launch(tls_options($port, $other->certificate(san => 'IP:127.0.0.1')));
    $family = family->seed($redis, generation => 7);
    unavailable($nginx->refresh($family->token(7)), "$name: one of another CA is not trusted");
    ok(scalar($nginx->lines(qr/SSL certificate verify error/)), "$name: the log says why");
    is($family->record($redis)->{generation}, 7, "$name: nothing was written");

    $redis->stop('TERM');
    $redis->launch(tls_options($port, $pki->certificate(san => 'IP:127.0.0.1')));
    $family = family->seed($redis, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), "$name: one of the same CA is");
    is(outcome_of(), "$version in full", "$name: in a handshake of its own");
    finish($nginx);
}

# --- A handshake that does not end

{
    my $nginx  = tls_nginx(url_of($relay->{port}), $trust, connect_timeout => '500ms', timeout => '500ms');
    my $family = family->seed($redis, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), 'silence: a token rotates before');
    $relay->mode('silent');
    reconnect($redis);
    my @answers = map { $_->answer } map { $nginx->begin_refresh($family->token(8)) } 1 .. 5;
    unavailable($_, 'silence: 503') for @answers;
    my ($longest) = sort { $b <=> $a } map { $_->{took} } @answers;
    cmp_ok($longest, '<', $budget, 'silence: nobody waits longer than the budget');
    ok(scalar($nginx->lines(qr/does not answer \((?:connect_)?timeout\)/)), 'silence: the log says so');
    $relay->mode('forward');
    recovers($nginx, $family->token(8), $family->token(9), 'silence: a token rotates afterwards');

    $relay->mode('mid');
    reconnect($redis);
    unavailable($nginx->refresh($family->token(9)), 'half a handshake: 503');
    ok(scalar($nginx->lines(qr/failed in the TLS handshake: peer closed connection in SSL handshake/)),
        'half a handshake: the log says so') or diag($nginx->log);
    $relay->mode('forward');
    recovers($nginx, $family->token(9), $family->token(10), 'half a handshake: a token rotates afterwards');

    $relay->mode('silent');
    reconnect($redis);
    sleep 0.2;
    ok($nginx->quit(3), 'a worker quits in the middle of a handshake');
    $relay->restart;
    finish($nginx);
}

# --- Many at a time

{
    my $narrow = relay(to => $port, narrow => 1);
    for my $version ('1.2', '1.3') {
        my $nginx = tls_nginx(url_of($narrow->{port}), "$trust ssl_protocols TLSv$version; max_pending 4096;",
            timeout => '15s', connections => 4096);
        my @families = map { family->seed($redis, generation => 7) } 1 .. 5;
        recovers($nginx, $families[0]->token(7), $families[0]->token(8), "TLS $version, large pipeline: the first one works");
        my $connections = $narrow->connections;
        $narrow->mode('stalled');
        my @flight = map { $nginx->begin_refresh($families[$_ % 5]->token(7), more => [scope => 'read']) } 0 .. 799;
        sleep 0.5;
        $narrow->mode('forward');
        my @answers = map { $_->answer } @flight;
        my @wrong = grep { ($answers[$_]{json}{refresh_token} // '') ne $families[$_ % 5]->token(8) } 0 .. 799;
        is(@wrong, 0, "TLS $version: eight hundred requests before a socket that takes nothing get their answers")
            or diag("$answers[$wrong[0]]{status} $answers[$wrong[0]]{body}", $nginx->log);
        is($narrow->connections, $connections, "TLS $version: over one connection");
        is(join('', $nginx->lines(qr/oauth2: redis "/)), '', "TLS $version: without trouble");
        finish($nginx);
    }
}

# --- Reload and quit

{
    my $nginx  = tls_nginx(url_of($port), $trust, workers => 2);
    my $family = family->seed($redis, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), 'reload: a token rotates before');
    ok($nginx->reload, 'reload: new workers come, the old ones go') for 1, 2;
    same_token($nginx->refresh($family->token(8)), $family->token(9), 'reload: a token rotates afterwards');
    $redis->freeze;
    my $flight = $nginx->begin_refresh($family->token(9));
    sleep 0.2;
    $nginx->signal('QUIT');
    sleep 0.2;
    $redis->thaw;
    same_token($flight->answer, $family->token(10), 'quit: what waits is answered');
    finish($nginx);
}

# --- Nothing is left of a connection

sub descriptors { my @files = glob "/proc/$_[0]/fd/*"; return scalar @files }
sub resident    { return (slurp("/proc/$_[0]/statm") =~ /^\d+ (\d+)/)[0] * 4 }

{
    my $nginx  = tls_nginx(url_of($port), $trust);
    my $family = family->seed($redis, generation => 1);
    my ($worker) = $nginx->workers;
    my ($generation, $wrong) = (1, 0);
    my $rounds = sub {
        for (1 .. shift) {
            my $answer;
            reconnect($redis);
            wait_for { $answer = $nginx->refresh($family->token($generation)); $answer->{status} != 503 };
            ++$wrong unless ($answer->{json}{refresh_token} // '') eq $family->token(++$generation);
        }
    };
    $rounds->(50);
    my @early = (descriptors($worker), resident($worker));
    $rounds->(200);
    wait_for { descriptors($worker) <= $early[0] };
    my @late = (descriptors($worker), resident($worker));
    is($wrong, 0, 'two hundred reconnects: every token rotates');
    cmp_ok($late[0], '<=', $early[0], 'two hundred reconnects: no descriptor is left');
  SKIP: {
        skip 'a checker keeps what is freed', 1 if $ENV{TEST_NGINX_BINARY};
        cmp_ok($late[1] - $early[1], '<', 512, 'two hundred reconnects: nor memory (KiB)');
    }
    finish($nginx);
}

done_testing;
