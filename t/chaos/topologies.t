# The Sentinels and the cluster that the checker brings up, without nginx.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Chaos;
use Test::More;

run_unit_tests('topologies.test.mjs');

done_testing;
