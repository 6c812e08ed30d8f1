# A Redis Cluster of three primaries with a replica each under faults, with a seed that is always the same.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Chaos;
use Test::More;

run_checker(qw(--topology cluster --seed 3736 --seconds 24));

done_testing;
