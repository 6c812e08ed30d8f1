package Bench::Gateway;

# A private nginx with the module, and beside it the handlers that it is compared with: the floor, a
# "return" and an API without a check.

use strict;
use warnings;

use POSIX ();

use parent -norequire, 'Live::Nginx';

my $Answer = '{"access_token":"' . 'a' x 190 . '","token_type":"Bearer","expires_in":3600,"refresh_token":"'
    . 'r' x 56 . '","refresh_token_expires_in":86400,"scope":"orders.read profiles"}';

# Options: redis, workers, clients, scope (characters of each client's), store (more lines of
# oauth2_redis), floor (the module).
sub start {
    my ($class, $dir, %option) = @_;
    my $self = bless { dir => $dir, owner => $$, port => Live::free_port() }, $class;
    Live::key_file(1, $dir);
    $option{$_} //= 1 for qw(workers clients);
    $option{store} //= '';
    $self->{option} = \%option;
    Live::write_file("$dir/clients.conf",
        join '', map { client($_, scope_of($option{scope} // 20)) } 0 .. $option{clients} - 1);
    Live::write_file("$dir/nginx.conf", $self->configuration(%option));
    $self->launch;
    return $self;
}

sub client {
    my ($number, $scope) = @_;
    return sprintf "oauth2_client bench-%09d { secret plain:secret-of-bench; "
        . "grant_types password refresh_token; scope %s; }\n", $number, $scope;
}

# Words of 19 characters, and the blanks between them.
sub scope_of {
    my $size = shift;
    return 'orders.read profiles' if $size == 20;
    return join ' ', map { sprintf 'api.example.%07d', $_ } 1 .. $size / 20;
}

sub configuration {
    my ($self, %option) = @_;
    my $dir    = $self->{dir};
    my $user   = $> == 0 ? 'user nobody nogroup;' : '';
    my $module = Live::Nginx::module();
    my $url    = $option{redis}->url;
    my $temp   = join '', map { "    ${_}_temp_path $dir/${_}_temp;\n" } qw(client_body proxy fastcgi uwsgi scgi);
    return <<"EOT";
load_module $module;
load_module $option{floor};
daemon off;
worker_processes $option{workers};
pid $dir/nginx.pid;
error_log $dir/error.log error;
$user
events { worker_connections 4096; }
http {
    access_log off;
    keepalive_requests 1000000000;
    keepalive_timeout 300s;
$temp
    oauth2_redis {
        server $url;
        $option{store}
    }
    oauth2_key $dir/key1;
    include $dir/clients.conf;
    server {
        listen 127.0.0.1:$self->{port} reuseport;
        location = /oauth2/token { oauth2_token; oauth2_password_auth /users; }
        location = /users { internal; proxy_pass http://unix:$dir/users.sock; }
        # A "return" would answer before access is checked.
        location = /api { oauth2_require; floor '{}'; }
        location = /open { floor '{}'; }
        location = /floor { floor '$Answer'; }
        location = /return { return 200 '$Answer'; }
    }
    server {
        listen unix:$dir/users.sock;
        location / { return 204; }
    }
}
EOT
}

sub credentials { 'bench-{client}:secret-of-bench' }
sub port        { shift->{port} }
sub path        { '/oauth2/token' }
sub pids        { shift->workers }

# Also when its owner is interrupted while it starts.
sub DESTROY {
    local ($?, $@);
    shift->stop;
}

1;
