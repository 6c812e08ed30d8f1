package Bench;

# A run of the benchmark: its options, and the servers that the measures share, each started once.

use strict;
use warnings;

use Bench::Quiet;
use Bench::Site;

my @Started;
my $Owner = $$;

# A disk may take seconds to write, and a machine may stand still.
my $Patience = '10s';

# Servers end before their Redis does, which Live ends.
END {
    if ($$ == $Owner) {
        my $status = $?;
        $_->stop for reverse @Started;
        $? = $status;
    }
}

# Options: see Bench::Options.
sub new {
    my ($class, $options) = @_;
    return bless { options => $options, sites => {} }, $class;
}

sub option { $_[0]{options}{ $_[1] } }

# A site with a gateway that nobody else uses.
sub new_site {
    my ($self, %option) = @_;
    push @Started, my $site = Bench::Site->gateway($self->site_options(%option));
    return $site;
}

# One that the measures share; its families are rotated, and nothing else is done to it.
sub site {
    my ($self, %option) = @_;
    my %all = $self->site_options(%option);
    return $self->{sites}{ join ' ', map { "$_=$all{$_}" } sort keys %all } //= $self->new_site(%option);
}

sub site_options {
    my ($self, %option) = @_;
    return (
        families => $self->usual_families, workers => 1, clients => 1, scope => 20,
        store => "timeout $Patience;", %option);
}

# Each connection has its own, as clients have; growth is measured by itself.
sub usual_families { 256 }

# The one with the most families.
sub large_site { $_[0]->site(families => $_[0]->option('families')) }

sub peer {
    my ($self, $name) = @_;
    return $self->{sites}{$name} //= do {
        push @Started, my $site = Bench::Site->peer($name, $self->usual_families);
        $site;
    };
}

# What the generator needs for one run.
sub load_options {
    my $self = shift;
    return (seconds => $self->option('seconds'), warm_up => $self->option('warm_up'));
}

# Runs what is compared in turn, as often as the options say: A, B, A, B ..., and again what ran while the
# machine was not quiet. Takes pairs of a name and a function; gives the samples that each function returned,
# by name.
sub compare {
    my ($self, @pairs) = @_;
    my @rounds = Bench::Quiet::rounds($self->option('runs'), sub {
        return [ map { $pairs[2 * $_ + 1]->() } 0 .. $#pairs / 2 ];
    });
    my %samples;
    for my $round (@rounds) {
        push @{ $samples{ $pairs[2 * $_] } }, $round->[$_] for 0 .. $#pairs / 2;
    }
    return \%samples;
}

1;
