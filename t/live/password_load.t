# Slow password hashes wait in a line of their own: a short one, and nobody else stands in it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;
use Time::HiRes qw(sleep time);

my $slow = crypt('open-sesame', '$6$rounds=100000$yyyyyyyyyyyyyyyy') // '';
plan skip_all => 'crypt has no slow hash here' unless $slow =~ /^\$6\$rounds=100000/;

my $redis = redis;
my $nginx = nginx(redis => $redis, main => 'thread_pool default threads=2;', timeout => '5s');
write_file("$nginx->{dir}/users", "alice:$slow\nbob:{PLAIN}hello-bob\n");

my $begun = time;
is($nginx->password->{status}, 200, 'a slow hash is checked');
my $cost = time - $begun;
refused($nginx->password('alice', 'wrong'), 'and a wrong password refused');

# Twice as many as may wait.
my @flight  = map { $nginx->begin_password('alice', $_ % 2 ? 'open-sesame' : 'wrong') } 1 .. 130;
my $family  = family->seed($redis, generation => 7);
my @refresh;
for my $generation (7 .. 16) {
    my $answer = $nginx->refresh($family->token($generation));
    push @refresh, $answer->{took};
    last unless ($answer->{json}{refresh_token} // '') eq $family->token($generation + 1);
}
is(@refresh, 10, 'refreshes go on while hashes are computed');
my ($longest) = sort { $b <=> $a } @refresh;
cmp_ok($longest, '<', 2 + 10 * $cost, 'and do not wait for them');

my @answers = map { $_->answer(120) } @flight;
my %count;
++$count{ $_->{status} } for @answers;
my $odd = join ' ', grep { !/^(?:200|400|503)$/ } keys %count;
is($odd, '', 'every check is answered');
cmp_ok($count{503} // 0, '>', 20, 'what does not fit into the line is 503') or diag(explain(\%count));
cmp_ok($count{200} // 0, '>', 5, 'what fits is checked');
unavailable((grep { $_->{status} == 503 } @answers)[0], 'and says when to come again');
my $wrong = grep { $answers[$_]{status} == ($_ % 2 == 0 ? 400 : 200) } 0 .. 129;
is($wrong, 0, 'no verdict meets another request');
is($nginx->password->{status}, 200, 'afterwards the line is empty');

{
    my @gone = map { $nginx->begin_password } 1 .. 100;
    sleep 0.1;
    $_->leave('reset') for @gone;
    my $answer;
    wait_for { $answer = $nginx->password('bob', 'hello-bob'); $answer->{status} != 503 } 60;
    is($answer->{status}, 200, 'a line full of clients who left is worked off');
}

finish($nginx);
done_testing;
