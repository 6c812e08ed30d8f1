# Root keys change by reloads, one step at a time, and nobody notices.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Digest::SHA qw(sha256);
use Live;
use Test::More;

my $redis  = redis;
my $nginx  = nginx(redis => $redis, workers => 2, keys => [1]);
my %new    = (root => sha256('root key 2'));
my %third  = (root => sha256('root key 3'));

sub keys_are {
    $nginx->configure(redis => $redis, workers => 2, keys => [@_]);
    ok($nginx->reload, "nginx reloads with the keys @_");
}

my $family = family->seed($redis, generation => 7);
my $lost   = family->seed($redis, generation => 7);
same_token($nginx->refresh($family->token(7)), $family->token(8), 'one key');
same_token($nginx->refresh($lost->token(7)), $lost->token(8), 'another user will lose this answer');

keys_are(1, 2);
same_token($nginx->refresh($lost->token(7)), $lost->token(8), 'a retry after the second key was added');
same_token($nginx->refresh($family->token(8)), $family->token(9), 'the first key mints');
same_token($nginx->refresh($family->token(8)), $family->token(9), 'and does for a retry');

keys_are(2, 1);
same_token($nginx->refresh($lost->token(7)), $lost->token(8), 'a retry after the new key became the first');
same_token($nginx->refresh($family->token(8)), $family->token(9), 'also of the last token of the old key');
same_token($nginx->refresh($family->token(9)), $family->token(10, %new), 'a rotation changes the key');
same_token($nginx->refresh($family->token(9)), $family->token(10, %new), 'and so does its retry');
same_token($nginx->refresh($family->token(10, %new)), $family->token(11, %new), 'the new key goes on');

# Where hosts know both keys but do not agree on the first, a generation is still one string.
{
    my $other = nginx(redis => $redis, keys => [1, 2]);
    my $mixed = family->seed($redis, generation => 1);
    my $token = $mixed->token(1);
    my $forks = 0;
    for my $round (1 .. 8) {
        my @hosts   = $round % 2 ? ($nginx, $other) : ($other, $nginx);
        my @answers = map { $_->refresh($token)->{json}{refresh_token} // '' } @hosts, @hosts;
        ++$forks if grep { $_ ne $answers[0] || !length } @answers;
        $token = $answers[0];
    }
    is($forks, 0, 'two hosts that mint with different keys never fork a family');
    finish($other);
}

# A generation that was minted by a key which is gone.
my $pinned = family->seed($redis, generation => 9, age => 5, key_id => OAuth2Test::Token::key_id($third{root}));
unavailable($nginx->refresh($pinned->token(8, %new)), 'a retry whose key is missing is 503, not other bytes');
is($pinned->record($redis)->{state}, 'L', 'its family lives');
keys_are(2, 1, 3);
same_token($nginx->refresh($pinned->token(8, %new)), $pinned->token(9, %third), 'with the key it is the successor');

keys_are(2);
refused($nginx->refresh($lost->token(8)), 'a token of a retired key');
ok(wait_for(sub { $nginx->lines(qr/\[warn\].*unknown key/) }), 'is logged as a warning');
is($lost->record($redis)->{state}, 'L', 'it convicts nobody');
same_token($nginx->refresh($family->token(11, %new)), $family->token(12, %new), 'tokens of the new key work');
unavailable($nginx->refresh($pinned->token(8, %new)), 'a retry that needs a retired key is 503');

finish($nginx);
done_testing;
