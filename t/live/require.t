# Protected locations on a real Redis: oauth2_require asks it nothing, oauth2_require_active asks it
# once, and never takes its silence for a yes or for a no.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::INET;
use Live;
use Live::Http2;
use POSIX ();
use Test::More;
use Time::HiRes qw(sleep time);

my $redis = redis;
my $h2    = free_port;
my $back  = free_port;
my $rpc   = free_port;
my $nginx = nginx(redis => $redis, timeout => '500ms', connect_timeout => '500ms', http => <<"END", server => <<"EOT");
    server {
        listen 127.0.0.1:$rpc http2;
        return 200 "[\$http_x_user][\$http_authorization]";
    }
END
        listen 127.0.0.1:$h2 http2;
        location = /passive { oauth2_require read; proxy_pass http://127.0.0.1:$back/echo; }
        location = /active {
            oauth2_require read;
            oauth2_require_active on;
            add_header X-User \$oauth2_subject;
            try_files /none =204;
        }
        location = /two {
            oauth2_require read;
            oauth2_require_active on;
            auth_request /active;
            try_files /none =204;
        }
        location = /sub { auth_request /active; try_files /none =204; }
        location = /upload {
            oauth2_require read;
            oauth2_require_active on;
            proxy_pass http://127.0.0.1:$back;
            proxy_request_buffering off;
        }
        location = /socket {
            oauth2_require read;
            proxy_pass http://127.0.0.1:$back;
            proxy_http_version 1.1;
            proxy_set_header Upgrade \$http_upgrade;
            proxy_set_header Connection upgrade;
            proxy_set_header X-User \$oauth2_subject;
        }
        location /rpc.Echo/ {
            oauth2_require read;
            grpc_pass grpc://127.0.0.1:$rpc;
            grpc_set_header X-User        \$oauth2_subject;
            grpc_set_header Authorization "";
        }
        location = /busy {
            oauth2_require read;
            oauth2_require_active on;
            error_page 503 = \@sorry;
            try_files /none =204;
        }
        location /outer {
            oauth2_require;
            oauth2_require_active on;
            location = /outer/inherits { try_files /none =204; }
            location = /outer/cancels  { oauth2_require_active off; try_files /none =204; }
        }
        location \@sorry { return 200 "[\$oauth2_subject]"; }
EOT

# An upstream that takes a body, or turns into an echo.
my $listen = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $back, Listen => 10) or die;
my $upstream = fork // die;
if (!$upstream) {
    $SIG{TERM} = 'DEFAULT';
    while (my $peer = $listen->accept) {
        $peer->autoflush;
        my ($head, $user, $size) = ('', '', 0);
        while (defined(my $line = <$peer>)) {
            $user = $1 if $line =~ /^X-User:\s*(.*?)\r/i;
            $size = $1 if $line =~ /^Content-Length:\s*(\d+)/i;
            $head .= $line;
            last if $line eq "\r\n";
        }
        if ($head =~ /^Upgrade: echo/mi) {
            print $peer "HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n$user:";
            while (sysread $peer, my $bytes, 100) { print $peer uc $bytes }
        } else {
            my $got = 0;
            while ($got < $size) { $got += read($peer, my $bytes, $size - $got) || last }
            print $peer "HTTP/1.0 200 OK\r\n\r\n$got";
        }
        close $peer;
    }
    POSIX::_exit(0);
}
END { local $?; kill TERM => $upstream if $upstream }

sub begin {
    my ($path, $token, %option) = @_;
    my $method = $option{method} // 'GET';
    return $nginx->connection->send(join "\r\n", "$method $path HTTP/1.1", 'Host: localhost',
        $option{headers} ? @{ $option{headers} } : 'Connection: close',
        defined $token ? "Authorization: Bearer $token" : (), '', $option{body} // '');
}

sub get { begin(@_)->answer }

sub told {
    my ($answer, $status, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $error = $status == 204 || $status == 503 ? '' : 'Bearer realm="oauth2", error="invalid_token"';
    is("$answer->{status} " . ($answer->{header}{'www-authenticate'} // ''), "$status $error", $name);
    is($answer->{header}{'retry-after'}, $status == 503 ? 1 : undef, "$name: Retry-After");
}

sub evalshas { ($redis->command('INFO', 'commandstats') =~ /^cmdstat_evalsha:calls=(\d+)/m)[0] // 0 }

my $family = family->seed($redis);
my $token  = $family->access;
my $since  = time - 7200;
$redis->command(SET => 'oauth2:marker', int $since);

# --- What the record says

{
    my $answer = get('/active', $token);
    told($answer, 204, 'a family that lives');
    is($answer->{header}{'x-user'}, 'alice', 'and its user');
    my $before = evalshas();
    get('/active', $token) for 1 .. 3;
    is(evalshas() - $before, 3, 'one script for each request');
    get('/active', $_) for 'forged', family->access(exp => 1), family->access(scope => 'x');
    is(evalshas() - $before, 3, 'and none for a token that is refused anyhow');

    my $revoked = family->seed($redis, state => 'R');
    told(get('/active', $revoked->access), 401, 'a family that was revoked');
    ok($nginx->lines(qr/\[info\].* oauth2: access token revoked \(invalid_token\), oauth2 client: "app", family: "\Q@{[$revoked->hash]}\E", client: 127\.0\.0\.1$/) == 1, 'and its line');

    told(get('/outer/inherits', $revoked->access), 401, 'oauth2_require_active is inherited');
    told(get('/outer/cancels', $revoked->access), 204, 'until it is switched off');

    told(get('/active', family->access), 401, 'a family that has ended');
    ok($nginx->lines(qr/oauth2: access token has outlived its family \(invalid_token\)/) == 1, 'and its line');

    my $client = family(subject => '', scope => 'read');
    told(get('/active', $client->access), 204, 'a token without a user has no record');
    $client->seed($redis, state => 'R');
    told(get('/active', $client->access), 401, 'but may have a tombstone');

    my $new = family->seed($redis, layout => 2);
    told(get('/active', $new->access), 503, 'a record of a newer release');
    ok($nginx->lines(qr/\[error\].* oauth2: the family's record has an unknown layout, oauth2 client/) == 1, 'and its line');
}

{
    my $answer = $nginx->password;
    my $bearer = $answer->{json}{access_token};
    told(get('/active', $bearer), 204, 'a token that the endpoint has issued');
    my $issued = Live::Family->of($answer->{json}{refresh_token});
    $nginx->refresh($answer->{json}{refresh_token});
    told(get('/active', $bearer), 204, 'it outlives a rotation');
    my $record = $redis->command(GET => $issued->key);
    $redis->command(SET => $issued->key, substr($record, 0, 1) . 'R' . substr($record, 2), 'KEEPTTL');
    told(get('/active', $bearer), 401, 'and ends with a tombstone');
}

# --- Subrequests

{
    my $before = evalshas();
    told(get('/sub', $token), 204, 'a subrequest asks as well');
    told(get('/two', $token), 204, 'and both of two locations');
    is(evalshas() - $before, 3, 'each once');
    my $revoked = family->seed($redis, state => 'R')->access;
    told(get('/sub', $revoked), 401, 'a subrequest refuses a revoked family');
    told(get('/two', $revoked), 401, 'so do two');
}

# --- A store that does not know

{
    $redis->command(SET => 'oauth2:marker', int time - 30);
    told(get('/active', family->access), 503, 'the store was emptied after the token was issued');
    sleep 1.1;    # the lines about 503 come once a second
    $redis->command(DEL => 'oauth2:marker');
    told(get('/active', family->access), 503, 'an empty store');
    ok(scalar($nginx->lines(qr/\[alert\].* oauth2: the store was emptied after the grant: restore its data, or run script\/accept-loss, oauth2 client/)), 'and its line');
    $redis->command(SET => 'oauth2:marker', int $since);

    $redis->command('REPLICAOF', '127.0.0.1', free_port);
    told(get('/active', $token), 503, 'a replica cannot answer');
    $redis->command(qw(REPLICAOF NO ONE));
    $redis->command(qw(CONFIG SET min-replicas-to-write 1));
    told(get('/active', $token), 503, 'nor can a master without its replicas');
    $redis->command(qw(CONFIG SET min-replicas-to-write 0));
    ok(wait_for(sub { get('/active', $token)->{status} == 204 }), 'afterwards the token is good');

    $redis->freeze;
    my @waiting = map { begin('/active', $token) } 1 .. 5;
    my $passive = get('/passive', $token);
    isnt($passive->{status}, 503, 'without oauth2_require_active nobody waits');
    my @answers = map { $_->answer } @waiting;
    is(join(' ', map { $_->{status} } @answers), '503 503 503 503 503', 'a Redis that stands still');
    my ($longest) = sort { $b <=> $a } map { $_->{took} } @answers;
    cmp_ok($longest, '<', 1.5 + ($ENV{TEST_NGINX_BINARY} ? 20 : 5), 'nobody waits longer than the budget');
    is(get('/busy', $token)->{body}, '[]', 'error_page answers, and shows nothing of a token that is in doubt');
    is(get('/sub', $token)->{status}, 500, 'auth_request takes 503 for an error');
    my $late = begin('/active', $token);
    sleep 0.2;
    $redis->thaw;
    is($late->answer->{status}, 204, 'who waits when it goes on gets its answer');
    ok(wait_for(sub { get('/active', $token)->{status} == 204 }), 'and so does everybody after');

    $redis->stop;
    told(get('/active', $token), 503, 'no Redis');
    isnt(get('/passive', $token)->{status}, 503, 'is nothing to who does not ask it');
    $redis->launch;
    $family->seed($redis);
    $redis->command(SET => 'oauth2:marker', int $since);
    ok(wait_for(sub { get('/active', $token)->{status} == 204 }), 'it comes back');
}

# --- Clients that leave, and bodies

sub left { scalar grep { / 499 / } split /\n/, slurp("$nginx->{dir}/access.log") }

for my $how (0, 1) {
    for my $path ('/active', '/sub', '/two') {
        my $before = left();
        $redis->freeze;
        my $gone = begin($path, $token);
        my $stays = begin($path, $token);
        sleep 0.1;
        $gone->leave($how);
        ok(wait_for(sub { left() > $before }), "$path: a client that leaves is noticed");
        $redis->thaw;
        is($stays->answer->{status}, 204, "$path: another one is not disturbed");
    }
}

{
    my $size = 300_000;
    $redis->freeze;
    my $upload = begin('/upload', $token, method => 'POST', body => 'x' x 1000,
        headers => ['Connection: close', "Content-Length: $size"]);
    sleep 0.1;
    $upload->send('x' x ($size - 1000));
    sleep 0.1;
    $redis->thaw;
    is($upload->answer->{body}, $size, 'a body that comes while Redis is asked arrives');

    my @keep = ('Connection: keep-alive', 'Content-Length: 5');
    my $revoked = family->seed($redis, state => 'R')->access;
    my $connection = begin('/active', $revoked, method => 'POST', body => 'hello', headers => \@keep);
    is($connection->answer->{status}, 401, 'a refused request with a body');
    $connection->send("GET /active HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $token\r\nConnection: close\r\n\r\n");
    is($connection->answer->{status}, 204, 'and the next one of its connection');

    $connection = $nginx->connection->send(join '', map {
        "GET /active HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer $_\r\n\r\n" }
        $revoked, family->seed($redis)->access(scope => 'x'), "$token\r\nConnection: close");
    is(join(' ', map { $connection->answer->{status} } 1 .. 3), '401 403 204', 'pipelined requests');
}

# --- HTTP/2

{
    my $client = Live::Http2->connect($h2);
    my $call   = sub {
        my $stream = $client->begin(
            [te => 'trailers', 'content-type' => 'application/grpc', 'x-user' => 'mallory', @_],
            path => '/rpc.Echo/Say');
        $client->data($stream, "\0\0\0\0\0", end => 1);
        return $client->answer($stream);
    };
    my $answer = $call->(authorization => "Bearer $token");
    is("$answer->{status} $answer->{body}", '200 [alice][]', 'gRPC: the upstream hears of the user alone');
    is($call->()->{status}, 401, 'gRPC: without a token');
    is($call->(authorization => 'Bearer x')->{status}, 401, 'gRPC: with a bad token');
}

{
    my $client = Live::Http2->connect($h2);
    my $start  = sub { $client->begin([authorization => "Bearer $_[1]"], method => 'GET', path => $_[0], end => 1) };
    my $revoked = family->seed($redis, state => 'R')->access;
    my @streams = map { $start->('/active', $_) } ($token, $revoked) x 20;
    is(join(' ', map { $client->answer($_)->{status} } @streams), join(' ', (204, 401) x 20), 'HTTP/2: forty streams');
    $redis->freeze;
    my @gone  = map { $start->($_, $token) } '/active', '/sub', '/two';
    my $stays = $start->('/active', $token);
    sleep 0.1;
    $client->reset($_) for @gone;
    sleep 0.1;
    $redis->thaw;
    is($client->answer($stays)->{status}, 204, 'HTTP/2: streams that are reset disturb nobody');
    is($client->answer($start->('/two', $token))->{status}, 204, 'HTTP/2: two questions');
}

# --- WebSocket

for my $try ([101, $token], [401, undef], [401, 'forged']) {
    my ($status, $bearer) = @$try;
    my $connection = begin('/socket', $bearer, headers => ['Upgrade: echo', 'Connection: upgrade']);
    1 while $connection->{buffer} !~ /\r\n\r\n/ && $connection->fill(time + 10);
    like($connection->{buffer}, qr/^HTTP\/1.1 $status /, "an upgrade: $status");
    next unless $status == 101;
    $connection->send('hello');
    1 while $connection->{buffer} !~ /HELLO/ && $connection->fill(time + 10);
    like($connection->{buffer}, qr/alice:HELLO$/, 'and bytes go both ways');
    $connection->leave;
}

# --- The end

unlike($nginx->log, qr/[\w-]{60}/, 'no token stands in the log');
$redis->freeze;
my @last = map { begin($_, $token) } '/active', '/two';
sleep 0.1;
$nginx->signal('QUIT');
sleep 0.1;
$redis->thaw;
is(join(' ', map { $_->answer->{status} } @last), '204 204', 'who waits when nginx quits is answered');
finish($nginx, qr{the store was emptied});
done_testing;
