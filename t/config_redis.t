# Mistakes in oauth2_redis and where it is missing.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

# http without a store, so that a block brings its own.
our $bare = <<'EOT';
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types refresh_token; scope read write; }
    include $TEST_NGINX_HTML_DIR/bad.conf;
EOT

run_tests();

__DATA__

=== no store where a token is asked for
--- http_config eval: $::bare
--- bad_http
server {
    listen unix:$TEST_NGINX_HTML_DIR/other.sock;
    location = /token {
        oauth2_token;
    }
}
--- complains: 4 oauth2_redis



=== two stores at one level
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS; }
oauth2_redis { server $TEST_NGINX_REDIS; }
--- complains: 2 duplicate



=== without a server
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
}
--- complains: \d server



=== an unknown option
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server $TEST_NGINX_REDIS;
    nonsense 1;
}
--- complains: 3 nonsense



=== an unknown scheme
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server http://127.0.0.1:6379;
}
--- complains: 2 http://127|scheme|URL



=== a port that is none
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server redis://127.0.0.1:99999; }
--- complains: 1 port|invalid|URL



=== no host
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server redis://; }
--- complains: 1 host|invalid|URL



=== a database that is none
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server redis://127.0.0.1/zero; }
--- complains: 1 database|invalid|URL



=== a broken escape in the password
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server redis://user:p%zz@127.0.0.1; }
--- complains: 1 invalid|URL|escape|percent



=== a prefix with braces
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS;
    prefix "a{b}";
}
--- complains: 2 prefix



=== an empty prefix
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS;
    prefix "";
}
--- complains: 2 prefix



=== the same option twice
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS; database 1;
    database 2;
}
--- complains: 2 duplicate



=== a negative database
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS; database -1; }
--- complains: 1 database|invalid



=== a time without a unit that exists
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS; timeout 1x; }
--- complains: 1 timeout|invalid



=== a timeout of zero
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS; timeout 0; }
--- complains: 1 timeout|invalid|zero



=== an unknown mode
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS; mode pair; }
--- complains: 1 mode|pair



=== a password and a file of one
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS; password x; password_file $TEST_NGINX_KEY; }
--- complains: 1 password



=== a file of a password that is not there
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS; password_file $TEST_NGINX_DIR/no-such-password; }
--- complains: 1 no-such-password



=== a wait for no replica
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS;
    wait 0 100ms;
}
--- complains: 2 "wait".*invalid number



=== a wait without a time
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS;
    wait 1;
}
--- complains: 2 invalid number of arguments in "wait"



=== a wait for ever
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS;
    wait 1 0;
}
--- complains: 2 "wait".*invalid value



=== a wait with a time that is none
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS;
    wait 1 soon;
}
--- complains: 2 "wait".*invalid value



=== a wait for something else than rotations
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS;
    wait 1 100ms reads;
}
--- complains: 2 invalid value "reads" in "wait" directive, it must be "rotate"



=== a wait with one word too many
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS;
    wait 1 100ms rotate rotate;
}
--- complains: 2 invalid number of arguments in "wait"



=== two waits
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS; wait 1 100ms;
    wait 2 100ms;
}
--- complains: 2 "wait".*duplicate



=== a wait as long as the default timeout
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS;
    wait 1 1s;
}
--- complains: 2 "wait" is not less than "timeout"



=== a wait longer than a timeout that comes later
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS;
    wait 1 100ms rotate;

    timeout 100ms;
}
--- complains: 2 "wait" is not less than "timeout"



=== a wait within a longer timeout
--- http_config
    oauth2_redis { server $TEST_NGINX_REDIS; wait 2 1s rotate; timeout 1001ms; }
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types refresh_token; }
--- config
    location = /oauth2/token { oauth2_token; }
    location = /plain { return 200 ok; }
--- request
GET /plain
--- response_headers
--- response_body: ok



=== not in a location
--- bad_location
oauth2_redis { server $TEST_NGINX_REDIS; }
--- complains: 1 not allowed here



=== Redis need not be there when nginx starts
--- http_config
    oauth2_redis { server unix:$TEST_NGINX_DIR/nowhere.sock; }
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types refresh_token; }
--- config
    location = /oauth2/token { oauth2_token; }
    location = /plain { return 200 ok; }
--- request
GET /plain
--- response_headers
--- response_body: ok



=== a mode that is none
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server redis://127.0.0.1:7001;
    mode ring;
}
--- complains: 3 ring|mode



=== several servers without a mode for them
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server redis://127.0.0.1:7001;
    server redis://127.0.0.1:7002;
}
--- complains: 3 several|server|mode



=== a cluster with a database
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server redis://127.0.0.1:7001/1;
    mode cluster;
}
--- complains: 1 cluster|database



=== a cluster over a unix socket
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    mode cluster;
    server redis://127.0.0.1:7001;
    server unix:/run/redis.sock;
}
--- complains: 4 cluster|unix socket



=== a cluster of which each node has a password of its own
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    mode cluster;
    server redis://:one@127.0.0.1:7001;
    server redis://:other@127.0.0.1:7002;
}
--- complains: 4 server|password
