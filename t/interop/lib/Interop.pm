package Interop;

# A server for unmodified clients: nginx with all endpoints behind TLS, a Redis, and node to run the
# clients with. Each check that a client prints becomes a check of the test.

use strict;
use warnings;

use Exporter 'import';
use File::Basename qw(dirname);
use Test::More;

use lib dirname(__FILE__) . '/../../live/lib';

use Live;

our @EXPORT = qw(certificate node run_client serve);

my $Folder = dirname(__FILE__) . '/..';

sub node { $ENV{TEST_NODE} || 'node' }

plan skip_all => 'there is no node' if system(node() . ' --version >/dev/null 2>&1') != 0;
plan skip_all => 'npm ci has not run in t/interop' if !-d "$Folder/node_modules";

# Of localhost, signed by itself: its folder.
sub certificate {
    my $dir = folder('tls');
    system('openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 '
        . '-subj /CN=localhost -addext subjectAltName=DNS:localhost,IP:127.0.0.1 '
        . "-keyout $dir/tls.key -out $dir/tls.crt >/dev/null 2>&1") == 0
        or die "openssl does not make a certificate\n";
    return $dir;
}

# nginx with all endpoints at $server->{issuer}. Options: authorize (lines for further authorization
# endpoints, by their paths), and those of Live::Nginx.
sub serve {
    my %option   = @_;
    my $tls      = certificate();
    my $port     = free_port;
    my $callback = free_port;
    my $issuer   = "https://localhost:$port";
    my $users    = write_file(folder('users') . '/users', "alice:{PLAIN}open-sesame\n");
    my %authorize = ('/oauth2/authorize' => '', %{ delete $option{authorize} // {} });
    my $authorize = join '', map { <<"EOT" } sort keys %authorize;
        location = $_ {
            auth_basic           "Log in";
            auth_basic_user_file $users;
            oauth2_authorize;
            oauth2_subject       \$remote_user;
            $authorize{$_}
        }
EOT
    my $nginx = nginx(redis => redis, timeout => '3s', connect_timeout => '3s', %option,
        http => <<"EOT" . ($option{http} // ''), server => <<"EOT" . ($option{server} // ''));
    oauth2_client web {
        secret       "plain:s3:cr+t/%41=&";
        name         "The web app";
        grant_types  authorization_code refresh_token client_credentials;
        scope        read write;
        redirect_uri http://127.0.0.1:$callback/callback;
    }
    oauth2_client native {
        auth_method  none;
        name         "The native app";
        grant_types  authorization_code refresh_token;
        scope        read write;
        redirect_uri http://127.0.0.1/callback;
    }
    oauth2_client api {
        secret       plain:api-secret;
        introspect   on;
    }
EOT
        listen 127.0.0.1:$port ssl;
        ssl_certificate     $tls/tls.crt;
        ssl_certificate_key $tls/tls.key;
        oauth2_issuer $issuer;

$authorize
        location = /oauth2/revoke     { oauth2_revoke; }
        location = /oauth2/introspect { oauth2_introspect; }
        location = /.well-known/oauth-authorization-server { oauth2_metadata; }
        location = /.well-known/openid-configuration       { oauth2_metadata; }
EOT
    return {
        nginx => $nginx, issuer => $issuer, certificate => "$tls/tls.crt", callback => $callback,
        secret => 's3:cr+t/%41=&',
    };
}

# Runs t/interop/$script with node. The server listens on IPv4 only, and some machines look up
# localhost as ::1 first; Web Crypto is a global by itself from node 19 on.
sub run_client {
    my ($script, $server, %more) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($version) = qx(@{[node()]} --version) =~ /^v(\d+)/;
    my @options = ('--dns-result-order=ipv4first',
        $version < 19 ? '--experimental-global-webcrypto' : ());
    local %ENV = (
        %ENV, ISSUER => $server->{issuer}, NODE_EXTRA_CA_CERTS => $server->{certificate},
        CALLBACK => $server->{callback}, SECRET => $server->{secret}, SCRATCH => folder('scratch'),
        no_proxy => '*', %more);
    open my $out, '-|', node(), @options, "$Folder/$script" or die "node: $!\n";
    my $last = '';
    while (my $line = <$out>) {
        chomp($last = $line);
        if    ($line =~ /^ok - (.*)/)     { pass($1) }
        elsif ($line =~ /^not ok - (.*)/) { fail($1) }
        else                              { diag($last) }
    }
    close $out;
    is($?, 0, "$script runs to its end");
}

1;
