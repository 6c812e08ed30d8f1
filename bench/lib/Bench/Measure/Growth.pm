package Bench::Measure::Growth;

# What a rotation costs as there are more families, more clients, and longer scopes.

use strict;
use warnings;
use utf8;

use Bench::Row qw(row microseconds split_cpu);
use Bench::Statistics qw(fit medians ratio);

my $Flat   = 1.1;
my $Linear = 0.95;

sub measure {
    my ($class, $bench) = @_;
    my %of = (
        families => steps($bench, \&rotate_any, map { [families => $_] } 10, 10_000, $bench->option('families')),
        clients  => steps($bench, \&rotate, map { [clients => $_, families => 10_000] } 1, 1000, 10_000),
        scope    => steps($bench, \&rotate, map { [scope => $_] } 20, 500, 1000, 2000));
    my @rows = (
        flat_row('families', 'server_cpu', 'CPU of nginx', $of{families}),
        flat_row('families', 'redis_cpu', 'CPU of Redis', $of{families}),
        flat_row('clients', 'cpu', 'CPU of nginx and Redis', $of{clients}),
        slope_row($of{scope}));
    return { rows => \@rows, samples => \%of };
}

sub rotate {
    my ($site, @load) = @_;
    return $site->rotate(@load);
}

# Ten families have ten connections.
sub rotate_any {
    my ($site, @load) = @_;
    $site->shuffle_families;
    return $site->rotate(@load, connections => 10);
}

# Sites that differ in one option, and their samples: [{ at, samples }].
sub steps {
    my ($bench, $call, @options) = @_;
    my %seen;
    @options = grep { !$seen{"@$_"}++ } @options;
    my @sites   = map { $bench->site(@$_) } @options;
    my $samples = $bench->compare(
        map { my $site = $sites[$_]; $_ => sub { $call->($site, $bench->load_options) } } 0 .. $#sites);
    return [map { { at => $options[$_][1], samples => $samples->{$_} } } 0 .. $#sites];
}

sub flat_row {
    my ($what, $figure, $title, $steps) = @_;
    my ($first, $last) = @{$steps}[0, -1];
    my @texts = map { microseconds(medians($_->{samples}, $figure)) . " with $_->{at}" } @$steps;
    return row(
        measure => "$title per rotation as $what grow", ours => pop @texts, compared => join(', ', @texts),
        value   => ratio($last->{samples}, $first->{samples}, $figure), at_most => $Flat);
}

# Linear: a line explains nearly all of it.
sub slope_row {
    my $steps = shift;
    my $fit   = fit(map { [$_->{at}, medians($_->{samples}, 'cpu')] } @$steps);
    my @texts = map { split_cpu($_->{samples}) . " with $_->{at}" } @$steps;
    return row(
        measure  => 'CPU of nginx and Redis per rotation as the scope grows: per 1,000 bytes',
        ours     => pop @texts,
        compared => join(', ', @texts) . sprintf('; a line explains %.0f %%', 100 * $fit->{explained}),
        value    => 1000 * $fit->{slope}, show => \&microseconds,
        target   => 'linear', met => $fit->{explained} >= $Linear ? 1 : 0);
}

1;
