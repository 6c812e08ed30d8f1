package Bench::OidcProvider;

# The peer "oidc-provider": the token server of peers/oidc-provider, in one process of Node.js.

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA qw(sha256_hex);
use File::Basename qw(dirname);
use POSIX ();
use Time::HiRes qw(sleep time);

use Live::Http;
use Live::Nginx;

# The Debian packages that it needs, unless there is a node with its npm.
our @Packages = qw(nodejs npm ca-certificates);

my $Sources = abs_path(dirname(__FILE__) . '/../../peers/oidc-provider');
my $Modules = "$Sources/node_modules";
my $Stamp   = "$Modules/.of-lock-file";

# As in server.mjs.
my ($Client, $Secret) = ('s6BhdRkqt3app01', 'gX1fBat3bV');

sub state_of_lock_file { sha256_hex(Live::slurp("$Sources/package-lock.json")) }

sub is_installed { Live::slurp($Stamp) eq state_of_lock_file() }

# Fetches the packages that the lock file names, once for each state of it. Dies if it cannot.
sub install {
    return if is_installed();
    my $version = `node --version 2>&1` // '';
    die "oidc-provider needs node 18 or newer; there is " . ($version || "none\n")
        unless $version =~ /^v(\d+)/ && $1 >= 18;
    my $output = `npm ci --prefix '$Sources' --ignore-scripts --no-audit --no-fund --fetch-retry-mintimeout=1000 2>&1`;
    die "npm could not install oidc-provider; it needs to reach its registry once:\n" . ($output // "no npm\n") if $?;
    Live::write_file($Stamp, state_of_lock_file());
}

# Options: redis (an object with a url). There is one process; Node.js has no workers.
sub start {
    my ($class, $dir, %option) = @_;
    die "oidc-provider is not installed: call Bench::OidcProvider::install\n" unless is_installed();
    my $self = bless { dir => $dir, owner => $$, port => Live::free_port(), redis => $option{redis} }, $class;
    $self->launch;
    return $self;
}

sub port        { shift->{port} }
sub path        { '/token' }
sub credentials { "$Client:$Secret" }
sub pids        { shift->{pid} // () }

# Runs server.mjs in this process, which it never leaves.
sub become {
    my ($self, $command, $number) = @_;
    open STDERR, '>>', "$self->{dir}/node.log";
    $ENV{NODE_ENV} = 'production';
    exec 'node', "$Sources/server.mjs", $command, $number, $self->{redis}->url or POSIX::_exit(127);
}

# Returns when it answers.
sub launch {
    my $self = shift;
    $self->{pid} = fork // die "fork: $!\n";
    if (!$self->{pid}) {
        open STDOUT, '>>', "$self->{dir}/node.log";
        $self->become(serve => $self->{port});
    }
    my $end = time + 60;
    until ($self->answers) {
        if ($self->ended || time > $end) {
            $self->stop;
            die "oidc-provider does not start:\n" . $self->log_tail;
        }
        sleep 0.05;
    }
}

sub answers {
    my $self       = shift;
    my $connection = Live::Http->connect($self->{port}) or return;
    my $form       = Live::Nginx::form(grant_type => 'refresh_token', refresh_token => 'unknown');
    my $message    = Live::Nginx->message($form, path => $self->path, as => [$Client, $Secret]);
    return ($connection->send($message)->answer(5)->{json}{error} // '') eq 'invalid_grant';
}

# Founds that many sessions, by a process of its own, and returns their refresh tokens.
sub first_tokens {
    my ($self, $count) = @_;
    my $file = "$self->{dir}/tokens";
    my $pid  = fork // die "fork: $!\n";
    if (!$pid) {
        open STDOUT, '>', $file or POSIX::_exit(127);
        $self->become(found => $count);
    }
    waitpid $pid, 0;
    my $failed = $?;
    my @tokens = split /\n/, Live::slurp($file);
    unlink $file;
    die "oidc-provider founds no sessions:\n" . $self->log_tail if $failed || @tokens != $count;
    return @tokens;
}

sub log_tail {
    my $self  = shift;
    my @lines = split /^/, Live::slurp("$self->{dir}/node.log");
    return join '', @lines > 20 ? @lines[-20 .. -1] : @lines;
}

# True once its process has ended.
sub ended {
    my $self = shift;
    return 1 unless $self->{pid};
    return 0 if waitpid($self->{pid}, POSIX::WNOHANG()) == 0;
    delete $self->{pid};
    return 1;
}

sub stop {
    my $self = shift;
    return unless $self->{pid} && $$ == $self->{owner};
    kill TERM => $self->{pid};
    return if Live::wait_for(sub { $self->ended }, 5);
    kill KILL => $self->{pid};
    waitpid delete $self->{pid}, 0;
}

# Also when its owner is interrupted while it starts.
sub DESTROY {
    local ($?, $@);
    shift->stop;
}

1;
