# A reply that is late, doubled, cut short or nobody's never meets another request.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $redis = redis;
my $proxy = proxy(redis => $redis);
my $count = 0;
my $nginx;
my @all;

# A new nginx has not learnt yet to reconnect at ease.
sub renew {
    $nginx->quit if $nginx;
    push @all, $nginx = nginx(redis => $proxy, timeout => '300ms');
}

renew();

sub fresh { my $n = ++$count; return family(subject => "user$n")->seed($redis, generation => 7) }

# Sends the requests together. The number of answers that are neither the successor nor 503; a 503
# must be followed by the successor.
sub strays {
    my @families = @_;
    my @answers  = map { $_->answer } map { $nginx->begin_refresh($_->token(7)) } @families;
    $proxy->heal;
    my $wrong = 0;
    for my $i (0 .. $#families) {
        my ($answer, $family) = ($answers[$i], $families[$i]);
        if ($answer->{status} == 503) {
            wait_for { $answer = $nginx->refresh($family->token(7)); $answer->{status} != 503 };
        }
        my $claims = $answer->{json}{access_token} && $i == 0
            ? OAuth2Test::Token::access_claims($family->{identity}, $answer->{json}{access_token})
            : { subject => $family->{identity}{subject} };
        next if ($answer->{json}{refresh_token} // '') eq $family->token(8)
            && $claims->{subject} eq $family->{identity}{subject};
        ++$wrong;
        diag("$answer->{status} $answer->{body}");
    }
    return $wrong;
}

my $reply_size;
{
    my $family = fresh();
    my $record = $redis->command('GET', $family->key);
    $reply_size = length($record) + 9 + 5 + 2;
}

{
    my $wrong = 0;
    for my $bytes (0 .. $reply_size - 1) {
        renew() if $bytes % 4 == 0;
        $proxy->rule(match => 'EVALSHA', action => 'truncate', bytes => $bytes);
        $wrong += strays(fresh(), fresh());
    }
    is($wrong, 0, "a reply that ends after any of its $reply_size bytes");
}

{
    my $wrong = 0;
    for (my $bytes = 0; $bytes < $reply_size; $bytes += $bytes < 16 ? 3 : 13) {
        $proxy->rule(match => 'EVALSHA', action => 'truncate', bytes => $bytes, stay => 1);
        $wrong += strays(fresh(), fresh());
    }
    is($wrong, 0, 'a reply that stops in the middle for ever');
}

for my $case (
    [duplicate => {}, 'a reply that comes twice'],
    [drop      => {}, 'a reply that never comes while later ones do'],
    [delay     => { seconds => 0.45 }, 'a reply that comes after its time'],
    [prefix    => { bytes => "+PONG\r\n" }, 'a reply with a stranger before it'],
    [prefix    => { bytes => "\$-1\r\n" }, 'a reply with nothing before it'],
    [prefix    => { bytes => "-ERR out of the blue\r\n" }, 'a reply with an error before it'],
    [hold      => { seconds => 0.45 }, 'a command that arrives late'],
    [reply     => { bytes => "+OK\r\n" }, 'a reply that is none of a script'],
    [reply     => { bytes => ":1\r\n" }, 'a number'],
    [reply     => { bytes => "\$-1\r\n" }, 'nothing'],
    [reply     => { bytes => "\$0\r\n\r\n" }, 'an empty string'],
    [reply     => { bytes => "\$9\r\n12345678M\r\n" }, 'a verdict of another request'],
    [reply     => { bytes => "*1\r\n\$9\r\n12345678M\r\n" }, 'a list'],
    [reply     => { bytes => "*-1\r\n" }, 'no list'],
    [reply     => { bytes => "%1\r\n+a\r\n+b\r\n" }, 'a type of a newer protocol'],
    [reply     => { bytes => "hello\r\n" }, 'no reply at all'],
    [reply     => { bytes => "\0" x 100 }, 'NUL bytes'],
    [reply     => { bytes => "\$536870912\r\n" . 'x' x 100_000 }, 'half a gigabyte announced'],
    [reply     => { bytes => "\$99999999999999999999\r\n" }, 'a length beyond all numbers'],
    [reply     => { bytes => "\$-7\r\n" }, 'a negative length'],
    [reply     => { bytes => '+' . 'x' x 200_000 . "\r\n" }, 'a line that is too long'],
    [reply     => { bytes => "-\r\n" }, 'an empty error'],
    [reply     => { bytes => "-ERR \e[2J%s%n\r\n" }, 'an error that would draw on a terminal'],
    [reply     => { bytes => "-NOSCRIPT for ever\r\n", times => 9 }, 'scripts that are never known'],
    [reply     => { bytes => "-MOVED 1 127.0.0.1:1\r\n" }, 'a redirection'],
    [reply     => { bytes => "-ASK 1 127.0.0.1:1\r\n" }, 'another redirection'],
    [reply     => { bytes => "-WRONGTYPE a list\r\n" }, 'a key of another type'],
    [reply     => { bytes => "-TRYAGAIN later\r\n" }, 'a slot that moves'],
    [reply     => { bytes => "-CLUSTERDOWN now\r\n" }, 'a cluster that is down'],
    [reply     => { bytes => "-ERR Error running script (call to f_1): \@user_script:1: -READONLY You can't\r\n" },
        'an error of an older Redis'],
) {
    my ($action, $how, $name) = @$case;
    renew() if $count % 3 == 0;
    $proxy->rule(match => 'EVALSHA', action => $action, %$how);
    is(strays(map { fresh() } 1 .. 4), 0, $name);
}

for (1 .. 3) {
    my $family = fresh();
    $proxy->rule(match => 'EVALSHA', action => 'dribble');
    is(strays($family), 0, "a reply that comes byte by byte ($_)");
}

{
    my @families = map { fresh() } 1 .. 4;
    my $record   = $redis->command('GET', fresh()->key);
    my $forged   = 'x' x 8 . "W$record";
    $proxy->inject('$' . length($forged) . "\r\n$forged\r\n");
    is(strays(@families), 0, 'a reply out of the blue on an idle connection');
}

{
    my @families = map { fresh() } 1 .. 4;
    my $record   = $redis->command('GET', fresh()->key);
    my $forged   = 'x' x 8 . "W$record";
    $redis->freeze;
    my @answers = map { $nginx->begin_refresh($_->token(7)) } @families;
    select undef, undef, undef, 0.05;
    $proxy->inject('$' . length($forged) . "\r\n$forged\r\n");
    select undef, undef, undef, 0.05;
    $redis->thaw;
    $_->answer for @answers;
    is(strays(@families), 0, 'a reply out of the blue on a busy one');
}

is($redis->command('EVAL', <<'EOT', 0), 0, 'no family was ended and none went astray');
local wrong = 0
for _, key in ipairs(redis.call('KEYS', 'oauth2:{*')) do
    local record = redis.call('GET', key)
    if string.sub(record, 2, 2) ~= 'L' or string.byte(record, 6) > 8 then wrong = wrong + 1 end
end
return wrong
EOT

unlike(join('', map { $_->log } @all), qr/\e/, 'no error text of Redis comes into the log raw');
my @expected = (qr/\[alert\].*oauth2: redis "[^"]*" (?:sent|answered)/, qr/\[alert\].*oauth2: refresh token is too far ahead/);
finish($nginx, @expected);
is(join('', map { $_->trouble(@expected) } @all), '', 'nothing else is wrong');
done_testing;
