# The check of a refresh may take as long as it likes, and its client may leave at any moment.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use IO::Select;
use IO::Socket::INET;
use Live;
use Live::Http2;
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep);

my $redis  = redis;
my $proxy  = proxy(redis => $redis);
my $checks = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Listen => 20) or die "no socket: $!\n";
my $h2     = free_port;
my %check  = (
    redis => $proxy, client => 'refresh_token_retry 1s;', location => 'oauth2_refresh_auth /check;',
    server => "location = /check { internal; proxy_pass http://127.0.0.1:" . $checks->sockport . "; }\n");
my $nginx = nginx(%check, server => "$check{server} listen 127.0.0.1:$h2 http2;");

# The check that the upstream is asked for next: its connection and the request.
sub asked {
    return unless IO::Select->new($checks)->can_read(patient_seconds());
    my $check = $checks->accept;
    sysread $check, my $request, 65536;
    return ($check, $request);
}

sub says {
    my ($check, $status, $headers) = @_;
    syswrite $check, "HTTP/1.0 $status x\r\n" . ($headers // '') . "Content-Length: 0\r\n\r\n";
    close $check;
}

sub nobody_is_asked {
    my $name = shift;
    ok(!IO::Select->new($checks)->can_read(0.1), "$name: nobody is asked again");
}

sub left { scalar grep { / 499 / } split /\n/, slurp("$nginx->{dir}/access.log") }

sub leave_noticed {
    my ($connection, $how) = @_;
    my $before = left();
    $connection->leave($how);
    return wait_for { left() > $before };
}

sub commands { $proxy->count('EVALSHA') }

# A first command, so that Redis knows the script that reads.
{
    my $family  = family->seed($redis, generation => 7);
    my $request = $nginx->begin_refresh($family->token(7));
    my ($check, $text) = asked();
    like($text, qr/^X-OAuth2-Subject: alice\r$/m, 'the upstream is asked about the subject');
    unlike($text, qr/@{[ $family->token(7) ]}|^Authorization:|^Content-/mi, 'and gets no secret');
    says($check, 204);
    same_token($request->answer, $family->token(8), 'a yes rotates');
    nobody_is_asked('a yes');
    is_deeply([map { $family->record($redis)->{$_} } qw(generation state)], [8, 'L'], 'in Redis too');
}

# --- Slower than the retry window

{
    my $family  = family->seed($redis, generation => 8, age => 0.2);
    my $request = $nginx->begin_refresh($family->token(7));
    my ($check) = asked();
    sleep 1.5;
    says($check, 204);
    same_token($request->answer, $family->token(8), 'a retry gets its successor after a check longer than the window');
    is($family->record($redis)->{state}, 'L', 'and its family lives');
}

{
    my $family   = family->seed($redis, generation => 7);
    my @requests = map { $nginx->begin_refresh($family->token(7)) } 1 .. 3;
    my @checks   = map { (asked())[0] } @requests;
    says(shift @checks, 204);
    ok(wait_for(sub { $family->record($redis)->{generation} == 8 }), 'one of three is checked, and rotates');
    sleep 1.5;
    says($_, 204) for @checks;
    same_token($_->answer, $family->token(8), 'all of them get one successor') for @requests;
    is($family->record($redis)->{generation}, 8, 'the family did not fork');
}

{
    my $family = family->seed($redis, generation => 7);
    my $slow   = $nginx->begin_refresh($family->token(7));
    my ($check) = asked();
    for my $generation (7, 8) {
        my $quick = $nginx->begin_refresh($family->token($generation));
        says((asked())[0], 204);
        same_token($quick->answer, $family->token($generation + 1), "generation $generation is quicker");
    }
    sleep 1.5;
    says($check, 204);
    same_token($slow->answer, $family->token(9), 'who was overtaken during the check gets the newest');
    is($family->record($redis)->{state}, 'L', 'and its family lives');
}

# --- Clients that leave

for my $how ('', 'reset') {
    my $name    = $how ? 'a reset' : 'a close';
    my $family  = family->seed($redis, generation => 7);
    my $before  = commands();
    my @gone    = map { $nginx->begin_refresh($family->token(7)) } 1 .. 3;
    my @waiting = map { (asked())[0] } @gone;
    ok(leave_noticed($_, $how), "$name during the check is noticed") for @gone;
    says($_, 204) for @waiting;
    sleep 0.2;
    is(commands() - $before, 3, "$name: nothing but the record was asked for");
    is($family->record($redis)->{generation}, 7, "$name: the family did not move");

    my $again = $nginx->begin_refresh($family->token(7));
    says((asked())[0], 204);
    same_token($again->answer, $family->token(8), "$name: the token is as good as before");
}

{
    my $family  = family->seed($redis, generation => 7);
    my $request = $nginx->begin_refresh($family->token(7));
    my ($check) = asked();
    my $before  = commands();
    $proxy->rule(match => 'EVALSHA', action => 'hold', seconds => 0.4);
    says($check, 403, "X-OAuth2-Revoke: family\r\n");
    ok(wait_for(sub { commands() > $before }), 'the end of a family is on its way');
    leave_noticed($request, 'reset');
    ok(wait_for(sub { $family->record($redis)->{state} eq 'R' }), 'it comes though the client leaves');
    ok(wait_for(sub { $nginx->lines(qr/\[info\].*refresh refused by its check, family revoked.*@{[quotemeta $family->hash]}/) }),
        'and is reported');
}

# --- Redis fails meanwhile

for my $answer ([204, 'a yes'], [403, 'an end', "X-OAuth2-Revoke: family\r\n"]) {
    my ($status, $name, $header) = @$answer;
    my $family  = family->seed($redis, generation => 7);
    my $request = $nginx->begin_refresh($family->token(7));
    my ($check) = asked();
    $proxy->stall;
    $proxy->cut;
    says($check, $status, $header);
    unavailable($request->answer, "$name that Redis does not hear of is 503");
    is($family->record($redis)->{generation}, 7, "$name: the family did not move");
    $proxy->heal;
    ok(wait_for(sub { ($nginx->status->{stores}[0]{state} // '') eq 'up' }), "$name: Redis is back");
    my $again = $nginx->begin_refresh($family->token(7));
    ($check) = asked();
    says($check, $status, $header);
    $status == 204
        ? same_token($again->answer, $family->token(8), "$name: the same request again does it")
        : refused($again->answer, "$name: the same request again does it");
}

# --- HTTP/2

{
    my @headers = (
        authorization  => 'Basic ' . encode_base64('app:app-secret', ''),
        'content-type' => 'application/x-www-form-urlencoded', 'x-oauth2-subject' => 'mallory');
    my $client   = Live::Http2->connect($h2);
    my @families = map { family->seed($redis, generation => 7) } 1 .. 3;
    my @streams;
    for my $family (@families) {
        push @streams, my $stream = $client->begin(\@headers);
        $client->data($stream, Live::Nginx::form(grant_type => 'refresh_token', refresh_token => $family->token(7)), end => 1);
    }
    my @checks = map { [asked()] } @streams;
    is(join(' ', map { $_->[1] =~ /^X-OAuth2-Subject: (\w+)\r$/mig } @checks), 'alice alice alice', 'HTTP/2: the same questions');
    says($_->[0], 204) for reverse @checks;
    same_token($client->answer($streams[$_]), $families[$_]->token(8), "HTTP/2: stream $_ is answered") for 0 .. 2;
}

# --- A worker that quits

{
    my $quitting = nginx(%check);
    my $family   = family->seed($redis, generation => 7);
    my $request  = $quitting->begin_refresh($family->token(7));
    my ($check)  = asked();
    $quitting->signal('QUIT');
    sleep 0.5;
    says($check, 204);
    same_token($request->answer, $family->token(8), 'a worker that quits waits for the check and rotates');
    ok(wait_for(sub { $quitting->ended }), 'then it ends');
    finish($quitting);
}

is(join('', $nginx->lines(qr/unexpected status/)), '', 'a client that leaves is no trouble of the upstream');
finish($nginx);
done_testing;
