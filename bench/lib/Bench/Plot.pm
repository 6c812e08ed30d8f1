package Bench::Plot;

# The plots of the results, by gnuplot.

use strict;
use warnings;
use utf8;

use Bench::Statistics qw(medians);

# White, as a page may be dark.
my $Terminal = q{set terminal svg size %d,%d background rgb 'white' font 'sans-serif,13'};
my ($Server, $Redis, $Both, $Other) = map { "rgb '#$_'" } qw(2f6fb0 c0504d 333333 999999);
my %Title = (
    floor => 'floor', ours => 'this module', ngx_lua => 'ngx_lua', 'oidc-provider' => 'oidc-provider');

# Draws those that there are figures for.
sub draw {
    my ($results, $folder) = @_;
    my %samples = map { $_ => $results->{measures}{$_}{samples} } keys %{ $results->{measures} };
    cpu("$folder/cpu.svg", \%samples)                if $samples{floor} && $samples{peers};
    latency("$folder/latency.svg", $samples{latency}) if $samples{latency};
    growth("$folder/growth.svg", $samples{growth})   if $samples{growth};
}

sub gnuplot {
    my ($file, $width, $height, @lines) = @_;
    my $text = join "\n", sprintf($Terminal, $width, $height), "set output '$file'", @lines, '';
    utf8::encode($text);
    open my $in, '|-', 'gnuplot' or die "gnuplot: $!\n";
    print $in $text;
    close $in or die "gnuplot failed:\n$text";
}

sub axes {
    my $label = shift;
    return ("set ylabel '$label'", 'set yrange [0:*]', 'set grid y', 'set tics nomirror', 'set key top left');
}

# Rows of a data block.
sub data {
    my ($name, @rows) = @_;
    return ("\$$name << END", (map { join ' ', @$_ } @rows), 'END');
}

# Two panels, as one of the servers dwarfs the others.
sub cpu {
    my ($file, $samples) = @_;
    my %of   = map { $_ => $samples->{peers}{$_}{32} } keys %{ $samples->{peers} };
    $of{floor} = $samples->{floor}{floor};
    my @all  = grep { $of{$_} } qw(floor ours ngx_lua oidc-provider);
    my @near = grep { $_ ne 'oidc-provider' } @all;
    my $bars = sub {
        my ($name, @servers) = @_;
        return data($name, map { [qq("$Title{$_}"), map { sprintf '%.3f', $_ } bar($_, $of{$_})] } @servers);
    };
    my $panel = sub {
        my ($name, $title, $count) = @_;
        return (
            sprintf('set xrange [-0.6:%.1f]', $count - 0.4), "set title \"$title\"",
            "plot \$$name using 2:xtic(1) title 'server' lc $Server, '' using 3 title 'Redis' lc $Redis, "
                . "'' using 0:(\$2+\$3):(sprintf('%.1f', \$2+\$3)) with labels offset 0,0.7 notitle");
    };
    gnuplot(
        $file, 1000, 400,
        'set style data histograms', 'set style histogram rowstacked', 'set style fill solid border -1',
        'set boxwidth 0.6', axes('µs of CPU per rotation'), 'set offsets 0,0,graph 0.1,0',
        q{set xtics noenhanced font ',11'},
        $bars->('near', @near), $bars->('all', @all),
        @all > @near
        ? ('set multiplot layout 1,2', $panel->('near', '1 worker, 32 connections', scalar @near),
            $panel->('all', 'the same beside oidc-provider', scalar @all), 'unset multiplot')
        : $panel->('near', '1 worker, 32 connections', scalar @near));
}

# The floor has no Redis; what that one does when it is idle is not its.
sub bar {
    my ($name, $runs) = @_;
    return (medians($runs, 'server_cpu'), $name eq 'floor' ? 0 : medians($runs, 'redis_cpu'));
}

sub latency {
    my ($file, $samples) = @_;
    my @figures = (['median', 'p50'], ['90 %', 'p90'], ['99 %', 'p99'], ['99.9 %', 'p999']);
    my @rows    = map {
        my ($title, $figure) = @$_;
        [qq("$title"), map { sprintf '%.4f', medians($samples->{$_}, $figure) / 1000 } qw(ours return)];
    } @figures;
    my $rate = sprintf '%.1f', medians($samples->{ours}, 'rate') / 1000;
    gnuplot(
        $file, 720, 380,
        "set title 'Latency at half of the maximal rate ($rate k/s)'",
        axes('milliseconds'), 'set xrange [-0.3:3.3]', data('latency', @rows),
        "plot \$latency using 0:2:xtic(1) with linespoints lw 2 pt 7 lc $Server title 'this module', "
            . "'' using 0:3 with linespoints lw 2 pt 5 lc $Other title 'return of nginx'");
}

sub growth {
    my ($file, $samples) = @_;
    my @panels = (['families', 'families', 1], ['clients', 'clients', 1], ['scope', 'bytes of scope', 0]);
    my (@data, @plots);
    for (@panels) {
        my ($name, $label, $is_logarithmic) = @$_;
        my @steps = @{ $samples->{$name} };
        push @data, data($name, map {
            my $step = $_;
            [$step->{at}, map { sprintf '%.3f', medians($step->{samples}, $_) } qw(server_cpu redis_cpu cpu)];
        } @steps);
        push @plots,
            $is_logarithmic
            ? ('set logscale x', "set format x '10^{%L}'")
            : ('unset logscale x', "set format x '%g'", 'set xtics 500'),
            "set xlabel '$label'",
            "plot \$$name using 1:4 with linespoints lw 2 pt 7 lc $Both title 'both', "
                . "'' using 1:2 with linespoints lw 2 pt 5 lc $Server title 'nginx', "
                . "'' using 1:3 with linespoints lw 2 pt 9 lc $Redis title 'Redis'";
    }
    gnuplot(
        $file, 960, 360, axes('µs of CPU per rotation'), 'set offsets 0,0,graph 0.4,0', @data,
        'set multiplot layout 1,3', @plots, 'unset multiplot');
}

1;
