# Replicas that have to confirm, in a cluster: each node has its own.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $cluster = cluster(masters => 3, replicas => 1);
my @masters = ($cluster->nodes)[0 .. 2];
my @urls    = map { $_->url } @masters;
my $nginx   = nginx(
    url => $urls[0], store => "mode cluster; server $urls[1]; server $urls[2]; wait 1 200ms rotate;",
    timeout => '2s', server => 'location = /oauth2/revoke { oauth2_revoke; }');

sub revoke { $nginx->begin([token => $_[0]], path => '/oauth2/revoke')->answer }

# A family on this master.
sub family_on {
    my $master = shift;
    for my $number (1 .. 200) {
        my $family = family(subject => "user $number");
        next if $cluster->master_of($family->key) != $master;
        $master->command('SET', $family->key, '');
        return $family->seed($cluster, generation => 1);
    }
    die "no family there\n";
}

for my $master (@masters) {
    my $family = family_on($master);
    same_token($nginx->refresh($family->token(1)), $family->token(2), 'a node confirms a rotation');
}

my ($first, $second) = @masters;
my ($here, $there) = map { family_on($_) } $first, $second;
my $replica = $cluster->replica_of($first);
$replica->freeze;
unavailable($nginx->refresh($here->token(1)), 'without its replica, a node confirms nothing');
same_token($nginx->refresh($there->token(1)), $there->token(2), 'the other nodes do');
$replica->thaw;
recovers($nginx, $here->token(1), $here->token(2), 'and it does once it is back');

# What was acknowledged outlives its node.
my @families = map { family_on($first) } 1 .. 6;
my @rotated  = grep { $nginx->refresh($families[$_]->token(1))->{status} == 200 } 0 .. 2;
my @revoked  = grep { revoke($families[$_]->token(1))->{status} == 200 } 3 .. 5;
is(@rotated + @revoked, 6, 'rotations and revocations are acknowledged');
$first->stop;
wait_for { $cluster->is_master($replica) };
my @generations = map { $families[$_]->record($replica)->{generation} } @rotated;
my @states      = map { $families[$_]->record($replica)->{state} } @revoked;
is("@generations @states", '2 2 2 R R R', 'and the replica that takes over has them all');

# It has no replica of its own now.
my $answer;
wait_for {
    $answer = $nginx->refresh($here->token(2));
    my @few = $nginx->lines(qr/has too few replicas/);
    @few > 1;
};
unavailable($answer, 'but confirms no more, as it has no replica itself');
same_token($nginx->refresh($there->token(2)), $there->token(3), 'the other nodes go on');

finish($nginx);
done_testing;
