package Bench::Machine;

# What the figures were measured on.

use strict;
use warnings;

use POSIX ();
use Time::HiRes qw(sleep);

use Bench::Process;

# What a figure depends on; the rest of the description may change between two runs.
our @Identity = qw(processor cores memory kernel distribution nginx redis openssl compiler build);

# Takes the folder of the build.
sub describe {
    my $build   = shift;
    my $cpuinfo = Live::slurp('/proc/cpuinfo');
    my ($name)  = $cpuinfo =~ /^model name\s*:\s*(.+)$/m;
    my ($total) = Live::slurp('/proc/meminfo') =~ /^MemTotal:\s+(\d+) kB/m;
    my ($distribution) = Live::slurp('/etc/os-release') =~ /^PRETTY_NAME="?(.*?)"?$/m;
    my %cache = Live::slurp("$build/CMakeCache.txt") =~ /^(CMAKE_(?:BUILD_TYPE|CXX_COMPILER)):\w+=(.*)$/mg;
    return {
        processor => ($name // 'unknown') . ($cpuinfo =~ /^flags\s*:.*\bhypervisor\b/m ? ', virtual' : ''),
        cores     => scalar(() = $cpuinfo =~ /^processor\s*:/mg),
        memory    => sprintf('%.1f GiB', $total / 1024**2),
        kernel    => join(' ', (POSIX::uname())[0, 2]),
        distribution => $distribution,
        nginx     => first_line(Live::Nginx::binary(), '-v'),
        redis     => first_line('redis-server', '--version') =~ s/ sha=\S+| build=\S+//gr,
        openssl   => first_line('openssl', 'version'),
        compiler  => first_line($cache{CMAKE_CXX_COMPILER} // 'c++', '--version'),
        build     => build_type($cache{CMAKE_BUILD_TYPE}),
        node      => first_line('node', '--version'),
        commit    => first_line('git', '-C', $build, 'describe', '--always', '--dirty'),
        'busy before' => busy() . ' %',
        'persistence of Redis' => 'appendonly no, save "", unless a row says otherwise',
        'files of Redis are on' => first_line('stat', '-f', '-c', '%T', Live::folder('scratch')) };
}

# As CMakeLists.txt sets it if nobody else does.
sub build_type { length($_[0] // '') ? $_[0] : 'RelWithDebInfo' }

sub first_line {
    my @command = @_;
    my $output  = eval { Bench::Process::output('sh', '-c', 'exec "$@" 2>&1', 'sh', @command) } // 'none';
    return (split /\n/, $output)[0] =~ s/^nginx version: //r;
}

# Percent of all processors that are busy while this waits a second.
sub busy {
    my @before = processor_time();
    sleep 1;
    my @after = processor_time();
    return sprintf '%.0f', 100 * ($after[0] - $before[0]) / ($after[1] - $before[1]);
}

# Ticks since the start of the machine: busy ones, and all.
sub processor_time {
    my ($line) = Live::slurp('/proc/stat') =~ /^cpu +(.*)$/m;
    my @ticks  = split ' ', $line;
    my $all    = 0;
    $all += $_ for @ticks[0 .. 7];
    return ($all - $ticks[3] - $ticks[4], $all);
}

# When a measure was made, and what else ran.
sub state {
    my ($load) = Live::slurp('/proc/loadavg') =~ /^(\S+)/;
    return { date => POSIX::strftime('%Y-%m-%d %H:%M', gmtime), loadavg => $load + 0 };
}

1;
