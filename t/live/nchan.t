# The module shares the process with Debian's nchan, which brings a hiredis of its own.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Test::More;

my $module = Live::Nginx::module();

SKIP: {
    my @symbols = split /\n/, `nm -D --defined-only $module 2>/dev/null`;
    skip 'nm is not installed', 1 unless @symbols;
    my @names = sort map { (split)[2] } @symbols;
    @names = grep { !/^__?(?:asan|ubsan|odr_asan|lsan)|^_ZN?K?\w*asan/ } @names;
    is("@names", 'ngx_module_names ngx_module_order ngx_modules', 'the module exports three symbols and no more');
}

my ($nchan) = grep { -e } map { "$_/ngx_nchan_module.so" }
    grep { defined } $ENV{TEST_NGINX_MODULES}, '/usr/lib/nginx/modules', '/usr/share/nginx/modules';

SKIP: {
    skip 'there is no nchan module', 14 unless $nchan;
    my $redis = redis(port => free_port, bind => '127.0.0.1');
    my %order = (before => [$module, $nchan], after => [$nchan, $module]);
    for my $when (sort keys %order) {
        my $nginx = nginx(
            redis => $redis, modules => $order{$when}, workers => 2,
            http => "upstream nchan_redis { nchan_redis_server redis://127.0.0.1:$redis->{option}{port}; }",
            server => 'location = /sub { nchan_subscriber; nchan_channel_id x; nchan_redis_pass nchan_redis; }
                       location = /pub { nchan_publisher; nchan_channel_id x; nchan_redis_pass nchan_redis; }');
        my $family = family->seed($redis, generation => 7);
        recovers($nginx, $family->token(7), $family->token(8), "loaded $when nchan: tokens rotate");
        my $answer = $nginx->password;
        is($answer->{status}, 200, "loaded $when nchan: families are founded");
        my $published;
        wait_for {
            $published = $nginx->connection->send("POST /pub HTTP/1.1\r\nHost: localhost\r\n"
                . "Connection: close\r\nContent-Length: 5\r\n\r\nhello")->answer;
            $published->{status} =~ /^20/;
        };
        like($published->{status}, qr/^20/, "loaded $when nchan: nchan talks to Redis too");
        same_token($nginx->refresh($family->token(8)), $family->token(9), "loaded $when nchan: tokens still rotate");
        ok($nginx->reload, "loaded $when nchan: nginx reloads");
        recovers($nginx, $family->token(9), $family->token(10), "loaded $when nchan: and goes on");
        $nginx->signal('TERM');
        ok(wait_for(sub { $nginx->ended }), "loaded $when nchan: nginx ends");
        is(join('', grep { !/nchan|memstore|open socket/i } $nginx->trouble), '', "loaded $when nchan: nothing of ours is wrong");
    }
}

done_testing;
