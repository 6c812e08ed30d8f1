# Redis over TCP: addresses, databases, passwords, and a user who may do no more than is needed.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::INET;
use Live;
use Socket qw(AF_INET6 SOCK_STREAM pack_sockaddr_in6 inet_pton);
use Test::More;

my $ipv6 = do {
    socket my $probe, AF_INET6, SOCK_STREAM, 0;
    $probe && bind $probe, pack_sockaddr_in6(0, inet_pton(AF_INET6, '::1'));
};
my $port  = free_port;
my $redis = redis(port => $port, bind => $ipv6 ? '127.0.0.1 ::1' : '127.0.0.1');

# Exactly these; each is needed, as is shown below.
my @permissions = qw(+evalsha +script|load +getex +set +pttl +ping);
my @optional    = qw(+info +select);

sub user { $redis->command('ACL', 'SETUSER', shift, qw(reset on), @_) }

user('nginx', '>p@ss:/w%rd', '~oauth2:*', @permissions, @optional);

sub works {
    my ($name, $database, %option) = @_;
    my $nginx  = nginx(timeout => '2s', connect_timeout => '2s', %option);
    my $answer = $nginx->password;
    is($answer->{status}, 200, "$name: a family is founded") or diag($answer->{body}, $nginx->log);
    my $family = Live::Family->of($answer->{json}{refresh_token} // '');
    SKIP: {
        skip 'there is no family', 3 unless $family;
        same_token($nginx->refresh($family->token($_)), $family->token($_ + 1), "$name: generation $_ rotates") for 1, 2;
        $redis->command('SELECT', $database);
        is($family->record($redis)->{generation}, 3, "$name: its record is in database $database");
        $redis->command('SELECT', 0);
    }
    return $nginx;
}

finish(works('an IPv4 address', 0, url => "redis://127.0.0.1:$port"));
finish(works('a database in the URL', 3, url => "redis://127.0.0.1:$port/3"));
finish(works('a database beside it', 5, url => "redis://127.0.0.1:$port/3", store => 'database 5;'));
finish(works('localhost', 0, url => "redis://localhost:$port"));
SKIP: {
    skip 'there is no IPv6', 5 unless $ipv6;
    finish(works('an IPv6 address', 0, url => "redis://[::1]:$port"));
}
finish(works('a user in the URL', 2, url => "redis://nginx:p%40ss%3a%2fw%25rd\@127.0.0.1:$port/2"));

# Where localhost has two addresses and Redis listens on one.
SKIP: {
    skip 'localhost has one address', 5 unless $ipv6 && `getent ahosts localhost` =~ /::1/;
    my $other = free_port;
    my $alone = redis(port => $other, bind => '127.0.0.1');
    my $nginx = nginx(redis => $alone, url => "redis://localhost:$other");
    my $family = family->seed($alone, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), 'localhost: the address that answers is found');
    $alone->stop('TERM');
    unavailable($nginx->refresh($family->token(8)), 'localhost: nobody listens');
    $alone->launch;
    $family = family->seed($alone, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), 'localhost: it is found again');
    finish($nginx);
}

# The least permissions: all of a life is possible with them, and not with one less.
{
    my $nginx = works('the least permissions', 0, url => "redis://127.0.0.1:$port",
        store  => "username nginx; password 'p\@ss:/w%rd';",
        client => 'refresh_token_reuse revoke;');
    my $family = family->seed($redis, generation => 7, age => 60);
    refused($nginx->refresh($family->token(6)), 'the least permissions: a replay is refused');
    is($family->record($redis)->{state}, 'R', 'the least permissions: and its family revoked');
    $family = family->seed($redis, generation => 7);
    same_token($nginx->refresh($family->token(7), more => [scope => 'read']), $family->token(8),
        'the least permissions: a scope may be named');
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'the least permissions: a retry');
    $redis->command(qw(SCRIPT FLUSH));
    same_token($nginx->refresh($family->token(8)), $family->token(9), 'the least permissions: forgotten scripts are loaded');
    is(scalar($nginx->lines(qr/NOPERM/)), 0, 'the least permissions: nothing was denied');
    finish($nginx);
}

for my $missing (@permissions) {
    user('less', '>secret', '~oauth2:*', grep { $_ ne $missing } @permissions, @optional);
    $redis->command(qw(SCRIPT FLUSH));
    my $nginx  = nginx(url => "redis://less:secret\@127.0.0.1:$port");
    my $family = family->seed($redis, generation => 7);
    my @answers = ($nginx->password, map { $nginx->refresh($family->token($_)) } 7, 6, 7);
    my $short = grep { $_->{status} == 503 } @answers;
    my $wrong = grep { $_->{status} != 503 && $_->{status} != 200 } @answers;
    ok($short && !$wrong, "without $missing it is 503") or diag(map { "$_->{status} $_->{body}\n" } @answers);
    ok(scalar($nginx->lines(qr/\[alert\].*oauth2: redis.* (?:NOPERM|NOSCRIPT|ERR)/)),
        "without $missing the log says why") or diag($nginx->log);
    finish($nginx, qr/\[alert\].*oauth2: redis.* (?:answered|refused)/);
}

user('other_keys', '>secret', '~another:*', @permissions, @optional);
{
    my $nginx = nginx(url => "redis://other_keys:secret\@127.0.0.1:$port");
    unavailable($nginx->password, 'a user of other keys gets nothing');
    unavailable($nginx->refresh(family->seed($redis, generation => 7)->token(7)), 'and rotates nothing');
    finish($nginx, qr/NOPERM|answered/);
}

user('no_info', '>secret', '~oauth2:*', @permissions);
finish(works('a user who may not see INFO', 0, url => "redis://no_info:secret\@127.0.0.1:$port"));

{
    my $nginx = nginx(url => "redis://127.0.0.1:$port", store => 'prefix tenant;');
    my $answer = $nginx->password;
    is($answer->{status}, 200, 'another prefix: a family is founded');
    my $family = Live::Family->of($answer->{json}{refresh_token}, prefix => 'tenant');
    ok($family, 'another prefix: it has keys of its own');
    like($family->key, qr/^tenant:\{/, 'another prefix: its record is there');
    is($family->record($redis)->{generation}, 1, 'another prefix: and is as it should be');
    finish($nginx);
}

done_testing;
