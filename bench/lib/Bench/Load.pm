package Bench::Load;

# Runs of the load generator.

use strict;
use warnings;

use Exporter 'import';
use JSON::PP qw(decode_json);

our @EXPORT_OK = qw(load found refresh);

our $Program;

# The generator's result for these options; a list repeats its option. `pids` are named once all.
sub load {
    my (%option) = @_;
    my @words = map {
        my $name = "--" . $_ =~ s/_/-/gr;
        map { ($name, $_) } ref $option{$_} ? @{ $option{$_} } : $option{$_}
    } sort keys %option;
    open my $out, '-|', $Program, @words or die "$Program: $!\n";
    my $line = <$out>;
    close $out or die "$Program @words: failed\n";
    my $result = decode_json($line);
    die "$Program @words: $result->{errors} wrong answers\n" if $result->{errors};
    return $result;
}

# Founds families on a gateway and writes their tokens to `file`.
sub found {
    my ($gateway, $count, $file) = @_;
    load(
        port => $gateway->port, path => $gateway->path, credentials => $gateway->credentials,
        clients => $gateway->{option}{clients}, requests => $count,
        body => 'grant_type=password&username={subject}&password=open-sesame', save_tokens => $file);
    return $file;
}

# Has a server rotate the families of `file` and keeps their newest tokens there.
sub refresh {
    my ($server, $file, %option) = @_;
    my $path = delete $option{path} // $server->path;
    return load(
        port => $server->port, path => $path, credentials => $server->credentials,
        tokens => $file, save_tokens => $file, body => 'grant_type=refresh_token&refresh_token={token}',
        %option);
}

1;
