package Chaos;

# Runs the checker for a test: each invariant that applies becomes a check, and what failed is shown with
# the whole report.

use strict;
use warnings;

use Exporter 'import';
use File::Basename qw(dirname);
use Test::More;

our @EXPORT = qw(node run_checker);

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

1;
