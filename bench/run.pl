#!/usr/bin/perl

# Measures the module, and writes results.json, table.md and the plots; script/bench builds what is needed
# and calls it. Usage: see Bench::Options.

use strict;
use warnings;

use Cwd ();
use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../t/live/lib";

use Live;

use Bench;
use Bench::Load;
use Bench::Machine;
use Bench::Options;
use Bench::Plot;
use Bench::Results;

use Bench::Measure::Floor;
use Bench::Measure::Forged;
use Bench::Measure::Growth;
use Bench::Measure::Latency;
use Bench::Measure::Memory;
use Bench::Measure::Peers;
use Bench::Measure::Persistence;
use Bench::Measure::Require;
use Bench::Measure::Script;
use Bench::Measure::WorkerMemory;
use Bench::Measure::Workers;

my %Measure = (
    floor         => 'Bench::Measure::Floor',
    script        => 'Bench::Measure::Script',
    peers         => 'Bench::Measure::Peers',
    workers       => 'Bench::Measure::Workers',
    latency       => 'Bench::Measure::Latency',
    forged        => 'Bench::Measure::Forged',
    require       => 'Bench::Measure::Require',
    memory        => 'Bench::Measure::Memory',
    worker_memory => 'Bench::Measure::WorkerMemory',
    growth        => 'Bench::Measure::Growth',
    persistence   => 'Bench::Measure::Persistence',
);

alarm 0;    # Live's, for tests
STDERR->autoflush;
my $options = Bench::Options->parse(@ARGV);
my $build   = Cwd::abs_path("$FindBin::Bin/../build-bench");
$ENV{TEST_NGINX_MODULE}          = "$build/ngx_http_oauth2_module.so";
$Bench::Load::Program            = "$build/bench/load/oauth2_load";
$Bench::Measure::Script::Program = "$build/bench/scripts/oauth2_scripts";
$Bench::Site::Floor              = "$build/ngx_http_floor_module.so";

my $folder = $options->{quick} ? "$build/quick" : "$FindBin::Bin/results";
print STDERR "A quick run; its figures go to $folder and are no results.\n" if $options->{quick};
my $machine = Bench::Machine::describe($build);
my $results = Bench::Results->new($folder, $machine, fresh => !@{ $options->{only} });
print STDERR "The machine is busy before it starts: $machine->{'busy before'}\n"
    if $machine->{'busy before'} =~ /\d\d/;

my $bench = Bench->new($options);
for my $name ($options->measures) {
    print STDERR "$name ...\n";
    my $state = Bench::Machine::state();
    my $found = $Measure{$name}->measure($bench);
    $results->add($name, { %$found, %$state, map { $_ => $options->{$_} } qw(runs seconds) });
    $results->write;
}
Bench::Plot::draw($results->all, $folder);
print $results->table;
