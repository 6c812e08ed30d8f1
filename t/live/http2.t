# HTTP/2 is the same endpoint: bodies in frames of any size, many streams, and TLS.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Live;
use Live::Http2;
use MIME::Base64 qw(encode_base64);
use Test::More;
use Time::HiRes qw(sleep);

my $redis = redis;
my $tls   = free_port;
my $dir   = folder('tls');
my $certificate = system("openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost "
    . "-keyout $dir/tls.key -out $dir/tls.crt >/dev/null 2>&1") == 0;
my $h2    = free_port;
my $nginx = nginx(redis => $redis, timeout => '3s', server => <<"EOT");
        listen 127.0.0.1:$h2 http2;
        listen 127.0.0.1:$tls ssl http2;
        ssl_certificate $dir/tls.crt;
        ssl_certificate_key $dir/tls.key;
EOT

my @headers = (
    authorization  => 'Basic ' . encode_base64('app:app-secret', ''),
    'content-type' => 'application/x-www-form-urlencoded');

sub body { Live::Nginx::form(grant_type => 'refresh_token', refresh_token => shift) }

sub whole {
    my ($client, $body, %option) = @_;
    my $stream = $client->begin([@headers, $option{length} ? ('content-length' => $option{length}) : ()]);
    $client->data($stream, $body, end => 1);
    return $client->answer($stream);
}

my $client = Live::Http2->connect($h2);

{
    my $family = family->seed($redis, generation => 7);
    my $body   = body($family->token(7));
    same_token(whole($client, $body, length => length $body), $family->token(8), 'a body with its length');
    same_token(whole($client, $body), $family->token(8), 'a body without one');

    my $stream = $client->begin(\@headers);
    $client->data($stream, $_) for split //, $body;
    $client->data($stream, '', end => 1);
    same_token($client->answer($stream), $family->token(8), 'a byte in each frame, and an empty one at the end');

    $stream = $client->begin(\@headers);
    for (split //, $body) { $client->data($stream, $_, pad => 20); sleep 0.001 }
    $client->data($stream, '', end => 1, pad => 5);
    same_token($client->answer($stream), $family->token(8), 'frames with padding, one after the other');

    $stream = $client->begin(\@headers);
    $client->data($stream, $body);
    sleep 0.1;
    $client->data($stream, '', end => 1);
    same_token($client->answer($stream), $family->token(8), 'an end that comes later');

    $stream = $client->begin([@headers], end => 1);
    is($client->answer($stream)->{json}{error}, 'invalid_request', 'no body at all');
    same_token($nginx->refresh($family->token(8)), $family->token(9), 'HTTP/1 beside it');
}

{
    my $family = family->seed($redis, generation => 7);
    my $body   = body($family->token(7)) . '&x=';
    my $fit    = $body . 'x' x (8192 - length $body);
    same_token(whole($client, $fit, length => 8192), $family->token(8), '8192 bytes fit');
    same_token(whole($client, $fit), $family->token(8), 'also without a length');
    is(whole($client, "${fit}x", length => 8193)->{status}, 413, '8193 bytes are 413');
    is(whole($client, "${fit}x")->{status}, 413, 'also without a length');
    my $stream = $client->begin(\@headers);
    $client->data($stream, substr "${fit}x", $_ * 100, 100) for 0 .. 80;
    $client->data($stream, substr("${fit}x", 8100), end => 1);
    is($client->answer($stream)->{status}, 413, 'and in small frames');
    $stream = $client->begin([@headers, 'content-length' => 50]);
    $client->data($stream, substr($fit, 0, 100), end => 1);
    isnt($client->answer($stream)->{status}, 200, 'a length that lies is not believed');
    same_token(whole($client, $fit), $family->token(8), 'the connection is fine after all that');
    is(scalar($nginx->lines(qr/temporary file/)), 0, 'no body went into a file');
}

{
    my @families = map { family->seed($redis, generation => 7) } 1 .. 60;
    my @streams  = map { $client->begin(\@headers) } @families;
    for my $i (reverse 0 .. $#families) {
        my $body = body($families[$i]->token(7));
        $client->data($streams[$i], substr $body, 0, 40);
    }
    for my $i (0 .. $#families) {
        my $body = body($families[$i]->token(7));
        $client->data($streams[$i], substr($body, 40), end => 1);
    }
    my @wrong = grep { ($client->answer($streams[$_])->{json}{refresh_token} // '') ne $families[$_]->token(8) } 0 .. 59;
    is(@wrong, 0, 'sixty streams at a time, their frames mixed, get what is theirs');
}

{
    my $family = family->seed($redis, generation => 7);
    my $body   = body($family->token(7));
    $redis->freeze;
    my $gone = $client->begin(\@headers);
    $client->data($gone, $body, end => 1);
    my $half = $client->begin(\@headers);
    $client->data($half, substr $body, 0, 50);
    sleep 0.2;
    $client->reset($_) for $gone, $half;
    sleep 0.1;
    $redis->thaw;
    ok(wait_for(sub { $family->record($redis)->{generation} == 8 }), 'the rotation of a stream that was reset is finished');
    same_token(whole($client, $body), $family->token(8), 'its retry on the same connection gets the successor');

    $redis->freeze;
    my $other  = Live::Http2->connect($h2);
    my $stream = $other->begin(\@headers);
    $other->data($stream, body($family->token(8)), end => 1);
    sleep 0.2;
    close $other->{socket};
    $redis->thaw;
    ok(wait_for(sub { $family->record($redis)->{generation} == 9 }), 'and that of a connection that was closed');
    same_token(whole($client, body($family->token(8))), $family->token(9), 'and retried');
}

{
    my @families = map { family->seed($redis, generation => 7) } 1 .. 5;
    $redis->freeze;
    my @streams  = map { my $s = $client->begin(\@headers); $client->data($s, body($_->token(7)), end => 1); $s } @families;
    sleep 0.3;
    $nginx->signal('QUIT');
    sleep 0.2;
    $redis->thaw;
    my @wrong = grep { ($client->answer($streams[$_])->{json}{refresh_token} // '') ne $families[$_]->token(8) } 0 .. 4;
    is(@wrong, 0, 'streams that are open when nginx quits are answered');
    finish($nginx);
}

SKIP: {
    chomp(my $curl = `curl -V 2>/dev/null`);
    skip 'curl has no HTTP/2', 5 unless $curl =~ /HTTP2/ && $certificate;
    $nginx->launch;
    my $family = family->seed($redis, generation => 7);
    my $body   = body($family->token(7));
    write_file("$dir/body", $body);
    my %try = (
        'curl over plain TCP'     => "--http2-prior-knowledge http://127.0.0.1:$h2/oauth2/token",
        'curl over TLS'           => "-k --http2 https://127.0.0.1:$tls/oauth2/token",
        'curl over TLS, HTTP/1.1' => "-k --http1.1 https://127.0.0.1:$tls/oauth2/token",
        'curl, chunked'           => "-H 'Transfer-Encoding: chunked' --http1.1 -k https://127.0.0.1:$tls/oauth2/token",
    );
    for my $name (sort keys %try) {
        my $json = `curl -s --max-time 20 -u app:app-secret --data-binary \@$dir/body $try{$name}`;
        like($json, qr/"refresh_token":"\Q@{[$family->token(8)]}\E"/, $name);
    }
    my $one = "url = https://127.0.0.1:$tls/oauth2/token\ndata-binary = \@$dir/body\n"
        . "user = app:app-secret\ninsecure\nhttp2\n";
    write_file("$dir/list", join "next\n", ($one) x 30);
    my $answers = `curl -sS --no-progress-meter --max-time 20 --parallel --parallel-max 30 -K $dir/list`;
    my $count = () = $answers =~ /"refresh_token":"\Q@{[$family->token(8)]}\E"/g;
    is($count, 30, 'thirty requests of one curl');
    finish($nginx);
}

done_testing;
