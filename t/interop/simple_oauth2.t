# simple-oauth2: https://github.com/lelylan/simple-oauth2

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../live/lib";
use Interop;
use Live;
use Test::More;

my $server = serve;
run_client('simple_oauth2.mjs', $server);
finish($server->{nginx});

done_testing;
