# The checker itself: its invariants find the histories that violate them, and its mutants fit the code.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Chaos;
use Test::More;

run_unit_tests(qw(parts.test.mjs invariants.test.mjs mutants.test.mjs));

done_testing;
