# Tokens that are not ours are refused without asking Redis, as many as there may be.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(sha256);
use Live;
use MIME::Base64 qw(encode_base64url decode_base64url);
use Test::More;

my $redis = redis;
my $nginx = nginx(redis => $redis);
srand 4711;

my $family = family->seed($redis, generation => 7);
my $token  = $family->token(7);
my $record = $redis->command('GET', $family->key);

sub noise { join '', map { chr int rand 256 } 1 .. shift }

sub flipped {
    my $bytes = decode_base64url($token);
    my $bit   = int rand 8 * length $bytes;
    vec($bytes, $bit, 1) ^= 1;
    return encode_base64url($bytes);
}

my $foreign = family(client => 'other')->token(7);
my $unknown = family(root => sha256('nobody has this key'))->token(7);
my $future  = family(version => 2)->token(7);

my @kinds = (
    sub { encode_base64url(noise(42)) },
    sub { encode_base64url("\1" . noise(41)) },
    sub { substr $token, 0, int rand 56 },
    sub { $token . substr encode_base64url(noise(30)), 0, 1 + int rand 40 },
    sub { flipped() },
    sub { flipped() },
    sub { $foreign },
    sub { $unknown },
    sub { $future },
    sub { noise(int rand 100) },
    sub { my $t = $token; substr($t, int rand 56, 1) = ('+', '/', '=', "\n", ' ', "\0", '%')[rand 7]; $t },
    sub { encode_base64url(decode_base64url($token) . "\0") },
    sub { $token =~ tr/A-Za-z/a-zA-Z/r },
    sub { 'A' x (1 + int rand 7000) },
);

# Over one connection, as a client would that guesses.
sub attack {
    my $count = shift;
    my ($wrong, $connection) = (0);
    for my $i (1 .. $count) {
        my $garbage = $kinds[$i % @kinds]->();
        $connection //= $nginx->connection;
        my $answer = $connection->send($nginx->message(
            Live::Nginx::form(grant_type => 'refresh_token', refresh_token => "$garbage"), connection => 'keep-alive'))->answer;
        my $expected = $garbage =~ /^[\x21-\x7e]+\z/ ? qr/^invalid_grant$/ : qr/^invalid_(?:grant|request)$/;
        if ($answer->{status} != 400 || ($answer->{json}{error} // '') !~ $expected) {
            ++$wrong;
            diag("$answer->{status} $answer->{body}: " . unpack 'H*', $garbage);
        }
        undef $connection if ($answer->{header}{connection} // '') ne 'keep-alive';
    }
    return $wrong;
}

sub resident {
    my ($worker) = $nginx->workers;
    my ($pages) = slurp("/proc/$worker/statm") =~ /^\d+ (\d+)/;
    return $pages * 4;
}

my ($worker) = $nginx->workers;
my $other = family->seed($redis, generation => 7);
recovers($nginx, $other->token(7), $other->token(8), 'the store works');
$redis->reset_calls;
is(attack(1000), 0, 'a thousand tokens of all kinds of garbage are refused');
my $first = resident();
is(attack(1000), 0, 'and another thousand');
my $second = resident();

my @called = grep { !/^(?:auth|client\|\w+|config\|\w+|hello|info|ping|select)$/ } sort keys %{ $redis->calls };
is("@called", '', 'Redis saw no key and no script command');
is(($nginx->workers)[0], $worker, 'the worker lives');
is($redis->command('GET', $family->key), $record, 'the family is untouched');
SKIP: {
    skip 'a checker keeps freed memory', 1 if $ENV{TEST_NGINX_BINARY};
    cmp_ok($second - $first, '<', 1024, 'memory does not grow with the requests (KiB)');
}
my $lines = $nginx->lines(qr/\[(?:warn|error|alert|crit)\]/);
ok($lines < 50, 'the log is not flooded above info') or diag($lines);
is(scalar($nginx->lines(qr/@{[quotemeta substr $token, 0, 30]}/)), 0, 'and shows no token');
same_token($nginx->refresh($token), $family->token(8), 'the genuine token works');

finish($nginx);
done_testing;
