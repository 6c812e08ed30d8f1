# One Redis with an AOF under faults, with a seed that is always the same.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Chaos;
use Test::More;

run_checker(qw(--topology single --seed 21 --seconds 26));

done_testing;
