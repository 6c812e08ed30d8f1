# script/family: what the rotation rule leaves to an operator.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

plan skip_all => 'there is no redis-cli' if system('command -v redis-cli >/dev/null');

my $redis = redis;
my $nginx = nginx(redis => $redis);
my ($socket) = $redis->url =~ /^unix:(.*)/;

sub command {
    my ($verb, $hash, @more) = @_;
    my $pid = open my $out, '-|' // die;
    if (!$pid) {
        open STDERR, '>&', \*STDOUT;
        exec "$FindBin::Bin/../../script/family", $verb, $hash, @more, '-s', $socket or exit 127;
    }
    local $/;
    my $text = <$out> // '';
    close $out;
    return { text => $text, status => $? >> 8 };
}

{
    my $family = family->seed($redis, generation => 7, subject => 'alice', scope => 'read write');
    my $shown  = command(show => $family->hash);
    is($shown->{status}, 0, 'show finds a family by its hash');
    like($shown->{text}, qr/^state +live$/m, 'and tells its state');
    like($shown->{text}, qr/^generation +7$/m, 'its generation');
    like($shown->{text}, qr/^subject +alice$/m, 'whose it is');
    like($shown->{text}, qr/^scope +read write$/m, 'and for what');
}

{
    my $family = family->seed($redis, generation => 7);
    unavailable($nginx->refresh($family->token(77)), 'a token 70 generations ahead');
    my ($distance) = map { /generation distance: -(\d+)/ } $nginx->lines(qr/too far ahead/);
    is($distance, 70, 'the log names the distance');
    is(command(heal => $family->hash, $distance)->{status}, 0, 'heal takes it');
    same_token($nginx->refresh($family->token(77)), $family->token(78), 'then the token works');
}

{
    my $family = family->seed($redis, generation => 7);
    is(command(revoke => $family->hash)->{status}, 0, 'revoke ends a family');
    my $record = $family->record($redis);
    is($record->{state}, 'R', 'by a tombstone');
    ok($record->{pttl} > 80_000_000, 'with the rest of its time');
    refused($nginx->refresh($family->token(7)), 'its token is refused');
    my $healed = command(heal => $family->hash, 1);
    isnt($healed->{status}, 0, 'a revoked family is not healed');
    is($family->record($redis)->{state}, 'R', 'and stays revoked');
}

for my $wrong ([show => 'short'], [show => 'A' x 22], [heal => 'A' x 22, 'far'], [forget => 'A' x 22]) {
    my $answer = command(@$wrong);
    isnt($answer->{status}, 0, "@$wrong is refused");
    like($answer->{text}, qr/script\/family/, 'with a word why');
}

finish($nginx, qr{too far ahead});
done_testing;
