package Bench::NgxLua;

# The peer "ngx_lua": a private nginx with the token server of peers/ngx_lua, on Debian's packages.

use strict;
use warnings;

use parent 'Live::Nginx';

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use MIME::Base64 qw(encode_base64url);

# The Debian packages that it needs beside nginx.
our @Packages = qw(libnginx-mod-http-lua lua-resty-core lua-nginx-redis lua-cjson);

my $Modules = '/usr/lib/nginx/modules';
my @Needed  = (
    "$Modules/ndk_http_module.so", "$Modules/ngx_http_lua_module.so", map { "/usr/share/lua/5.1/$_" }
    qw(resty/core.lua nginx/redis.lua cjson/util.lua));
my $Sources = abs_path(dirname(__FILE__) . '/../../peers/ngx_lua');

# As in token.lua. A session is as large as those that the module is measured with: a client of 15 bytes, a
# subject of 36, a scope of 20.
my ($Client, $Secret) = ('s6BhdRkqt3app01', 'gX1fBat3bV');
my $Scope       = 'accounts:read orders';
my $Validity_ms = 86_400_000;

# Options: redis (an object with a url), workers. Returns when it answers; by then Redis has its script.
sub start {
    my ($class, $dir, %option) = @_;
    my @missing = grep { !-e } @Needed;
    die "ngx_lua: there is no @missing; the Debian packages that it needs are: @Packages\n" if @missing;
    my $self = bless { dir => $dir, owner => $$, port => Live::free_port() }, $class;
    $self->configure(%option);
    $self->launch;
    my $answer = $self->refresh('unknown');
    if (($answer->{json}{error} // '') ne 'invalid_grant') {
        $self->stop;
        die "ngx_lua does not answer: $answer->{status} $answer->{body}\n" . $self->log_tail;
    }
    return $self;
}

sub port        { shift->{port} }
sub path        { '/token' }
sub credentials { "$Client:$Secret" }
sub pids        { shift->workers }

sub configuration {
    my ($self, %option) = @_;
    my %value = (
        dir => $self->{dir}, port => $self->{port}, workers => $option{workers}, redis => $option{redis}->url,
        modules => $Modules, lua => $Sources, user => $> == 0 ? 'user nobody nogroup;' : '');
    my $text = Live::slurp("$Sources/nginx.conf.in");
    $text =~ s/\@(\w+)\@/$value{$1} \/\/ die "nginx.conf.in: what is \@$1\@?\n"/ge;
    return $text;
}

sub head {
    my ($self, %option) = @_;
    return $self->SUPER::head(path => $self->path, as => [$Client, $Secret], %option);
}

# Founds that many sessions in Redis, and returns their refresh tokens.
sub first_tokens {
    my ($self, $count) = @_;
    open my $random, '<:raw', '/dev/urandom' or die "/dev/urandom: $!\n";
    return map { $self->found($random) } 1 .. $count;
}

sub found {
    my ($self, $random) = @_;
    (read($random, my $bytes, 32 + 16) // 0) == 32 + 16 or die "/dev/urandom: $!\n";
    my $token   = encode_base64url(substr $bytes, 0, 32);
    my $subject = join '-', unpack 'H8 H4 H4 H4 H12', substr $bytes, 32;
    my $session = qq({"client":"$Client","subject":"$subject","scope":"$Scope"});
    $self->{option}{redis}->command('SET', "$Client:$token", $session, 'PX', $Validity_ms);
    return $token;
}

sub log_tail {
    my $self  = shift;
    my @lines = map { split /^/, Live::slurp("$self->{dir}/$_") } qw(stderr.log error.log);
    return join '', @lines > 20 ? @lines[-20 .. -1] : @lines;
}

# Also when its owner is interrupted while it starts.
sub DESTROY {
    local ($?, $@);
    shift->stop;
}

1;
