package Bench::Measure::Peers;

# What a rotation costs nginx and Redis, against what it costs other token servers and their Redis.

use strict;
use warnings;
use utf8;

use Bench::Row qw(row rate split_cpu);
use Bench::Statistics qw(medians ratio);

my %Most = (32 => 0.4, 256 => 1 / 3);

sub measure {
    my ($class, $bench) = @_;
    my @peers = $bench->{options}->peers;
    Bench::OidcProvider::install() if grep { $_ eq 'oidc-provider' } @peers;
    my %site = (ours => $bench->site, map { $_ => $bench->peer($_) } @peers);
    my (@rows, %samples);
    for my $connections (32, 256) {
        my @load = ($bench->load_options, connections => $connections);
        my $of   = $bench->compare(map { my $name = $_; $name => sub { $site{$name}->rotate(@load) } } sort keys %site);
        $samples{$_}{$connections} = $of->{$_} for keys %$of;
        push @rows, $of->{ngx_lua} ? against_lua($of, $connections) : ();
        push @rows, $of->{'oidc-provider'} && $connections == 32 ? against_node($of) : ();
    }
    push @rows, map { left_out($_) } @{ $bench->option('without') };
    return { rows => \@rows, samples => \%samples };
}

sub against_lua {
    my ($of, $connections) = @_;
    my ($ours, $peer) = @{$of}{qw(ours ngx_lua)};
    return (
        row(
            measure  => "CPU of nginx and Redis per rotation, 1 worker, $connections connections",
            ours     => split_cpu($ours), compared => "ngx_lua: " . split_cpu($peer),
            value    => ratio($ours, $peer, 'cpu'), at_most => $Most{$connections}),
        row(
            measure  => "Rotations per second, 1 worker, $connections connections",
            ours     => rate(medians($ours, 'rate')), compared => 'ngx_lua: ' . rate(medians($peer, 'rate')),
            value    => ratio($ours, $peer, 'rate'), at_least => 2.5));
}

sub against_node {
    my $of = shift;
    my ($ours, $peer) = @{$of}{'ours', 'oidc-provider'};
    return (
        row(
            measure  => 'The server and Redis per rotation, 32 connections: how many times as much CPU',
            ours     => split_cpu($ours), compared => "oidc-provider: " . split_cpu($peer),
            value    => ratio($peer, $ours, 'cpu'), at_least => 25),
        row(
            measure  => 'Rotations per second, 32 connections',
            ours     => rate(medians($ours, 'rate')),
            compared => 'oidc-provider: ' . rate(medians($peer, 'rate')),
            value    => ratio($ours, $peer, 'rate')));
}

sub left_out {
    my $name = shift;
    return row(measure => "CPU per rotation against $name", ours => '', compared => 'left out by --without');
}

1;
