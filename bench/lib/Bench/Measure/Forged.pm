package Bench::Measure::Forged;

# What it costs to refuse tokens that nobody issued, and that Redis is not asked.

use strict;
use warnings;
use utf8;

use Bench::Row qw(row microseconds);
use Bench::Statistics qw(medians ratio);

sub measure {
    my ($class, $bench) = @_;
    my $site  = $bench->site;
    my @load  = ($bench->load_options, tokens => forged($site->{file}));
    my $asked = 0;
    my $samples = $bench->compare(
        forged => sub {
            my %before = calls($site->{redis});
            my $sample = $site->ask($site->{server}->path, @load, expect => 400);
            my %after  = calls($site->{redis});
            $sample->{commands} = 0;
            $sample->{commands} += $after{$_} - ($before{$_} // 0) for keys %after;
            $asked += $sample->{commands};
            return $sample;
        },
        floor => sub { $site->ask('/floor', @load) });
    my ($forged, $floor) = @{$samples}{qw(forged floor)};
    my @rows = (
        row(
            measure  => 'CPU of a worker per forged token, error_log at error',
            ours     => microseconds(medians($forged, 'server_cpu')),
            compared => 'floor handler: ' . microseconds(medians($floor, 'server_cpu')),
            value    => ratio($forged, $floor, 'server_cpu'), at_most => 1.2),
        row(
            measure  => 'Commands that Redis got meanwhile, without pings',
            ours     => $asked, compared => '', value => $asked, show => sub { shift }, at_most => 0));
    return { rows => \@rows, samples => $samples };
}

# A file of the same tokens with another last character, of the MAC.
sub forged {
    my $file = shift;
    return Live::write_file("$file.forged", Live::slurp($file) =~ s/(.)$/$1 eq 'A' ? 'B' : 'A'/gemr);
}

sub calls {
    my $redis = shift;
    my %calls = %{ $redis->calls };
    delete @calls{qw(info ping)};
    return %calls;
}

1;
