# A Redis that may evict tokens is named in the log, once.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;
use Time::HiRes qw(sleep);

my $redis = redis('maxmemory-policy' => 'allkeys-lru');
my $nginx = nginx(redis => $redis, workers => 2);

sub warnings_now { $nginx->lines(qr/\[warn\].*maxmemory-policy.*$_[0]/) }

sub all_connected {
    my $name = shift;
    my $there = wait_for {
        my @list = split /\n/, $redis->command(qw(CLIENT LIST));
        @list >= 3 && !grep { /cmd=NULL/ } @list;
    };
    ok($there, $name);
    my $family = family->seed($redis, generation => 7);
    recovers($nginx, $family->token(7), $family->token(8), "$name and rotate");
}

all_connected('two workers are connected');
is(scalar(warnings_now('allkeys-lru')), 1, 'one of them warns');

for (1 .. 3) {
    $redis->command(qw(CLIENT KILL TYPE normal SKIPME yes));
    all_connected("both connect again ($_)");
}
ok($nginx->reload, 'nginx reloads');
all_connected('its new workers are connected');
is(scalar(warnings_now('')), 1, 'it is said once');

$redis->command(qw(CONFIG SET maxmemory-policy noeviction));
$redis->command(qw(CLIENT KILL TYPE normal SKIPME yes));
all_connected('the policy was mended');
is(scalar(warnings_now('')), 1, 'which is nothing to warn of');

my $quiet = nginx(redis => redis);
my $family = family->seed($quiet->{option}{redis}, generation => 7);
recovers($quiet, $family->token(7), $family->token(8), 'a Redis that evicts nothing');
is(scalar($quiet->lines(qr/maxmemory/)), 0, 'is not mentioned');

finish($_) for $nginx, $quiet;
done_testing;
