# A family is one line, whoever uses its tokens at the same time.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $redis = redis;
my $proxy = proxy(redis => $redis);
my $nginx = nginx(redis => $redis, workers => 3, timeout => '5s');
my $far   = nginx(redis => $proxy, timeout => '5s');

sub statuses { join ' ', map { $_->{status} } @_ }

{
    my $family  = family->seed($redis, generation => 7);
    my @answers = map { $_->answer } map { $nginx->begin_refresh($family->token(7)) } 1 .. 50;
    is(statuses(@answers), join(' ', (200) x 50), 'fifty uses at a time are all answered');
    my %tokens = map { ($_->{json}{refresh_token} // '') => 1 } @answers;
    is(join(' ', keys %tokens), $family->token(8), 'they get one successor');
    my %access = map { $_->{json}{access_token} => 1 } @answers;
    is(keys %access, 50, 'each has an access token of its own');
    is($family->record($redis)->{generation}, 8, 'the family moved by one generation');
    same_token($nginx->refresh($family->token(8)), $family->token(9), 'the successor works');
}

{
    my $family = family->seed($redis, generation => 7);
    $redis->freeze;
    my @flight = map { $nginx->begin_refresh($family->token(7)) } 1 .. 12;
    select undef, undef, undef, 0.2;
    $redis->thaw;
    my @answers = map { $_->answer } @flight;
    my %tokens = map { ($_->{json}{refresh_token} // '') => 1 } @answers;
    is(join(' ', keys %tokens), $family->token(8), 'uses that pile up before a slow store get one successor');
}

{
    my @families = map { family->seed($redis, generation => 7) } 1 .. 5;
    $redis->freeze;
    my @flight = map { $far->begin_refresh($families[$_ % 5]->token(7), more => [scope => 'read write']) } 0 .. 799;
    select undef, undef, undef, 0.3;
    $redis->thaw;
    my @answers = map { $_->answer } @flight;
    my @wrong = grep { ($answers[$_]{json}{refresh_token} // '') ne $families[$_ % 5]->token(8) } 0 .. 799;
    is(@wrong, 0, 'eight hundred requests before a frozen store get their answers when it thaws')
        or diag("$answers[$wrong[0]]{status} $answers[$wrong[0]]{body}");
}

{
    my $family = family->seed($redis, generation => 7);
    my @answers = map { $_->answer } map { ($_ % 2 ? $nginx : $far)->begin_refresh($family->token(7)) } 1 .. 20;
    my %tokens = map { ($_->{json}{refresh_token} // '') => 1 } @answers;
    is(join(' ', keys %tokens), $family->token(8), 'two hosts give the same successor');
}

{
    my $family = family->seed($redis, generation => 7);
    my $before = $proxy->count('EVALSHA');
    $proxy->rule(match => 'EVALSHA', action => 'hold', seconds => 0.8);
    my $slow = $far->begin_refresh($family->token(7));
    wait_for { $proxy->count('EVALSHA') > $before };
    select undef, undef, undef, 0.1;
    same_token($nginx->refresh($family->token($_)), $family->token($_ + 1), "generation $_ rotates meanwhile")
        for 7 .. 9;
    same_token($slow->answer, $family->token(10),
        'a request that was overtaken by three rotations gets the newest token');
    is($family->record($redis)->{state}, 'L', 'the family lives');
    same_token($nginx->refresh($family->token(10)), $family->token(11), 'the line goes on');
    is(scalar(() = $far->lines(qr/overtaken/)), 1, 'the log says that it was overtaken');
}

{
    my $family = family->seed($redis, generation => 7);
    $proxy->rule(match => 'EVALSHA', action => 'hold', seconds => 0.8);
    my $slow = $far->begin_refresh($family->token(6));
    select undef, undef, undef, 0.2;
    same_token($nginx->refresh($family->token(7)), $family->token(8), 'the newest token rotates meanwhile');
    same_token($slow->answer, $family->token(8), 'a tab that woke up with an older token gets the newest');
    is($family->record($redis)->{state}, 'L', 'its family lives too');
}

{
    my @families = map { family->seed($redis, generation => 1) } 1 .. 8;
    my %token = map { $_ => $families[$_]->token(1) } 0 .. 7;
    my $wrong = 0;
    for my $round (1 .. 12) {
        my %flight = map { my $f = $_; $f => [map { $nginx->begin_refresh($token{$f}) } 1 .. 4] } 0 .. 7;
        for my $f (0 .. 7) {
            for my $answer (map { $_->answer } @{ $flight{$f} }) {
                ++$wrong if ($answer->{json}{refresh_token} // '') ne $families[$f]->token($round + 1);
            }
            $token{$f} = $families[$f]->token($round + 1);
        }
    }
    is($wrong, 0, 'eight users with four tabs each, twelve refreshes in a row, never get another token');
}

finish($_) for $nginx, $far;
done_testing;
