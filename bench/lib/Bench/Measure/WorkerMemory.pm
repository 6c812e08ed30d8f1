package Bench::Measure::WorkerMemory;

# What a worker keeps: for connections that are idle, and for clients that are configured.

use strict;
use warnings;
use utf8;

use Bench::Process;
use Bench::Row qw(row bytes kilobytes);
use Bench::Statistics qw(difference medians);
use Live::Http;

my $Connections = 1000;
my $Clients     = 10_000;
my $Nothing     = 4 * 4096 / $Connections;    # four pages in all

sub measure {
    my ($class, $bench) = @_;
    my $samples = $bench->compare(
        ours   => sub { idle_connections($bench, undef) },
        return => sub { idle_connections($bench, '/return') });
    my ($ours, $return) = @{$samples}{qw(ours return)};
    my $clients = $samples->{clients} = clients($bench);
    my @rows = (
        row(
            measure  => "Memory of a worker per idle connection that has refreshed, $Connections of them",
            ours     => bytes(medians($ours, 'bytes')),
            compared => 'return: ' . bytes(medians($return, 'bytes')),
            value    => difference($ours, $return, 'bytes'), show => \&bytes, at_most => $Nothing),
        row(
            measure  => "Memory of a worker per 1,000 clients, $Clients of them",
            ours     => kilobytes($clients->{bytes}), compared => '', value => $clients->{bytes},
            show     => \&kilobytes, at_most => 1024 * 1024));
    return { rows => \@rows, samples => $samples };
}

# The bytes that a fresh worker has more with the connections than before them, for each.
sub idle_connections {
    my ($bench, $path) = @_;
    my $site   = $bench->new_site(families => $Connections);
    my $server = $site->{server};
    $server->reload or die "nginx does not reload\n";    # the old worker had the memory of many requests
    my ($pid)  = $server->pids;
    my @tokens = split /\n/, Live::slurp($site->{file});
    my $warm   = Live::Http->connect($server->port);
    $_ = refresh($warm, $server, $_, $path) for @tokens[0 .. 99];
    my $before = Bench::Process::private($pid);
    my @idle   = map { Live::Http->connect($server->port) // die "nginx takes no more connections\n" } @tokens;
    refresh($idle[$_], $server, $tokens[$_], $path) for 0 .. $#tokens;
    my $after = Bench::Process::private($pid);
    close $_->{socket} for $warm, @idle;
    $site->stop;
    return { bytes => ($after - $before) / @idle, before => $before, after => $after };
}

# Returns the newest token.
sub refresh {
    my ($connection, $server, $token, $path) = @_;
    my $form   = Live::Nginx::form(grant_type => 'refresh_token', refresh_token => $token);
    my $answer = $connection->send($server->message($form, path => $path // $server->path,
        as => ['bench-000000000', 'secret-of-bench'], connection => 'keep-alive'))->answer;
    die "a refresh was answered with $answer->{status} $answer->{body}\n" if $answer->{status} != 200;
    return $path ? $token : $answer->{json}{refresh_token};
}

sub clients {
    my $bench = shift;
    my @bytes = map {
        my $site = $bench->new_site(families => 100, clients => $_);
        my $size = Bench::Process::resident(($site->{server}->pids)[0]);
        $site->stop;
        $size;
    } 1, $Clients;
    return {
        bytes => ($bytes[1] - $bytes[0]) / ($Clients - 1) * 1000, with_one => $bytes[0], with_all => $bytes[1] };
}

1;
