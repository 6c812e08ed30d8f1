# The page at /demo/ of script/server, in Chromium.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../live/lib";
use File::Basename qw(dirname);
use Interop;
use Live;
use Test::More;

$ENV{TEST_CHROMIUM} //= '/usr/bin/chromium';
plan skip_all => 'there is no chromium' if !-x $ENV{TEST_CHROMIUM};
plan skip_all => 'script/server serves the plain build only' if $ENV{TEST_NGINX_BINARY};

my $port   = free_port;
my $dir    = folder('server');
my $server = fork // die "fork: $!\n";
if (!$server) {
    open STDIN,  '<', '/dev/null';
    open STDOUT, '>', "$dir/output";
    open STDERR, '>&', \*STDOUT;
    @ENV{qw(PORT TMPDIR)} = ($port, $dir);
    exec "$FindBin::Bin/../../script/server" or exit 127;
}
END {
    if ($server) {
        my $status = $?;
        kill TERM => $server;
        waitpid $server, 0;
        $? = $status;
    }
}
ok(wait_for(sub { slurp("$dir/output") =~ /Ctrl-C stops/ }, 300), 'script/server starts') or diag(slurp("$dir/output"));
my ($address) = slurp("$dir/output") =~ m{^\s*(https://\S+/demo/)$}m;
is($address, "https://localhost:$port/demo/", 'it names the page');

my $pictures = dirname(Live::Nginx::module()) . '/demo';
mkdir $pictures;
run_client('demo.mjs', { issuer => "https://localhost:$port", certificate => '', callback => '', secret => '' },
    ADDRESS => $address, PICTURES => $pictures);
note("pictures are in $pictures");

done_testing;
