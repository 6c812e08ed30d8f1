# A client may leave at any moment: what was not sent to Redis never is, what was is finished.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Socket::INET;
use Live;
use Test::More;
use Time::HiRes qw(sleep time);

srand 4711;
my $redis  = redis;
my $proxy  = proxy(redis => $redis);
my $port   = free_port;
my $checks = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 10) or die;
my $slow   = crypt('open-sesame', '$6$rounds=500000$yyyyyyyyyyyyyyyy') // '';

my $nginx = nginx(
    redis => $proxy, timeout => '4s', connect_timeout => '4s',
    server => <<"EOT");
        location = /upstream/token { oauth2_token; oauth2_password_auth /check; }
        location = /check { internal; proxy_pass http://127.0.0.1:$port; }
EOT

sub left { scalar grep { / 499 / } split /\n/, slurp("$nginx->{dir}/access.log") }

sub leave_noticed {
    my ($connection, $how) = @_;
    my $before = left();
    $connection->leave($how);
    return wait_for { left() > $before };
}

sub descriptors { my ($worker) = $nginx->workers; scalar(() = glob "/proc/$worker/fd/*") }

sub still_works {
    my $name   = shift;
    my $family = family->seed($redis, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), "$name: the next request is served");
}

still_works('at first');
is($nginx->password->{status}, 200, 'at first: a family is founded');
my $descriptors = descriptors();

# --- Before its rotation was sent

for my $how ('', 'reset') {
    my $name   = $how ? 'a reset' : 'a close';
    my $family = family->seed($redis, generation => 7);
    $proxy->stall(accepting => 1);
    $proxy->cut;
    my $patient = family->seed($redis, generation => 7);
    my @gone    = map { $nginx->begin_refresh($family->token(7)) } 1 .. 3;
    my $stays   = $nginx->begin_refresh($patient->token(7));
    sleep 0.2;
    my $before = $proxy->count('EVALSHA');
    ok(leave_noticed($_, $how), "$name while nginx connects to Redis is noticed") for @gone;
    $proxy->heal;
    same_token($stays->answer, $patient->token(8), "$name: who waited is served");
    is($proxy->count('EVALSHA') - $before, 1, "$name: and nothing was sent for those who had left");
    is($family->record($redis)->{generation}, 7, "$name: their family did not move");
}

# --- After

for my $how ('', 'reset') {
    my $name   = $how ? 'a reset' : 'a close';
    my $family = family->seed($redis, generation => 7);
    $redis->freeze;
    my $gone = $nginx->begin_refresh($family->token(7));
    sleep 0.2;
    ok(leave_noticed($gone, $how), "$name while Redis works on it is noticed");
    $redis->thaw;
    ok(wait_for(sub { $family->record($redis)->{generation} == 8 }), "$name: the rotation is finished");
    same_token($nginx->refresh($family->token(7)), $family->token(8), "$name: a retry gets the successor");
}

{
    my $family = family->seed($redis, generation => 7, age => 60);
    $proxy->rule(match => 'EVALSHA', action => 'hold', seconds => 0.4);
    my $thief = $nginx->begin_refresh($family->token(5));
    sleep 0.2;
    leave_noticed($thief, 'reset');
    ok(wait_for(sub { $family->record($redis)->{state} eq 'R' }), 'a thief who hangs up ends the family nevertheless');
    ok(wait_for(sub { $nginx->lines(qr/\[warn\].*replay.*@{[quotemeta $family->hash]}/) }), 'and is reported');
}

# --- While the request is read

{
    my $family = family->seed($redis, generation => 7);
    my $text = $nginx->message(Live::Nginx::form(grant_type => 'refresh_token', refresh_token => $family->token(7)));
    my ($head) = $text =~ /^(.*?\r\n\r\n)/s;
    for my $size (1, 30, length($head) - 2, length $head, length($head) + 10, length($text) - 1) {
        for my $how ('', 'reset') {
            my $connection = $nginx->connection->send(substr $text, 0, $size);
            sleep 0.02;
            $connection->leave($how);
        }
    }
    still_works('parts of a request');
    is($family->record($redis)->{generation}, 7, 'parts of a request: none was taken for a whole one');
}

# --- While the password is checked

SKIP: {
    skip 'crypt has no slow hash here', 4 unless $slow =~ /^\$6\$rounds=500000/;
    write_file("$nginx->{dir}/users", "alice:$slow\n");
    my $before = $proxy->count('EVALSHA');
    my @gone = map { $nginx->begin_password } 1 .. 3;
    sleep 0.05;
    $_->leave('reset') for @gone;
    still_works('a hash is computed');
    my $answer = $nginx->password;
    is($answer->{status}, 200, 'a hash is computed: later checks are done') or diag($answer->{body});
    is($proxy->count('EVALSHA') - $before, 2, 'a hash is computed: nobody who left got a family');
}

{
    my $before = $proxy->count('EVALSHA');
    my $ask    = sub {
        my $text = $nginx->message('grant_type=password&username=alice&password=x');
        return $nginx->connection->send($text =~ s{/oauth2/token}{/upstream/token}r);
    };
    my @gone = map { $ask->() } 1 .. 3;
    my @asked = map { scalar $checks->accept } @gone;
    my $request;
    sysread $_, $request, 65536 for @asked;
    ok(leave_noticed($_, 'reset'), 'a client that leaves while the upstream checks is noticed') for @gone;
    for (@asked) { syswrite $_, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"; close $_ }
    still_works('an upstream checks');
    is($proxy->count('EVALSHA') - $before, 1, 'an upstream checks: nobody who left got a family');

    my $stays = $ask->();
    my $check = $checks->accept;
    sysread $check, $request, 65536;
    syswrite $check, "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n";
    close $check;
    is($stays->answer->{status}, 200, 'an upstream checks: who stays gets one');
}

# --- At any moment

{
    my @families = map { family->seed($redis, generation => 7) } 1 .. 10;
    my @open;
    for my $i (1 .. 300) {
        my $family = $families[$i % 10];
        my $connection = $nginx->begin_refresh($family->token(7)) or next;
        push @open, $connection;
        sleep rand 0.002;
        (splice @open, int rand @open, 1)->leave(int rand 2) if @open > 5;
    }
    $_->leave('reset') for @open;
    my @wrong = grep { ($nginx->refresh($_->token(7))->{json}{refresh_token} // '') ne $_->token(8) } @families;
    is(@wrong, 0, 'three hundred clients that leave at any moment cost nobody his session');
}

ok(wait_for(sub { descriptors() <= $descriptors + 2 }), 'no connection is left open')
    or diag(descriptors() . " instead of $descriptors");
finish($nginx);
done_testing;
