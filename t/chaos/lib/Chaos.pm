package Chaos;

# Runs the checker for a test: each invariant that applies becomes a check, and what failed is shown with
# the whole report.

use strict;
use warnings;

use Exporter 'import';
use File::Basename qw(dirname);
use Test::More;

our @EXPORT = qw(run_checker run_unit_tests);

my $Folder = dirname(__FILE__) . '/..';

sub node { $ENV{TEST_NODE} || 'node' }

my ($version) = (qx(@{[node()]} --version 2>/dev/null) // '') =~ /^v(\d+)/;
plan skip_all => 'there is no node 18 or newer' if !$version || $version < 18;

sub run_checker {
    my @options = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    open my $out, '-|', node(), "$Folder/main.mjs", '--tap', @options or die "node: $!\n";
    my (@report, $failed);
    while (my $line = <$out>) {
        chomp $line;
        if    ($line =~ /^ok - (.*)/)     { pass($1) }
        elsif ($line =~ /^not ok - (.*)/) { $failed = 1; fail($1) }
        else                              { push @report, $line }
    }
    close $out;
    is($?, 0, 'the checker runs to its end');
    $failed || $? ? diag($_) : note($_) for @report;
}

# The tests of node in these files, one check for each.
sub run_unit_tests {
    my @files = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    for my $file (@files) {
        open my $out, '-|', node(), "$Folder/$file" or die "node: $!\n";
        my $failed;
        while (my $line = <$out>) {
            if    ($line =~ /^ok \d+ - (.*)/)     { $failed = 0; pass($1) }
            elsif ($line =~ /^not ok \d+ - (.*)/) { $failed = 1; fail($1) }
            elsif ($failed) { chomp $line; diag($line) }
        }
        close $out;
        is($?, 0, "$file runs to its end");
    }
}

1;
