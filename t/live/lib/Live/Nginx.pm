package Live::Nginx;

# A private nginx with the module, its configuration, processes, log and requests.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use POSIX ();
use Time::HiRes qw(sleep time);

use Live::Http;

my $Root = abs_path(dirname(__FILE__) . '/../../../..');

sub module { abs_path($ENV{TEST_NGINX_MODULE} // "$Root/build/ngx_http_oauth2_module.so") }
sub binary { $ENV{TEST_NGINX_BINARY} || 'nginx' }

# Options: redis (an object with a url), store, http, server, location, client, other, events and
# main (more lines there), workers, keys, level, listen, master, modules, own_check (no password
# file).
sub start {
    my ($class, $dir, %option) = @_;
    my $self = bless { dir => $dir, owner => $$, port => Live::free_port() }, $class;
    Live::key_file($_, $dir) for 1 .. 3;
    Live::write_file("$dir/users", "alice:{PLAIN}open-sesame\nbob:{PLAIN}hello-bob\n");
    $self->configure(%option);
    $self->launch;
    return $self;
}

sub configure {
    my ($self, %option) = @_;
    $option{$_} //= '' for qw(store http server location client other events main);
    $option{workers} //= 1;
    $self->{option} = \%option;
    Live::write_file("$self->{dir}/nginx.conf", $self->configuration(%option));
}

sub configuration {
    my ($self, %option) = @_;
    my $dir    = $self->{dir};
    my $user   = $> == 0 ? 'user nobody nogroup;' : '';
    my $master = $option{master} // 'on';
    my $load   = join '', map { "load_module $_;\n" } @{ $option{modules} // [module()] };
    my $keys   = join '', map { "    oauth2_key $dir/key$_;\n" } @{ $option{keys} // [1] };
    my $temp   = join '', map { "    ${_}_temp_path $dir/${_}_temp;\n" }
        qw(client_body proxy fastcgi uwsgi scgi);
    my $env    = join '', map { "env $_;\n" } qw(LD_PRELOAD LD_LIBRARY_PATH ASAN_OPTIONS UBSAN_OPTIONS);
    my $users  = $option{own_check} ? '' : "oauth2_password_file $dir/users;";
    my $url    = $option{url} // $option{redis}->url;
    $option{$_} //= '500ms' for qw(connect_timeout timeout);
    $option{level}       //= 'info';
    $option{connections} //= 1024;
    $option{listen}      //= "listen 127.0.0.1:$self->{port};";
    return <<"EOT";
$load
daemon off;
master_process $master;
worker_processes $option{workers};
pid $dir/nginx.pid;
error_log $dir/error.log $option{level};
$user
$env
$option{main}
events {
    worker_connections $option{connections};
    $option{events}
}
http {
    access_log $dir/access.log;
$temp
    oauth2_redis {
        server $url;
        connect_timeout $option{connect_timeout};
        timeout $option{timeout};
        $option{store}
    }
$keys
    oauth2_client app {
        secret plain:app-secret;
        grant_types password refresh_token;
        scope read write;
        $option{client}
    }
    oauth2_client other {
        secret plain:other-secret;
        grant_types password refresh_token;
        scope read write;
        $option{other}
    }
    $option{http}
    server {
        $option{listen}
        $users
        $option{server}
        location = /oauth2/token {
            oauth2_token;
            $option{location}
        }
        location = /status { oauth2_status json; }
    }
}
EOT
}

sub launch {
    my $self = shift;
    my $dir  = $self->{dir};
    $self->{pid} = fork // die "fork: $!\n";
    if (!$self->{pid}) {
        open STDOUT, '>>', "$dir/stderr.log";
        open STDERR, '>&', \*STDOUT;
        exec binary(), '-p', $dir, '-e', "$dir/error.log", '-c', "$dir/nginx.conf"
            or POSIX::_exit(127);
    }
    my $end = time + 60;
    until (IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $self->{port})) {
        if (time > $end || waitpid($self->{pid}, POSIX::WNOHANG()) > 0) {
            delete $self->{pid};
            die "nginx does not start:\n", $self->log, Live::slurp("$dir/stderr.log");
        }
        sleep 0.02;
    }
    my $workers = $self->{option}{workers};
    Live::wait_for(sub { $self->workers == $workers }) if ($self->{option}{master} // 'on') eq 'on';
}

sub signal { kill $_[1] => $_[0]{pid} }

sub workers { Live::children(shift->{pid}) }

# True once nginx has ended.
sub ended {
    my $self = shift;
    return 1 unless $self->{pid};
    return 0 if waitpid($self->{pid}, POSIX::WNOHANG()) == 0;
    $self->{status} = $?;
    delete $self->{pid};
    return 1;
}

sub quit {
    my ($self, $seconds) = @_;
    $self->signal('QUIT') if $self->{pid};
    return Live::wait_for(sub { $self->ended }, $seconds);
}

# Returns when only workers of the new configuration are left, or false after a while.
sub reload {
    my ($self, $wait) = @_;
    my %old = map { $_ => 1 } $self->workers;
    $self->signal('HUP');
    return Live::wait_for(sub {
        my @now = $self->workers;
        my $new = grep { !$old{$_} } @now;
        $new && ($wait || '') eq 'new' || $new == @now && $new;
    });
}

sub stop {
    my $self = shift;
    return unless $self->{pid} && $$ == $self->{owner};
    my @all = ($self->{pid}, $self->workers);
    kill TERM => $self->{pid};
    return if Live::wait_for(sub { $self->ended }, 5);
    kill KILL => $_ for @all;
    waitpid delete $self->{pid}, 0;
}

# --- Its log

sub log { Live::slurp(shift->{dir} . '/error.log') }

sub lines {
    my ($self, $pattern) = @_;
    return grep { $_ =~ $pattern } map { "$_\n" } split /\n/, $self->log;
}

sub trouble {
    my ($self, @expected) = @_;
    my @bad = $self->lines(
        qr/\[(?:alert|crit|emerg)\]|Sanitizer|runtime error:|open socket|count is zero|exited on signal/);
    for my $pattern (@expected) {
        @bad = grep { $_ !~ $pattern } @bad;
    }
    return @bad, grep { !/^$/ } map { "$_\n" }
        grep { /Sanitizer|runtime error:|terminate called/ } split /\n/,
        Live::slurp("$self->{dir}/stderr.log");
}

# --- Requests

sub form {
    my @pairs = @_;
    my @text;
    while (my ($name, $value) = splice @pairs, 0, 2) {
        $value =~ s/([^\w.~-])/sprintf '%%%02X', ord $1/ge;
        push @text, "$name=$value";
    }
    return join '&', @text;
}

sub head {
    my ($self, %option) = @_;
    my ($client, $secret) = @{ $option{as} // ['app', 'app-secret'] };
    return join "\r\n", 'POST ' . ($option{path} // '/oauth2/token') . ' HTTP/1.1', 'Host: localhost',
        'Connection: ' . ($option{connection} // 'close'),
        'Authorization: Basic ' . encode_base64("$client:$secret", ''),
        'Content-Type: application/x-www-form-urlencoded', @{ $option{headers} // [] }, '';
}

sub message {
    my ($self, $body, %option) = @_;
    return $self->head(%option) . 'Content-Length: ' . length($body) . "\r\n\r\n$body";
}

sub connection { Live::Http->connect(shift->{port}) }

# Sends a token request and leaves its answer to be fetched.
sub begin {
    my ($self, $pairs, %option) = @_;
    my $connection = $self->connection
        or return bless { buffer => '', begun => time, socket => undef }, 'Live::Nginx::Refused';
    return $connection->send($self->message(form(@$pairs), %option));
}

sub begin_refresh {
    my ($self, $token, %option) = @_;
    return $self->begin(
        [grant_type => 'refresh_token', refresh_token => $token, @{ $option{more} // [] }], %option);
}

sub refresh { shift->begin_refresh(@_)->answer }

sub begin_password {
    my ($self, $user, $password, %option) = @_;
    return $self->begin([
        grant_type => 'password', username => $user // 'alice',
        password => $password // 'open-sesame', @{ $option{more} // [] }], %option);
}

sub password { shift->begin_password(@_)->answer }

sub status {
    my $self = shift;
    my $connection = $self->connection or return {};
    return $connection->send("GET /status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        ->answer->{json};
}

package Live::Nginx::Refused;

sub answer { return { status => 0, header => {}, json => {}, body => 'connection refused', took => 0 } }
sub leave  { }

1;
