# oauth4webapi: https://github.com/panva/oauth4webapi

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../live/lib";
use Interop;
use Live;
use Test::More;

my $server = serve;
run_client('oauth4webapi.mjs', $server);
finish($server->{nginx});

done_testing;
