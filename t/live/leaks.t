# Memory does not grow with the number of requests.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

plan skip_all => 'OAUTH2_LEAKS is not set' unless $ENV{OAUTH2_LEAKS};
alarm 1800;

my $redis = redis;
my $nginx = nginx(redis => $redis, level => 'error');
my $user  = Live::Family->of($nginx->password->{json}{refresh_token});
my ($generation, $wrong) = (1, 0);

sub resident {
    my ($worker) = $nginx->workers;
    return (slurp("/proc/$worker/statm") =~ /^\d+ (\d+)/)[0] * 4;
}

# One rotation and one request of another kind at a time, over connections that are kept.
sub rotations {
    my ($count, $connection) = @_;
    for my $i (1 .. $count) {
        $connection //= $nginx->connection;
        my %keep   = (connection => 'keep-alive');
        my $answer = $connection->send($nginx->message(Live::Nginx::form(
            grant_type => 'refresh_token', refresh_token => $user->token($generation)), %keep))->answer;
        ++$wrong unless ($answer->{json}{refresh_token} // '') eq $user->token(++$generation);
        undef $connection if ($answer->{header}{connection} // '') ne 'keep-alive';
        next if $i % 10;
        $nginx->refresh($user->token($generation - 1));
        $nginx->refresh('garbage');
        $nginx->password('alice', $i % 20 ? 'open-sesame' : 'wrong');
    }
}

rotations(1000);
my $early = resident();
rotations(19_000);
my $late = resident();

is($wrong, 0, 'twenty thousand rotations in a row succeed');
cmp_ok($late - $early, '<', 1024, 'after them the worker is as large as after a thousand (KiB)')
    or diag("$early KiB, then $late KiB");

finish($nginx);
done_testing;
