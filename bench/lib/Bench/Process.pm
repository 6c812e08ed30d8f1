package Bench::Process;

# Processes: what the kernel knows of them, and what they print.

use strict;
use warnings;

# Microseconds on a processor, of all its threads.
sub cpu_time {
    my $pid = shift;
    my $sum = 0;
    for my $file (glob "/proc/$pid/task/*/schedstat") {
        $sum += (split ' ', Live::slurp($file))[0] // 0;
    }
    die "there is no process $pid\n" unless $sum;
    return $sum / 1000;
}

# Bytes of memory: Rss, or those that it shares with no other process.
sub resident { figure($_[0], 'Rss') }
sub private  { figure($_[0], 'Private_Dirty') }

sub figure {
    my ($pid, $name) = @_;
    my ($kilobytes) = Live::slurp("/proc/$pid/smaps_rollup") =~ /^$name:\s+(\d+) kB$/m
        or die "/proc/$pid/smaps_rollup has no $name\n";
    return $kilobytes * 1024;
}

# What a command prints; dies if it fails.
sub output {
    my @command = @_;
    open my $out, '-|', @command or die "$command[0]: $!\n";
    local $/;
    my $text = <$out> // '';
    close $out or die "$command[0] failed:\n$text";
    return $text;
}

1;
