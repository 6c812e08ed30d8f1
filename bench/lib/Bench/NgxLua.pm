package Bench::NgxLua;

# The peer "ngx_lua": a private nginx with the token server of peers/ngx_lua, on Debian's packages.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use IO::Socket::INET;
use MIME::Base64 qw(encode_base64url);
use POSIX ();
use Time::HiRes qw(sleep time);

use Live::Http;
use Live::Nginx;

# The Debian packages that it needs beside nginx.
our @Packages = qw(libnginx-mod-http-lua lua-nginx-redis lua-cjson);

my $Modules = '/usr/lib/nginx/modules';
my @Needed  = (
    "$Modules/ndk_http_module.so", "$Modules/ngx_http_lua_module.so",
    '/usr/share/lua/5.1/resty/core.lua', '/usr/share/lua/5.1/nginx/redis.lua', </usr/lib/*/lua/5.1/cjson.so>);
my $Sources = abs_path(dirname(__FILE__) . '/../../peers/ngx_lua');

# As in token.lua. A session is as large as those that the module is measured with: a client of 15 bytes, a
# subject of 36, a scope of 20.
my ($Client, $Secret) = ('s6BhdRkqt3app01', 'gX1fBat3bV');
my $Scope       = 'accounts:read orders';
my $Validity_ms = 86_400_000;

# Options: redis (an object with a url), workers.
sub start {
    my ($class, $dir, %option) = @_;
    my @missing = grep { !-e } @Needed;
    die "ngx_lua: no @missing; its Debian packages are: @Packages\n" if @missing || @Needed < 5;
    my $self = bless {
        dir => $dir, owner => $$, port => Live::free_port(), redis => $option{redis},
        workers => $option{workers} // 1 }, $class;
    $self->configure;
    $self->launch;
    return $self;
}

sub port        { shift->{port} }
sub path        { '/token' }
sub credentials { "$Client:$Secret" }
sub pids        { Live::children(shift->{pid}) }

sub configure {
    my $self  = shift;
    my %value = (
        dir => $self->{dir}, port => $self->{port}, workers => $self->{workers}, redis => $self->{redis}->url,
        modules => $Modules, lua => $Sources, user => $> == 0 ? 'user nobody nogroup;' : '');
    my $text = Live::slurp("$Sources/nginx.conf.in");
    $text =~ s/\@(\w+)\@/$value{$1} \/\/ die "nginx.conf.in: what is \@$1\@?\n"/ge;
    Live::write_file("$self->{dir}/nginx.conf", $text);
}

# Returns when it answers; by then Redis has the script.
sub launch {
    my $self = shift;
    my $dir  = $self->{dir};
    $self->{pid} = fork // die "fork: $!\n";
    if (!$self->{pid}) {
        open STDOUT, '>>', "$dir/stderr.log";
        open STDERR, '>&', \*STDOUT;
        exec Live::Nginx::binary(), '-p', $dir, '-e', "$dir/error.log", '-c', "$dir/nginx.conf"
            or POSIX::_exit(127);
    }
    my $end = time + 30;
    until ($self->answers && $self->pids == $self->{workers}) {
        if (time > $end || waitpid($self->{pid}, POSIX::WNOHANG()) > 0) {
            my $reason = $self->log_tail;
            $self->stop;
            die "ngx_lua does not start:\n$reason";
        }
        sleep 0.02;
    }
}

sub answers {
    my $self       = shift;
    my $connection = Live::Http->connect($self->{port}) or return;
    my $body       = 'grant_type=refresh_token&refresh_token=unknown';
    my $answer     = $connection->send(join "\r\n", 'POST ' . $self->path . ' HTTP/1.1', 'Host: localhost',
        'Connection: close', 'Authorization: Basic ' . MIME::Base64::encode_base64($self->credentials, ''),
        'Content-Type: application/x-www-form-urlencoded', 'Content-Length: ' . length $body, '', $body)->answer(5);
    return ($answer->{json}{error} // '') eq 'invalid_grant';
}

# Founds that many sessions in Redis, and returns their refresh tokens.
sub first_tokens {
    my ($self, $count) = @_;
    open my $random, '<:raw', '/dev/urandom' or die "/dev/urandom: $!\n";
    return map { $self->found($random) } 1 .. $count;
}

sub found {
    my ($self, $random) = @_;
    read($random, my $bytes, 32 + 16) == 48 or die "/dev/urandom: $!\n";
    my $token   = encode_base64url(substr $bytes, 0, 32);
    my $subject = join '-', unpack 'H8 H4 H4 H4 H12', substr $bytes, 32;
    my $session = qq({"client":"$Client","subject":"$subject","scope":"$Scope"});
    $self->{redis}->command('SET', "$Client:$token", $session, 'PX', $Validity_ms);
    return $token;
}

sub log_tail {
    my $self  = shift;
    my @lines = map { split /^/, Live::slurp("$self->{dir}/$_") } qw(stderr.log error.log);
    return join '', @lines > 20 ? @lines[-20 .. -1] : @lines;
}

sub stop {
    my $self = shift;
    return unless $self->{pid} && $$ == $self->{owner};
    my @all = ($self->{pid}, $self->pids);
    kill TERM => $self->{pid};
    my $ended = Live::wait_for(sub { waitpid($self->{pid}, POSIX::WNOHANG()) != 0 }, 5);
    if (!$ended) {
        kill KILL => @all;
        waitpid $self->{pid}, 0;
    }
    delete $self->{pid};
}

1;
