#!/usr/bin/perl

# Starts both peers on a real Redis, by its socket and by TCP, and has them refresh.
# Usage: bench/peers/check.pl [peer ...]

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../lib", "$FindBin::Bin/../../t/live/lib";

use Live;
use Test::More;

use Bench::NgxLua;
use Bench::OidcProvider;

# What a used token does to those that came after it.
my %Replay_ends_session = ('Bench::NgxLua' => 0, 'Bench::OidcProvider' => 1);

my @Started;

END {
    my $status = $?;
    $_->stop for @Started;
    $? = $status;
}

sub refresh {
    my ($connection, $peer, $token, %given) = @_;
    my $form = Live::Nginx::form(grant_type => 'refresh_token', refresh_token => $token);
    my @as   = split /:/, $given{as} // $peer->credentials;
    return $connection->send(
        Live::Nginx->message($form, path => $peer->path, as => \@as, connection => 'keep-alive'))->answer;
}

sub summary { join ' ', $_[0]{status}, $_[0]{json}{error} // () }

# A fault of an answer that must be a good one, or nothing.
sub fault {
    my ($answer, @old) = @_;
    my %json = %{ $answer->{json} };
    return join ', ', grep { $_ }
        $answer->{status} == 200                                    ? '' : summary($answer),
        defined $answer->{header}{'content-length'}                 ? '' : 'no Content-Length',
        $answer->{header}{'content-type'} =~ m{^application/json\b} ? '' : 'not JSON',
        length($json{access_token} // '') >= 43                     ? '' : 'no access token',
        length($json{refresh_token} // '') >= 43                    ? '' : 'no refresh token',
        ($json{expires_in} // 0) == 3600                            ? '' : 'no expires_in',
        ($json{token_type} // '') eq 'Bearer'                       ? '' : 'no token_type',
        ($json{scope} // '') eq 'accounts:read orders'              ? '' : 'no scope',
        (grep { $_ eq ($json{refresh_token} // '') } @old)          ? 'an old refresh token' : '';
}

sub check {
    my ($class, $redis) = @_;
    my $peer = $class->start(Live::folder('peer'), redis => $redis);
    push @Started, $peer;
    is(scalar(my @pids = $peer->pids), 1, 'it is one process');

    my @first = $peer->first_tokens(3);
    my %known = map { $_ => 1 } @first;
    is(keys %known, 3, 'the first tokens differ');

    my $connection = Live::Http->connect($peer->port);
    my @tokens     = shift @first;
    for (1 .. 3) {
        my $answer = refresh($connection, $peer, $tokens[-1]);
        is(fault($answer, @tokens), '', "refresh $_");
        push @tokens, $answer->{json}{refresh_token};
    }

    is(summary(refresh($connection, $peer, $tokens[-2])), '400 invalid_grant', 'the old token is dead');
    is(summary(refresh($connection, $peer, $tokens[-1])),
        $Replay_ends_session{$class} ? '400 invalid_grant' : '200', 'the newest one, after that');
    is(summary(refresh($connection, $peer, $first[0], as => 's6BhdRkqt3app01:wrong')), '401 invalid_client',
        'a wrong secret is refused');
    is(fault(refresh($connection, $peer, $_)), '', 'another session is good') for @first;

    is($peer->log_tail, '', 'its log is empty');
    my $pid = $pids[0];
    $peer->stop;
    ok(!kill(0, $pid), 'its process has ended');
}

my @peers = @ARGV ? map { "Bench::$_" } @ARGV : qw(Bench::NgxLua Bench::OidcProvider);
alarm 600;    # npm may have much to fetch
Bench::OidcProvider::install() if grep { $_ eq 'Bench::OidcProvider' } @peers;
for my $class (@peers) {
    subtest "$class, a socket" => sub { check($class, redis()) };
    subtest "$class, TCP"      => sub { check($class, redis(port => free_port())) };
}
done_testing;
