# script/server: one command, and what it prints works when pasted.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use JSON::PP;
use Live;
use Test::More;

plan skip_all => 'it serves the plain build only' if $ENV{TEST_NGINX_BINARY};

my $script = "$FindBin::Bin/../../script/server";
my $dir    = folder('server');
my $port   = free_port;

sub begin {
    my $output = shift;
    my $pid = fork // die;
    return $pid if $pid;
    open STDIN,  '<', '/dev/null';
    open STDOUT, '>', $output;
    open STDERR, '>&', \*STDOUT;
    @ENV{qw(PORT TMPDIR)} = ($port, $dir);
    exec $script or exit 127;
}

sub ended {
    my $pid = shift;
    my $status;
    wait_for { waitpid($pid, 1) == $pid && defined($status = $?) } 30;
    return defined $status ? $status >> 8 : 'still running';
}

sub run {
    my $line = shift;
    my $text = `$line 2>/dev/null`;
    return eval { decode_json($text) } // { text => $text };
}

my $server = begin("$dir/output");
END { kill TERM => $server if $server }
ok(wait_for(sub { slurp("$dir/output") =~ /Ctrl-C stops/ }, 300), 'it starts and says how it stops')
    or diag(slurp("$dir/output"));
my ($login, $refresh, $exchange, $own, $call, $introspect, $revoke, $sessions, $sign_out) =
    grep { /^curl / } split /\n/, slurp("$dir/output");

my $first = run($login);
ok($first->{refresh_token}, 'the first line logs a user in');
like($refresh, qr{^curl -k -d "grant_type=refresh_token&refresh_token=[\w-]{56}" -H "Authorization: Basic [\w+/=]+" -H "Content-Type: application/x-www-form-urlencoded" https://localhost:$port/oauth2/token$},
    'the second is the line of the WSO2 page');
my $second = run($refresh);
ok($second->{access_token}, 'it refreshes');
is(run($refresh)->{refresh_token}, $second->{refresh_token}, 'and once more, with the same successor');

my ($code) = slurp("$dir/output") =~ /^(code=.*)$/m;
my $granted = run("$code; $exchange");
is($granted->{scope}, 'read', 'a code is got and exchanged');
ok($granted->{refresh_token}, 'for both tokens');
is(run($own)->{scope}, 'read write', 'the application gets a token for itself');
is(run($call)->{user}, 'johndoe', 'the API lets the access token in');
is(run($introspect)->{username}, 'johndoe', 'an API is told whose a token is');
my $called = run($call =~ s/Bearer \S+"/Bearer none"/r);
isnt($called->{user}, 'johndoe', 'and no other');
is_deeply(run($revoke), {}, 'it is revoked');
ok(!run($introspect)->{active}, 'and then worth nothing');

my @clients = sort map { $_->{client_id} } @{ run($sessions)->{sessions} };
is("@clients", 's6BhdRkqt3 s6BhdRkqt3 web-app', 'an administrator sees all that is not revoked');
is(run($sign_out)->{ended}, 3, 'and ends it');
is_deeply(run($sessions)->{sessions}, [], 'so that nothing is left');

my ($metadata) = slurp("$dir/output") =~ m{(https://\S+/oauth-authorization-server)};
my $served = run("curl -k $metadata");
is($served->{issuer}, "https://localhost:$port", 'the metadata has its port');
is($served->{token_endpoint}, "https://localhost:$port/oauth2/token", 'and its endpoints');

my $again = begin("$dir/again");
is(ended($again), 1, 'a second one on the same port ends');
like(slurp("$dir/again"), qr/port $port is in use/, 'and says why');

my ($scratch) = slurp("$dir/output") =~ m{Logs: (\S+)/logs};
ok(-d $scratch, 'its data is in a folder of its own');
kill INT => $server;
is(ended($server), 0, 'Ctrl-C ends it');
undef $server;
ok(!-e $scratch, 'the folder is gone');
is(scalar(grep { slurp("$_/cmdline") =~ /\Q$scratch\E/ } glob '/proc/[0-9]*'), 0, 'and so are its processes');

done_testing;
