# Names of Redis, and who resolves them.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

# http without a store, so that a block brings its own.
our $bare = <<'EOT';
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types refresh_token; scope read write; }
    include $TEST_NGINX_HTML_DIR/bad.conf;
EOT

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

=== a name without a resolver
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    prefix x;
    server redis://redis.example:6379;
}
--- complains: 3 no resolver defined to resolve redis\.example



=== a name in a server without a resolver, beside one that has one
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS; }
server {
    listen unix:$TEST_NGINX_HTML_DIR/one.sock;
    resolver 127.0.0.1;
    oauth2_redis { server redis://one.example; }
}
server {
    listen unix:$TEST_NGINX_HTML_DIR/two.sock;
    oauth2_redis { server redis://two.example; }
}
--- complains: 9 no resolver defined to resolve two\.example



=== the resolver of a server is none for http
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server redis://one.example; }
server {
    listen unix:$TEST_NGINX_HTML_DIR/one.sock;
    resolver 127.0.0.1;
}
--- complains: 1 no resolver defined to resolve one\.example



=== an address that is none
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server redis://127.0.0.256;
}
--- complains: 2 the host of "127\.0\.0\.256:6379" in "server" must be an address or a host name



=== a name that cannot be one
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server redis://redis..example;
}
--- complains: 2 the host of "redis\.\.example:6379" in "server" must be an address or a host name



=== the resolver may stand behind the block
--- http_config eval: $::plain . 'oauth2_redis { server redis://redis.example; } resolver 127.0.0.1:1;'
--- config eval: $::location
--- request
GET /plain
--- response_headers
--- response_body: ok



=== the resolver of http is inherited
--- http_config eval: $::plain . 'resolver 127.0.0.1:1;'
--- config eval: $::location . 'oauth2_redis { server redis://redis.example; }'
--- request
GET /plain
--- response_headers
--- response_body: ok
