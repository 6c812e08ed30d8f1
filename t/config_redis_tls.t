# TLS to Redis: mistakes in oauth2_redis, and what is none.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

# http without a store, so that a block brings its own.
our $bare = <<'EOT';
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types refresh_token; scope read write; }
    include $TEST_NGINX_HTML_DIR/bad.conf;
EOT

# Two certificates, as their own authorities, and their keys; one key once more, with a password.
my $dir = $ENV{TEST_NGINX_DIR};
for my $name (qw(one two)) {
    system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=$name "
        . "-keyout $dir/$name.key -out $dir/$name.crt >$dir/openssl.log 2>&1") == 0 or die "openssl req failed\n";
}
system("openssl ec -in $dir/one.key -aes128 -passout pass:sesame -out $dir/locked.key >$dir/openssl.log 2>&1") == 0
    or die "openssl ec failed\n";
file('sesame', "sesame\n");
file('wrong', "wrong\n");

# nginx starts with this in http, and answers.
our $plain = <<'EOT';
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types refresh_token; }
EOT
our $location = <<'EOT';
    location = /oauth2/token { oauth2_token; }
    location = /plain { return 200 ok; }
EOT

run_tests();

__DATA__

=== nobody to trust
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
}
--- complains: 1 no ssl_trusted_certificate for ssl_verify



=== nobody to trust, said in so many words
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify on;
}
--- complains: 1 no ssl_trusted_certificate for ssl_verify



=== a directive of TLS without TLS
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    ssl_verify off;
    server redis://127.0.0.1;
    ssl_protocols TLSv1.3;
}
--- complains: 2 "ssl_verify" needs a "rediss://" URL in the "server" directive



=== a directive of TLS with a unix socket
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server unix:/run/redis.sock;
    ssl_trusted_certificate $TEST_NGINX_DIR/one.crt;
}
--- complains: 3 "ssl_trusted_certificate" needs a "rediss://" URL in the "server" directive



=== with TLS and without
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    server redis://127.0.0.2;
    ssl_verify off;
}
--- complains: 3 "rediss://" and other URLs exclude each other in "server"



=== without TLS and with
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server unix:/run/redis.sock;
    server rediss://127.0.0.1;
}
--- complains: 3 "rediss://" and other URLs exclude each other in "server"



=== an authority that is not there
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_trusted_certificate no-such.crt;
}
--- complains: 3 SSL_CTX_load_verify_locations\("\S*/conf/no-such\.crt"\) failed



=== an authority that is none
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify_depth 2;
    ssl_trusted_certificate $TEST_NGINX_DIR/one.key;
}
--- complains: 4 SSL_CTX_load_verify_locations\("\S+/one\.key"\) failed



=== a revocation list that is none
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_trusted_certificate $TEST_NGINX_DIR/one.crt;
    ssl_crl $TEST_NGINX_DIR/one.key;
}
--- complains: 4 \(SSL: .*\)



=== a certificate without its key
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify off;
    ssl_certificate $TEST_NGINX_DIR/one.crt;
}
--- complains: 4 no "ssl_certificate_key" is defined for "ssl_certificate"



=== a key without its certificate
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_certificate_key $TEST_NGINX_DIR/one.key;
    ssl_verify off;
}
--- complains: 3 no "ssl_certificate" is defined for "ssl_certificate_key"



=== a certificate with the key of another one
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify off;
    ssl_certificate $TEST_NGINX_DIR/one.crt;
    ssl_certificate_key $TEST_NGINX_DIR/two.key;
}
--- complains: 4 SSL_CTX_use_PrivateKey\("\S+/two\.key"\) failed .*key values mismatch



=== a certificate that is not there
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify off;
    ssl_certificate $TEST_NGINX_DIR/no-such.crt;
    ssl_certificate_key $TEST_NGINX_DIR/one.key;
}
--- complains: 4 cannot load certificate "\S+/no-such\.crt"



=== the wrong password of a key
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify off;
    ssl_certificate $TEST_NGINX_DIR/one.crt;
    ssl_certificate_key $TEST_NGINX_DIR/locked.key;
    ssl_password_file $TEST_NGINX_DIR/wrong;
}
--- complains: 4 cannot load certificate key "\S+/locked\.key"



=== a file of passwords that is not there
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify off;
    ssl_password_file $TEST_NGINX_DIR/no-such;
}
--- complains: 4 open\(\) "\S+/no-such" failed



=== a version that is none
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify off;
    ssl_protocols TLSv1.3 SSLv3;
}
--- complains: 4 invalid value "SSLv3" in "ssl_protocols" directive, it must be "TLSv1", "TLSv1\.1", "TLSv1\.2" or "TLSv1\.3"



=== ciphers that are none
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify off;
    ssl_ciphers NONSENSE;
}
--- complains: 4 SSL_CTX_set_cipher_list\("NONSENSE"\) failed



=== neither on nor off
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify yes;
}
--- complains: 3 invalid value "yes" in "ssl_verify" directive, it must be "on" or "off"



=== a depth that is none
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify_depth deep;
}
--- complains: 3 "ssl_verify_depth" directive invalid number



=== a depth that is too large
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify_depth 101;
}
--- complains: 3 "ssl_verify_depth" directive invalid number



=== a name that is none
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_name *.example;
}
--- complains: 3 "ssl_name" directive invalid value



=== an empty file name
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_trusted_certificate "";
}
--- complains: 3 "ssl_trusted_certificate" directive invalid value



=== the same directive twice
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_name a.example;
    ssl_name b.example;
}
--- complains: 4 "ssl_name" directive is duplicate



=== a switch twice
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify off;
    ssl_verify off;
}
--- complains: 4 "ssl_verify" directive is duplicate



=== too many words
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_verify off off;
}
--- complains: 3 invalid number of arguments in "ssl_verify" directive



=== a directive of TLS that there is not
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://127.0.0.1;
    ssl_nonsense on;
}
--- complains: 3 unknown directive "ssl_nonsense"



=== all of it fits together
--- http_config eval
$::plain . <<'EOT'
    oauth2_redis {
        server                  rediss://127.0.0.1:1;
        ssl_verify              on;
        ssl_verify_depth        3;
        ssl_trusted_certificate $TEST_NGINX_DIR/one.crt;
        ssl_name                redis.example;
        ssl_server_name         on;
        ssl_certificate         $TEST_NGINX_DIR/one.crt;
        ssl_certificate_key     $TEST_NGINX_DIR/locked.key;
        ssl_password_file       $TEST_NGINX_DIR/sesame;
        ssl_protocols           TLSv1.2 TLSv1.3;
        ssl_ciphers             HIGH:!aNULL;
        ssl_session_reuse       off;
    }
EOT
--- config eval: $::location
--- request
GET /plain
--- response_headers
--- response_body: ok



=== nobody is trusted, and nobody is asked
--- http_config eval: $::plain . 'oauth2_redis { server rediss://127.0.0.1:1; ssl_verify off; }'
--- config eval: $::location
--- request
GET /plain
--- response_headers
--- response_body: ok



=== a name without a resolver, with TLS
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server rediss://redis.example;
    ssl_verify off;
}
--- complains: 2 no resolver defined to resolve redis\.example
