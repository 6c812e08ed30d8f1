package Bench::Row;

# A line of the table: what was measured, and the target that it is held to.

use strict;
use warnings;
use utf8;

use Exporter 'import';

use Bench::Statistics qw(medians);

our @EXPORT_OK = qw(row bytes kilobytes microseconds rate split_cpu);

sub microseconds { sprintf '%.1f µs', shift }
sub rate         { sprintf '%.1f k/s', shift() / 1000 }
sub times        { sprintf '%.2f ×', shift }
sub bytes        { sprintf '%.0f B', shift }
sub kilobytes    { sprintf '%.0f KiB', shift() / 1024 }

# The CPU of a server and its Redis, by the medians of samples.
sub split_cpu {
    my $samples = shift;
    return sprintf '%s (%.1f + %.1f)', microseconds(medians($samples, 'cpu')),
        map { medians($samples, $_) } qw(server_cpu redis_cpu);
}

# measure, ours, compared (texts); value (a number, or what Bench::Statistics::ratio gives) and show (how it
# is written); at_most or at_least, or target and met, unless there is no target.
sub row {
    my (%row) = @_;
    my $show   = delete $row{show} // \&times;
    my $spread = ref $row{value} ? $row{value} : { value => $row{value} };
    my %line   = (%row, %$spread, shown => defined $spread->{value} ? $show->($spread->{value}) : '');
    if (defined $spread->{lowest} && $spread->{lowest} != $spread->{highest}) {
        $line{shown} .= sprintf ' (%s to %s)', map { $show->($spread->{$_}) } qw(lowest highest);
    }
    if (defined $row{at_most}) {
        $line{target} = '≤ ' . $show->($row{at_most});
        $line{met}    = $spread->{value} <= $row{at_most} ? 1 : 0;
    } elsif (defined $row{at_least}) {
        $line{target} = '≥ ' . $show->($row{at_least});
        $line{met}    = $spread->{value} >= $row{at_least} ? 1 : 0;
    }
    return \%line;
}

1;
