# Mistakes in oauth2_key and missing keys.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

use List::Util qw(first);

my $hex = unpack 'H*', root_key(1);
$ENV{TEST_NGINX_SHORT}   = file(short   => substr($hex, 2) . "\n");
$ENV{TEST_NGINX_LONGER}  = file(longer  => "${hex}00\n");
$ENV{TEST_NGINX_EMPTY}   = file(empty   => '');
$ENV{TEST_NGINX_NO_HEX}  = file(no_hex  => 'z' x 64);
$ENV{TEST_NGINX_RAW}     = file(raw     => "\0" . substr root_key(1), 1);
$ENV{TEST_NGINX_COPY}    = file(copy    => "\U$hex\n");
$ENV{TEST_NGINX_PUBLIC}  = file(public  => "$hex\n", 0644);
$ENV{TEST_NGINX_GROUP}   = file(group   => "$hex\n", 0640);

my $id = OAuth2Test::Token::key_id(root_key(1));
my $clash = first { OAuth2Test::Token::key_id(root_key($_)) eq $id } 2 .. 10_000;
$ENV{TEST_NGINX_CLASH} = file(clash => unpack 'H*', root_key($clash));

sub with_key {
    my $file = shift;
    return OAuth2Test::http_config('', '') =~ s/oauth2_key .*/oauth2_key $file;/r;
}

run_tests();

__DATA__

=== a file that is not there
--- bad_http
oauth2_key $TEST_NGINX_DIR/no-such-key;
--- complains: 1 no-such-key.*No such file



=== a directory
--- bad_http
oauth2_key $TEST_NGINX_DIR;
--- complains: 1 .



=== a short key
--- bad_http

oauth2_key $TEST_NGINX_SHORT;
--- complains: \d short|32



=== a long key
--- bad_http
oauth2_key $TEST_NGINX_LONGER;
--- complains: 1 longer|32



=== an empty file
--- bad_http
oauth2_key $TEST_NGINX_EMPTY;
--- complains: 1 empty|32



=== neither hex nor base64
--- bad_http
oauth2_key $TEST_NGINX_NO_HEX;
--- complains: 1 no_hex|32



=== raw bytes
--- bad_http
oauth2_key $TEST_NGINX_RAW;
--- complains: 1 raw|32



=== the same file twice
--- bad_http
oauth2_key $TEST_NGINX_KEY2;
oauth2_key $TEST_NGINX_KEY2;
--- complains: 2 duplicate|clash|same|already



=== the same key in two files
--- bad_http
oauth2_key $TEST_NGINX_COPY;
--- complains: 1 duplicate|clash|same|already|id



=== two keys whose ids clash
--- bad_http
oauth2_key $TEST_NGINX_CLASH;
--- complains: 1 clash|same|id



=== no key where a token is asked for
--- http_config
    oauth2_redis { server $TEST_NGINX_REDIS; }
    oauth2_client app { secret plain:app-secret; grant_types refresh_token; }
    include $TEST_NGINX_HTML_DIR/bad.conf;
--- bad_http
server {
    listen unix:$TEST_NGINX_HTML_DIR/other.sock;
    location = /token {
        oauth2_token;
    }
}
--- complains: 4 oauth2_key



=== no key and no token either is fine
--- http_config
    oauth2_redis { server $TEST_NGINX_REDIS; }
--- config
    location = /plain { return 200 ok; }
--- request
GET /plain
--- response_headers
--- response_body: ok



=== a key that others may read is a warning
--- http_config eval: ::with_key('$TEST_NGINX_PUBLIC')
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- error_log eval: [qr/\[warn\].*public.* in \S+nginx\.conf:\d+/]



=== a key that only the owner may read is none
--- request eval: ::refresh('x')
--- error_code: 400
--- no_error_log
[warn]



=== a key does not belong in a location
--- bad_location
oauth2_key $TEST_NGINX_KEY2;
--- complains: 1 not allowed here
