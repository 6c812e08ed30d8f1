package Live;

# What the tests of this folder stand on: a real nginx, a real Redis and a proxy between them, all
# in a temporary folder, and all ended with the test however it ends.

use strict;
use warnings;

use Digest::SHA qw(sha256);
use Exporter 'import';
use File::Basename qw(dirname);
use File::Temp ();
use IO::Socket::INET;
use Test::More;
use Time::HiRes qw(sleep time);

use lib dirname(__FILE__) . '/../../lib/perl';

use Live::Cluster;
use Live::Dns;
use Live::FakeSentinel;
use Live::Family;
use Live::Grants;
use Live::Link;
use Live::Nginx;
use Live::Pki;
use Live::Proxy;
use Live::Redis;
use Live::Relay;
use Live::Sentinels;

our @EXPORT = qw(children cluster dns fake_sentinel family finish folder free_port grants key_file link_to nginx patient_seconds pki proxy redis
    recovers refused relay same_token sentinels slurp unavailable wait_for write_file);

my $Owner = $$;
my $Dir   = File::Temp->newdir('oauth2-live-XXXXXX', TMPDIR => 1);
chmod 0755, "$Dir";    # nginx's workers may be nobody

my @Started;
my $Count = 0;

$SIG{PIPE} = 'IGNORE';
$SIG{$_} = sub { exit 1 } for qw(INT TERM HUP);

# A test that hangs is ended by this.
$SIG{ALRM} = sub { diag('the test takes too long'); exit 1 };
alarm($ENV{TEST_LIVE_ALARM} || 180);

END {
    if ($$ == $Owner) {
        my $status = $?;
        $_->stop for reverse @Started;
        $? = $status;
    }
}

sub folder {
    my $name = shift;
    my $path = "$Dir/$name" . ++$Count;
    mkdir $path or die "$path: $!\n";
    chmod 0755, $path;
    return $path;
}

sub write_file {
    my ($path, $text, $mode) = @_;
    open my $out, '>', $path or die "$path: $!\n";
    binmode $out;
    print $out $text;
    close $out or die "$path: $!\n";
    chmod $mode // 0644, $path;
    return $path;
}

sub slurp {
    my $path = shift;
    open my $in, '<', $path or return '';
    binmode $in;
    local $/;
    return scalar(<$in>) // '';
}

# Below the range from which the kernel takes the ports of outgoing connections.
# Tests that start one after the other are far apart.
my $Port = 10_000 + $$ * 397 % 20_000;

sub free_port {
    for (1 .. 2000) {
        $Port = $Port >= 30_000 ? 10_000 : $Port + 1;
        return $Port
            if IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $Port, Listen => 1);
    }
    die "no free port\n";
}

# A slow machine, or a checker around nginx, is not a failure.
sub patient_seconds { $ENV{TEST_LIVE_PATIENCE} || 20 }

sub wait_for(&;$) {
    my ($condition, $seconds) = @_;
    my $end = time + ($seconds // patient_seconds());
    while (1) {
        my $result = $condition->();
        return $result if $result || time > $end;
        sleep 0.02;
    }
}

sub children {
    my $parent = shift;
    my @found;
    for my $file (glob '/proc/[0-9]*/stat') {
        open my $in, '<', $file or next;
        my ($pid, $state, $ppid) = (<$in> // '') =~ /^(\d+) \(.*\) (\S) (\d+)/ or next;
        push @found, $pid if $ppid == $parent && $state ne 'Z';
    }
    @found = sort { $a <=> $b } @found;
    return @found;
}

sub key_file {
    my ($number, $dir) = @_;
    return write_file("$dir/key$number", unpack('H*', sha256("root key $number")) . "\n", 0600);
}

sub redis {
    push @Started, my $redis = Live::Redis->start(folder('redis'), @_);
    return $redis;
}

sub cluster { Live::Cluster->start(@_) }

sub sentinels {
    push @Started, my $sentinels = Live::Sentinels->start(folder('sentinels'), @_);
    return $sentinels;
}

sub fake_sentinel {
    push @Started, my $sentinel = Live::FakeSentinel->start(folder('fake'), @_);
    return $sentinel;
}

sub proxy {
    push @Started, my $proxy = Live::Proxy->start(folder('proxy'), @_);
    return $proxy;
}

sub link_to {
    push @Started, my $link = Live::Link->start(@_);
    return $link;
}

sub nginx {
    push @Started, my $nginx = Live::Nginx->start(folder('nginx'), @_);
    return $nginx;
}

sub grants {
    push @Started, my $nginx = Live::Grants->start(folder('nginx'), @_);
    return $nginx;
}

sub relay {
    push @Started, my $relay = Live::Relay->start(folder('relay'), @_);
    return $relay;
}

sub dns {
    push @Started, my $dns = Live::Dns->start(folder('dns'), @_);
    return $dns;
}

sub pki { Live::Pki->new(folder('pki'), @_) }

sub family { Live::Family->new(@_) }

# --- Checks

sub unavailable {
    my ($answer, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $wrong = join ', ', grep { $_ }
        $answer->{status} == 503 ? '' : "status $answer->{status}",
        ($answer->{json}{error} // '') eq 'temporarily_unavailable' ? '' : "body $answer->{body}",
        ($answer->{header}{'retry-after'} // '') =~ /^[1-9]\d*$/ ? '' : 'no Retry-After',
        ($answer->{header}{'cache-control'} // '') eq 'no-store' ? '' : 'no Cache-Control';
    return is($wrong, '', $name);
}

sub refused {
    my ($answer, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $got = "$answer->{status} " . ($answer->{json}{error} // '');
    return is($got, '400 invalid_grant', $name);
}

sub same_token {
    my ($answer, $token, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $got = $answer->{json}{refresh_token} // "$answer->{status} $answer->{body}";
    return is($got, $token, $name);
}

# The fault is repaired: the token works again, and was never refused meanwhile.
sub recovers {
    my ($nginx, $token, $successor, $name) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my $answer;
    wait_for { $answer = $nginx->refresh($token); $answer->{status} != 503 };
    return same_token($answer, $successor, $name);
}

# nginx quits gracefully, and its log has nothing that an operator must be told.
sub finish {
    my ($nginx, @expected) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    ok($nginx->quit, 'nginx quits in time');
    my @bad = $nginx->trouble(@expected);
    is(join('', @bad), '', 'no alert, no crash and no report of a checker');
}

1;
