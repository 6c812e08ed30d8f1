package Bench::Measure::Require;

# What oauth2_require adds to a location.

use strict;
use warnings;
use utf8;

use JSON::PP qw(decode_json);

use Bench::Row qw(row microseconds);
use Bench::Statistics qw(difference medians);

sub measure {
    my ($class, $bench) = @_;
    my $site    = $bench->site;
    my @load    = ($bench->load_options, header => 'Authorization: Bearer ' . access_token($site->{server}));
    $site->get('/api', $bench->load_options, seconds => 0.1, expect => 401);    # it is protected
    my $samples = $bench->compare(
        protected => sub { $site->get('/api', @load) },
        open      => sub { $site->get('/open', @load) });
    my ($protected, $open) = @{$samples}{qw(protected open)};
    my @rows = row(
        measure  => 'CPU that `oauth2_require` (opaque token) adds to a location',
        ours     => microseconds(medians($protected, 'server_cpu')),
        compared => 'without it: ' . microseconds(medians($open, 'server_cpu')),
        value    => difference($protected, $open, 'server_cpu'), show => \&microseconds, at_most => 3);
    return { rows => \@rows, samples => $samples };
}

sub access_token {
    my $server = shift;
    my $answer = $server->password('bench-subject', 'open-sesame', as => ['bench-000000000', 'secret-of-bench']);
    return $answer->{json}{access_token} // die "there is no access token: $answer->{status} $answer->{body}\n";
}

1;
