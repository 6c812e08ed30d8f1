package Bench::Options;

# The command line of script/bench.

use strict;
use warnings;

use Getopt::Long qw(GetOptionsFromArray);

our @Measures =
    qw(floor script peers workers latency forged require memory worker_memory growth persistence);
our @Peers = qw(ngx_lua oidc-provider);

# Dies with the usage if the words are wrong.
sub parse {
    my ($class, @words) = @_;
    my $self  = bless { runs => 5, seconds => 3, warm_up => 0.5, families => 1_000_000 }, $class;
    my %given;
    Getopt::Long::Configure(qw(no_auto_abbrev no_ignore_case));
    GetOptionsFromArray(
        \@words, \%given, 'quick', 'only=s', 'without=s', 'runs=i', 'seconds=f') && !@words or die usage();
    $self->set(quick => 1, runs => 1, seconds => 1, warm_up => 0.2, families => 10_000) if $given{quick};
    $self->set(map { $_ => $given{$_} } grep { defined $given{$_} } qw(runs seconds));
    $self->{$_} = names($given{$_}) for qw(only without);
    $self->check;
    return $self;
}

sub usage {
    return "usage: script/bench [--quick] [--only NAME,...] [--without PEER,...] [--runs N] [--seconds S]\n"
        . "       script/bench --check\n"
        . "NAME: @Measures\nPEER: @Peers\n";
}

sub set {
    my ($self, %value) = @_;
    $self->{$_} = $value{$_} for keys %value;
}

sub names { [split /,/, $_[0] // ''] }

sub check {
    my $self = shift;
    my %known = (only => \@Measures, without => \@Peers);
    for my $option (keys %known) {
        for my $name (@{ $self->{$option} }) {
            die "--$option: there is no $name\n" . usage() unless grep { $_ eq $name } @{ $known{$option} };
        }
    }
    die "--runs and --seconds are above 0\n" . usage() unless $self->{runs} > 0 && $self->{seconds} > 0;
}

sub measures {
    my $self = shift;
    my %only = map { $_ => 1 } @{ $self->{only} };
    return grep { !%only || $only{$_} } @Measures;
}

# The peers that are measured.
sub peers {
    my $self = shift;
    return unless grep { $_ eq 'peers' } $self->measures;
    my %without = map { $_ => 1 } @{ $self->{without} };
    return grep { !$without{$_} } @Peers;
}

1;
