package Bench::Results;

# The results of a folder: results.json, and table.md, which is made of it.

use strict;
use warnings;
use utf8;

use JSON::PP ();

use Bench::Machine;
use Bench::Options;

my $Json = JSON::PP->new->utf8->canonical->pretty->indent_length(1);

# Goes on with what the folder has, unless `fresh`. Dies if that is from another machine.
sub new {
    my ($class, $folder, $machine, %option) = @_;
    mkdir $folder or die "$folder: $!\n" unless -d $folder;
    my $self = bless { folder => $folder, all => { measures => {} } }, $class;
    my $text = $option{fresh} ? '' : Live::slurp("$folder/results.json");
    $self->{all} = $Json->decode($text) if length $text;
    if (my $old = $self->{all}{machine}) {
        my @other = grep { ($old->{$_} // '') ne $machine->{$_} } @Bench::Machine::Identity;
        die "$folder/results.json is from another machine (@other); run all measures\n" if @other;
    }
    $self->{all}{machine} = $machine;
    return $self;
}

sub all { shift->{all} }

sub add {
    my ($self, $name, $found) = @_;
    $self->{all}{measures}{$name} = $found;
}

sub write {
    my $self = shift;
    Live::write_file("$self->{folder}/results.json", $Json->encode($self->{all}));
    Live::write_file("$self->{folder}/table.md", $self->table);
}

# In UTF-8.
sub table {
    my $self  = shift;
    my $found = $self->{all}{measures};
    my @names = grep { $found->{$_} } @Bench::Options::Measures;
    my @lines = (
        columns('Measure', 'This module', 'Compared with', 'Ratio or difference', 'Target', 'Met'),
        columns(('---') x 6),
        map { line($_) } map { @{ $found->{$_}{rows} } } @names);
    my $text = join "\n", @lines, '', $self->legend, '', $self->machine, '', $self->times(@names), '';
    utf8::encode($text);
    return $text;
}

sub line {
    my $row = shift;
    my $met = !defined $row->{met} ? '' : $row->{met} ? 'yes' : '**no**';
    return columns(map({ $_ // '' } @{$row}{qw(measure ours compared shown target)}), $met);
}

sub columns { '| ' . join(' | ', @_) . ' |' }

sub legend {
    return 'CPU is what the kernel accounts to the processes, by answer; sums in parentheses are those of the '
        . 'server and of Redis. What is compared ran in turn. Figures are medians of the runs; ratios and '
        . 'differences are medians of those of neighbouring runs, with the extremes in parentheses. Rounds during '
        . 'which a fixed piece of work took over a tenth more than at its best were made again, up to three times '
        . 'as many in all.';
}

sub machine {
    my $self    = shift;
    my $machine = $self->{all}{machine};
    my %known   = map { $_ => 1 } @Bench::Machine::Identity;
    return join "\n", columns('Machine', ''), columns(qw(--- ---)),
        map { columns($_, $machine->{$_}) } @Bench::Machine::Identity, grep { !$known{$_} } sort keys %$machine;
}

sub times {
    my ($self, @names) = @_;
    my $found = $self->{all}{measures};
    return join "\n",
        columns('Measured', 'UTC', 'Runs', 'Seconds each', 'Load average before'), columns(('---') x 5),
        map { columns($_, @{ $found->{$_} }{qw(date runs seconds loadavg)}) } @names;
}

1;
