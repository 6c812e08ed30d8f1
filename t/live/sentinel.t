# Sentinel: three of them, a primary and two replicas, and every fault of theirs.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;
use Time::HiRes qw(sleep time);

my $group = sentinels;
my @patience = (connect_timeout => '600ms');

# Clients that refresh one after the other, each as fast as it can and with what it got last, until
# `done`. Each must get the successor of what it sent, or 503.
sub drive {
    my ($nginx, $families, $done, $name) = @_;
    my ($answered, $failed, @wrong) = (0, 0);
    my $enough = time + 30;
    do {
        my @flight = map { $nginx->begin_refresh($_->token($_->{at} // 7)) } @$families;
        for my $family (@$families) {
            my $answer = (shift @flight)->answer;
            my $next   = ($family->{at} // 7) + 1;
            if (($answer->{json}{refresh_token} // '') eq $family->token($next)) {
                $family->{at} = $next;
                ++$answered;
            } elsif ($answer->{status} == 503) {
                ++$failed;
            } else {
                push @wrong, "$answer->{status} $answer->{body}";
            }
        }
        sleep 0.02;
    } until $done->() || time > $enough;
    is("@wrong", '', "$name: everybody gets the right successor or 503");
    return ($answered, $failed);
}

sub seeded { map { family->seed($group->primary, generation => 7) } 1 .. $_[0] }

sub all_go_on {
    my ($nginx, $families, $name) = @_;
    my $healed = time;
    my @wrong;
    for my $family (@$families) {
        my $at = $family->{at} // 7;
        my $answer;
        wait_for { $answer = $nginx->refresh($family->token($at)); $answer->{status} != 503 } 10;
        push @wrong, "$answer->{status} $answer->{body}"
            if ($answer->{json}{refresh_token} // '') ne $family->token($at + 1);
        $family->{at} = $at + 1;
    }
    is("@wrong", '', "$name: every family goes on");
    cmp_ok(time - $healed, '<', 10, "$name: soon");
}

sub sockets_of { my $pid = shift; scalar grep { (readlink($_) // '') =~ /^socket/ } glob "/proc/$pid/fd/*" }

sub clients_of_nodes { join ' ', map { $_->clients } $group->primary, $group->replicas }

sub as_before {
    my ($nginx, $workers, $sockets, $name) = @_;
    ok(wait_for(sub { clients_of_nodes() eq "$workers 0 0" }), "$name: connected to the primary, once a worker")
        or diag(clients_of_nodes());
    ok(wait_for(sub { !grep { sockets_of($_) != $sockets } $nginx->workers }), "$name: no socket is left over")
        or diag(join ' ', map { sockets_of($_) } $nginx->workers);
}

my ($first) = $group->sentinels;
$first->freeze;
my $nginx = nginx($group->options, workers => 2, @patience);
my @families = seeded(10);
all_go_on($nginx, \@families, 'a dead sentinel that is the first of the list');
$first->thaw;
ok(wait_for(sub { clients_of_nodes() eq '2 0 0' }), 'each worker is connected to the primary');
sleep 1.5;
my ($sockets) = map { sockets_of($_) } $nginx->workers;

# --- A failover that is asked for, under load

{
    my $old = $group->primary;
    my $new;
    $group->fail_over;
    my ($answered, $failed) = drive($nginx, \@families, sub { $new = $group->primary; $new != $old && $new->clients == 2 }, 'failover by hand');
    cmp_ok($answered, '>', 0, 'and some requests were answered meanwhile');
    all_go_on($nginx, \@families, 'failover by hand');
    $group->settle;
    as_before($nginx, 2, $sockets, 'failover by hand');
}

# --- The primary dies

{
    my $old  = $group->primary;
    my $lost = family->seed($old, generation => 7);
    my $left = $nginx->begin_refresh($lost->token(7));
    ok(wait_for(sub { $lost->record($old)->{generation} == 8 }), 'kill -9: a family rotates, and its client hears nothing');
    $left->leave('reset');
    $old->command('WAIT', 2, 1000);
    $old->stop;
    unavailable($nginx->refresh($lost->token(7)), 'kill -9: without a primary it is 503');
    my $new = eval { $group->wait_for_another($old) };
    ok($new, 'kill -9: another node is the primary');
    recovers($nginx, $lost->token(7), $lost->token(8), 'kill -9: the retry gets the same successor');
    all_go_on($nginx, \@families, 'kill -9');
    ok(wait_for(sub { $new->clients == 2 }), 'kill -9: both workers are there');
    $old->launch;
    $group->settle;
    as_before($nginx, 2, $sockets, 'kill -9');
}

# --- The primary is half dead, and comes back when it is none any more

{
    my $old = $group->primary;
    $old->freeze;
    drive($nginx, \@families, sub { my $now = $group->primary; $now != $old && $now->clients == 2 }, 'half dead');
    all_go_on($nginx, \@families, 'half dead');
    $old->thaw;
    my $before = $old->calls->{evalsha};
    drive($nginx, \@families, sub { $group->is_settled }, 'thawed');
    is($old->calls->{evalsha}, $before, 'thawed: nothing is sent to it any more');
    all_go_on($nginx, \@families, 'thawed');
    as_before($nginx, 2, $sockets, 'half dead');
    ok(wait_for(sub { !grep { $_->record($old)->{generation} != $_->{at} } @families }),
        'thawed: it has what the new primary has');
}

# --- All sentinels die

{
    $_->stop for $group->sentinels;
    all_go_on($nginx, \@families, 'no sentinels: established connections go on');
    my ($primary) = grep { $_->clients } $group->nodes;
    $primary->command('CLIENT', 'KILL', 'USER', 'nginx');
    ok(wait_for(sub { $nginx->lines(qr/is not known to any Sentinel/) }), 'no sentinels: a worker that lost its connection says so');
    unavailable($nginx->refresh($families[0]->token($families[0]{at})), 'no sentinels: and answers 503');
    ok(wait_for(sub { $nginx->lines(qr/\[warn\].*has no Sentinel to hear of failovers/) }),
        'no sentinels: nor does anybody tell of failovers');
    $_->launch for $group->sentinels;
    all_go_on($nginx, \@families, 'the sentinels are back');
    $group->settle;
    as_before($nginx, 2, $sockets, 'the sentinels are back');
}

# --- Reloads and a quit in the middle of it

{
    my $old = $group->primary;
    $old->freeze;
    my $request = $nginx->begin_refresh($families[0]->token($families[0]{at}));
    ok($nginx->reload('new'), 'reload: new workers start while the primary is gone');
    isnt($request->answer->{status}, 400, 'reload: a request of an old worker is not refused');
    my $new = $group->wait_for_another($old);
    all_go_on($nginx, \@families, 'reload');
    ok(wait_for(sub { $nginx->workers == 2 }), 'reload: the old workers are gone');
    $old->thaw;
    $group->settle;
    as_before($nginx, 2, $sockets, 'reload');

    $new->freeze;
    $request = $nginx->begin_refresh($families[0]->token($families[0]{at}));
    sleep 0.1;
    $nginx->signal('QUIT');
    unavailable($request->answer, 'quit: the request is answered in the end');
    finish($nginx);
    $group->wait_for_another($new);
    $new->thaw;
    $group->settle;
}

# --- How nginx logs in to the sentinels

for my $case (
    [ 'a wrong password', 'sentinel_username nginx; sentinel_password wrong;', 'refused AUTH with WRONGPASS' ],
    [ 'no password', '', 'answered NOAUTH' ],
    [ 'the password of the nodes', 'sentinel_username nginx; sentinel_password node-secret;', 'refused AUTH with WRONGPASS' ],
) {
    my ($name, $login, $says) = @$case;
    my $stranger = nginx($group->options(login => $login), @patience);
    unavailable($stranger->refresh($families[0]->token($families[0]{at})), "$name: 503");
    ok(wait_for(sub { $stranger->lines(qr/\[error\].*is not known to any Sentinel: \S+ $says/) }), "$name: and the log says why");
    finish($stranger);
}

# --- Sentinels that lie

{
    my $fake  = fake_sentinel;
    my @two   = ($group->primary, ($group->replicas)[0]);
    my $liar  = nginx($group->options(sentinels => [ $fake, $group->sentinels ]), @patience);
    my $garbled = 0;
    for my $bytes ("HTTP/1.1 400 Bad Request\r\n\r\n", "+OK\r\n", Live::FakeSentinel::array('127.0.0.1', '0'),
        Live::FakeSentinel::array("a\nb", '1'), "*2000000000\r\n", '') {
        $fake->answer($bytes);
        $two[0]->command('CLIENT', 'KILL', 'USER', 'nginx');
        my $answer;
        wait_for { $answer = $liar->refresh($families[0]->token($families[0]{at})); $answer->{status} != 503 };
        ++$garbled if ($answer->{json}{refresh_token} // '') eq $families[0]->token($families[0]{at} + 1);
    }
    is($garbled, 6, 'a sentinel that answers nonsense costs no token');

    finish($liar);

    my $second = fake_sentinel;
    $_->name($two[0]) for $fake, $second;
    $liar = nginx($group->options(sentinels => [ $fake, $second ]), @patience);
    all_go_on($liar, \@families, 'sentinels that say the truth');
    $two[1]->reset_calls;
    for my $honest ($fake, $second) {
        $_->name($two[1]) for $fake, $second;
        my $before = $liar->lines(qr/\[error\].*is not the primary \(ROLE says slave\)/);
        $two[0]->command('CLIENT', 'KILL', 'USER', 'nginx');
        ok(wait_for(sub { $liar->lines(qr/ROLE says slave/) > $before }), 'a replica that sentinels name says so itself');
        unavailable($liar->refresh($families[0]->token($families[0]{at})), 'while nobody knows better, it is 503');
        $honest->name($two[0]);
        all_go_on($liar, \@families, 'one of two sentinels knows better');
    }
    is($two[1]->calls->{evalsha}, undef, 'the replica was not asked for anything else');
    ok(wait_for(sub { $two[1]->clients == 0 }), 'and has no connection');
    $second->stop;
    finish($liar);
    $fake->stop;
}

# --- What a sentinel publishes is a hint

{
    my $fake  = fake_sentinel;
    my ($one, $other) = map { Live::Sentinels::start_node(folder('alone')) } 1, 2;
    my $family = family;
    $family->seed($_, generation => 7) for $one, $other;
    $fake->name($one);
    my $idle = nginx(url => $fake->url, store => 'mode sentinel; primary mymaster; username nginx; password node-secret;', @patience);
    recovers($idle, $family->token(7), $family->token(8), 'hint: it works');
    sleep 0.5;
    my $asked = $fake->questions;
    $fake->publish('mymaster');
    ok(wait_for(sub { $fake->questions > $asked }), 'hint: a message makes nginx ask');
    $fake->publish('another');
    sleep 0.5;
    is($fake->questions, $asked + 1, 'hint: once, and not about another primary');
    is($one->clients . $other->clients, '10', 'hint: nothing moves where the answer is the same');
    $fake->name($other);
    sleep 0.5;
    is($one->clients . $other->clients, '10', 'hint: nor without a message');
    $fake->publish('mymaster');
    ok(wait_for(sub { $one->clients . $other->clients eq '01' }, 1), 'hint: an idle worker leaves a primary that lives at once');
    is(scalar($idle->lines(qr/is at 127\.0\.0\.1:\d/)), 2, 'hint: the log has both addresses');
    is(scalar($idle->lines(qr/\[(?:warn|error)\]/)), 0, 'hint: and no outage') or diag($idle->log);
    finish($idle);
    $_->stop for $one, $other, $fake;
}

done_testing;
