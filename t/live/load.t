# The load generator and the floor of bench/: what is measured with them is what they say.

use strict;
use warnings;

use File::Basename qw(dirname);
use lib dirname(__FILE__) . '/lib', dirname(__FILE__) . '/../../bench/lib';

use Live;
use Test::More;

use Bench::Gateway;
use Bench::Load qw(load found refresh);

my $build = dirname(Live::Nginx::module());
$Bench::Load::Program = "$build/bench/load/oauth2_load";

my $redis   = redis();
my $gateway = Bench::Gateway->start(folder('gateway'), redis => $redis, clients => 3,
    floor => "$build/ngx_http_floor_module.so");
my $folder = folder('tokens');

sub lines { split /\n/, slurp(shift) }

found($gateway, 7, "$folder/first");
my @first = lines("$folder/first");
is(scalar(grep { /^[\w-]{56}$/ } @first), 7, 'each family that was founded has a token');

write_file("$folder/newest", slurp("$folder/first"));
my $closed = refresh($gateway, "$folder/newest", clients => 3, connections => 4, requests => 50);
is($closed->{answers}, 50, 'as many requests were sent as were asked for');
my @newest = lines("$folder/newest");
is(scalar(grep { $newest[$_] ne $first[$_] } 0 .. 6), 7, 'each family moved on');
refresh($gateway, "$folder/newest", clients => 3, connections => 7, requests => 7);
pass('the tokens that were kept are the newest ones');

my ($worker) = $gateway->pids;
my $open = refresh($gateway, "$folder/newest", clients => 3, connections => 4,
    rate => 200, seconds => 1, warm_up => 0.2, pid => [ $worker, $redis->{pid} ]);
ok($open->{answers} > 0 && $open->{answers} <= 240, 'an open loop is no faster than its rate')
    or diag explain $open;
is(scalar(grep { $_ > 0 } @{ $open->{cpu} }), 2, 'both processes took CPU');
ok($open->{p50} <= $open->{p99} && $open->{p99} <= $open->{max}, 'quantiles are in order');

my $floor = load(
    port => $gateway->port, path => '/floor', body => 'grant_type=refresh_token', connections => 2, requests => 10);
is($floor->{answers}, 10, 'the floor answers');

my $forged = $newest[0] =~ tr/A-Za-z/B-ZAb-za/r;
my @refused = (
    port => $gateway->port, path => $gateway->path, credentials => $gateway->credentials,
    body => "grant_type=refresh_token&refresh_token=$forged", requests => 5);
is(load(@refused, expect => 400)->{answers}, 5, 'another status can be expected');
ok(!eval { load(@refused); 1 }, 'an answer that is not expected is an error');
like($@, qr/5 wrong answers/, 'and is counted');

$gateway->stop;
done_testing;
