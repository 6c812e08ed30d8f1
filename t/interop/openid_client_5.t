# openid-client, its line for node 12 and newer: https://github.com/panva/openid-client

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../live/lib";
use Interop;
use Live;
use Test::More;

my $server = serve;
run_client('openid_client_5.mjs', $server);
finish($server->{nginx});

done_testing;
