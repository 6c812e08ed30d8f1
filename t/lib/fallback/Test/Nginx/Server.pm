package Test::Nginx::Server;

# The nginx under test: its folder, its configuration, its process and its logs.

use strict;
use warnings;

use File::Path qw(make_path remove_tree);
use File::Temp ();
use IO::Socket::INET;
use Time::HiRes qw(sleep);

sub new {
    my $class = shift;
    my $self  = bless {
        binary             => $ENV{TEST_NGINX_BINARY} || 'nginx',
        port               => $ENV{TEST_NGINX_SERVER_PORT} || $ENV{TEST_NGINX_PORT} || free_port(),
        client_port        => $ENV{TEST_NGINX_CLIENT_PORT},
        master_process     => $ENV{TEST_NGINX_MASTER_PROCESS} || 'off',
        log_level          => $ENV{TEST_NGINX_LOG_LEVEL} || 'debug',
        server_name        => 'localhost',
        workers            => 1,
        worker_connections => 64,
        preamble           => '',
        env                => [],
        log_position       => 0,
        owner              => $$,
    }, $class;

    if ($ENV{TEST_NGINX_SERVROOT}) {
        $self->{root} = $ENV{TEST_NGINX_SERVROOT};
    } else {
        $self->{temp} = File::Temp->newdir('nginx-test-XXXXXX', TMPDIR => 1);
        $self->{root} = "$self->{temp}/servroot";
    }
    $ENV{TEST_NGINX_SERVER_ROOT} = $self->{root};
    return $self;
}

# Below the range from which the kernel takes the ports of outgoing connections.
sub free_port {
    my $start = $$ * 13;
    for my $try (0 .. 999) {
        my $port = 10_000 + ($start + $try) % 20_000;
        my $probe = IO::Socket::INET->new(
            LocalAddr => '0.0.0.0', LocalPort => $port, Proto => 'tcp', Listen => 1);
        return $port if $probe;
    }
    die "no free port\n";
}

sub path {
    my ($self, $name) = @_;
    return "$self->{root}/$name";
}

sub version {
    my $self = shift;
    return $self->{version} //= qx($self->{binary} -v 2>&1) =~ m{/(\d+\.\d+\.\d+)} ? $1 : '0.0.0';
}

sub restart {
    my ($self, $block, $timeout) = @_;
    $self->stop($timeout);
    $self->{rand_ports} = {};

    remove_tree(map { $self->path($_) } qw(conf html logs));
    remove_tree(glob $self->path('*_temp'));
    make_path(map { $self->path($_) } qw(conf html logs));
    write_file($self->path('html/index.html'), '<html><body>It works!</body></html>');
    $self->write_user_files($block);
    write_file($self->path('conf/nginx.conf'), $self->configuration($block));
    return $self->launch;
}

sub launch {
    my $self = shift;
    $self->{log_position} = 0;

    my $conf   = $self->path('conf/nginx.conf');
    my $status = system "$self->{binary} -p $self->{root}/ -c $conf >/dev/null";
    return $status if $status;

    # nginx returns before its daemon has written the pid file.
    for (1 .. 500) {
        last if $self->pid;
        sleep 0.01;
    }
    return 0;
}

sub pid {
    my $self = shift;
    open my $in, '<', $self->path('logs/nginx.pid') or return;
    my $line = <$in> // '';
    return $line =~ /^(\d+)\n/ && is_alive($1) ? $1 : undef;
}

# A daemon whose parent does not reap stays a zombie, and signals still reach it.
sub is_alive {
    my $pid = shift;
    return unless kill 0, $pid;
    open my $in, '<', "/proc/$pid/stat" or return 1;
    return <$in> !~ /\) [ZX] /;
}

sub stop {
    my ($self, $timeout) = @_;
    return unless $$ == $self->{owner};
    my $pid = $self->pid // return;

    kill QUIT => $pid;
    for (1 .. ($timeout || 3) * 100) {
        return unless is_alive($pid);
        sleep 0.01;
    }
    warn "nginx $pid did not quit in time\n";
    kill $_ => $pid for qw(TERM KILL);
    sleep 0.01 while is_alive($pid);
}

sub write_file {
    my ($path, $text) = @_;
    open my $out, '>', $path or die "cannot write $path: $!\n";
    binmode $out;
    print $out $text;
    close $out or die "cannot write $path: $!\n";
}

sub write_user_files {
    my ($self, $block) = @_;
    my $files = $block->user_files // return;

    if (!ref $files) {
        my (undef, @parts) = split /^>>> (\S+).*\n/m, $files;
        $files = [];
        push @$files, [splice @parts, 0, 2] while @parts;
    }
    for my $file (@$files) {
        my ($name, $text) = @$file;
        my $path = $name =~ m{^/} ? $name : $self->path("html/$name");
        make_path($path =~ s{/[^/]*$}{}r);
        write_file($path, $self->expand($block, $text));
    }
}

sub expand {
    my ($self, $block, $text) = @_;
    $text //= '';
    $text =~ s{\$(TEST_NGINX_\w+)}{
        $1 =~ /^TEST_NGINX_RAND_PORT_\d+$/ ? $self->{rand_ports}{$1} //= $self->other_port
            : $ENV{$1} // die $block->name . " - no environment variable $1\n"
    }ge;
    return $text;
}

sub other_port {
    my $self = shift;
    my %used = map { $_ => 1 } $self->{port}, values %{ $self->{rand_ports} };
    my $port = free_port();
    ++$port while $used{$port};
    return $port;
}

sub configuration {
    my ($self, $block) = @_;
    my %text = map { $_ => $self->expand($block, $block->$_) }
        qw(main_config http_config config post_main_config);
    my $logs    = $self->path('logs');
    my $level   = $block->log_level || $self->{log_level};
    my $modules = join '', map { "load_module $_;\n" } split ' ', $ENV{TEST_NGINX_LOAD_MODULES} // '';
    my $env     = join '', map { /\s/ ? "env '$_';\n" : "env $_;\n" } @{ $self->{env} },
        qw(LD_PRELOAD LD_LIBRARY_PATH ASAN_OPTIONS UBSAN_OPTIONS);
    my $user    = $> == 0 ? "user root;\n" : '';
    my $root    = $self->{no_root_location} ? '' : <<"EOT";
        location / {
            root ${\ $self->path('html') };
            index index.html index.htm;
        }
EOT

    return <<"EOT";
worker_processes $self->{workers};
daemon on;
master_process $self->{master_process};
error_log $logs/error.log $level;
pid $logs/nginx.pid;
$env
$text{main_config}
$modules
http {
    access_log $logs/access.log;
    default_type text/plain;
    keepalive_timeout 68;
${\ join "\n", map { "    ${_}_temp_path ${_}_temp;" } qw(client_body proxy fastcgi uwsgi scgi) }

$text{http_config}

    server {
        listen $self->{port};
        server_name '${\ ($block->server_name // $self->{server_name}) }';
        client_max_body_size 30M;

$self->{preamble}
$text{config}
$root
    }
}
$text{post_main_config}
events {
    accept_mutex off;
    worker_connections $self->{worker_connections};
}
$user
EOT
}

sub access_log {
    my $self = shift;
    sleep 0.03;
    open my $in, '<', $self->path('logs/access.log') or return [];
    return [<$in>];
}

# Lines since the last call, or from the position given. The short sleep lets nginx log what
# follows the end of a response.
sub error_log {
    my ($self, $position) = @_;
    sleep 0.03;
    open my $in, '<', $self->path('logs/error.log') or return [];
    seek $in, $position // $self->{log_position}, 0;
    my @lines = <$in>;
    $self->{log_position} = tell $in;
    return \@lines;
}

1;
