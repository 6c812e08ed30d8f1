# The configuration of a store that Sentinel watches, and mistakes in it.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

# http without a store, so that a block brings its own.
our $bare = <<'EOC';
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types refresh_token; scope read write; }
    include $TEST_NGINX_HTML_DIR/bad.conf;
EOC

sub with_stores { my $stores = shift; return $::bare =~ s/^ *include.*$/$stores/mr }

run_tests();

__DATA__

=== no primary
--- http_config eval: $::bare
--- bad_http

oauth2_redis {
    mode sentinel;
    server redis://127.0.0.1:26379;
}
--- complains: \d no "primary" in "oauth2_redis" in sentinel mode



=== a primary elsewhere
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server redis://127.0.0.1:6379;
    primary mymaster;
}
--- complains: 3 "primary" needs "mode sentinel"



=== a primary in a cluster
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    primary mymaster;
    mode cluster;
    server redis://127.0.0.1:6379;
}
--- complains: 2 "primary" needs "mode sentinel"



=== a login for sentinels elsewhere
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server redis://127.0.0.1:6379;
    sentinel_username nginx;
    sentinel_password s3cret;
}
--- complains: 3 "sentinel_username" needs "mode sentinel"



=== a password file for sentinels elsewhere
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server redis://127.0.0.1:6379;
    sentinel_password_file $TEST_NGINX_KEY;
}
--- complains: 3 "sentinel_password_file" needs "mode sentinel"



=== the name of a primary with a space
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    mode sentinel;
    server redis://127.0.0.1:26379;
    primary "my master";
}
--- complains: 4 invalid value "my master" in "primary" directive, it must have 1 to 255 visible characters



=== an empty name
--- http_config eval: $::bare
--- bad_http
oauth2_redis { mode sentinel; server redis://127.0.0.1:26379; primary ""; }
--- complains: 1 invalid value "" in "primary"



=== two primaries in one block
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    mode sentinel;
    server redis://127.0.0.1:26379;
    primary one;
    primary two;
}
--- complains: 5 "primary" directive is duplicate



=== a database in the URL of a sentinel
--- http_config eval: $::bare
--- bad_http

oauth2_redis {
    mode sentinel; primary mymaster;
    server redis://127.0.0.1:26379/2;
}
--- complains: \d the URL of a sentinel in "server" cannot have a database, use "database"



=== sentinels with different logins
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    mode sentinel; primary mymaster;
    server redis://nginx:one@127.0.0.1:26379;
    server redis://nginx:two@127.0.0.1:26380;
}
--- complains: 4 the "server" directives must have the same user, password and database



=== a password and a file of one
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    mode sentinel; primary mymaster; server redis://127.0.0.1:26379;
    sentinel_password s3cret;
    sentinel_password_file $TEST_NGINX_KEY;
}
--- complains: 4 "sentinel_password" and "sentinel_password_file" exclude each other



=== the same the other way round
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    mode sentinel; primary mymaster; server redis://127.0.0.1:26379;
    sentinel_password_file $TEST_NGINX_KEY;
    sentinel_password s3cret;
}
--- complains: 4 "sentinel_password" and "sentinel_password_file" exclude each other



=== an empty password file
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    mode sentinel; primary mymaster; server redis://127.0.0.1:26379;
    sentinel_password_file /dev/null;
}
--- complains: 3 the password file "/dev/null" is empty



=== a file that is not there
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    mode sentinel; primary mymaster; server redis://127.0.0.1:26379;
    sentinel_password_file $TEST_NGINX_DIR/no-such-password;
}
--- complains: 3 no-such-password



=== a user without a password
--- http_config eval: $::bare
--- bad_http

oauth2_redis {
    mode sentinel; primary mymaster; server redis://127.0.0.1:26379;
    sentinel_username nginx;
}
--- complains: \d "sentinel_username" without a password in "oauth2_redis"



=== a user of the nodes has no use for the password of the sentinels
--- http_config eval: $::bare
--- bad_http

oauth2_redis {
    mode sentinel; primary mymaster; server redis://nginx:s3cret@127.0.0.1:26379;
    username nginx;
}
--- complains: \d "username" without a password in "oauth2_redis"



=== several sentinels without a mode
--- http_config eval: $::bare
--- bad_http
oauth2_redis {
    server redis://127.0.0.1:26379;
    server redis://127.0.0.1:26380;
}
--- complains: 3 several "server" directives need another "mode"



=== an unknown mode
--- http_config eval: $::bare
--- bad_http
oauth2_redis { server $TEST_NGINX_REDIS; mode sentinels; }
--- complains: 1 must be "standalone", "sentinel" or "cluster"



=== a sentinel whose URL has no login beside some with one
--- http_config eval
main::with_stores(<<'EOC')
    oauth2_redis {
        mode sentinel; primary one; database 3;
        server redis://nginx:s3cret@127.0.0.1:1; server unix:/nowhere.sock; server redis://nginx:s3cret@[::1]:1;
    }
EOC
--- must_die
--- error_log: the "server" directives must have the same user, password and database



=== primaries behind the same sentinels are stores of their own, whatever the order of the sentinels
--- http_config eval
main::with_stores(<<'EOC')
    oauth2_redis {
        mode sentinel; primary one; database 3; sentinel_username nginx; sentinel_password s3cret;
        server redis://127.0.0.1:1; server unix:/nowhere.sock; server redis://[::1]:1;
    }
EOC
--- config
    location = /oauth2/token { oauth2_token; }
    location = /status { oauth2_status json; }
    listen unix:$TEST_NGINX_HTML_DIR/here.sock;
    }
    server {
        listen unix:$TEST_NGINX_HTML_DIR/other.sock;
        oauth2_redis {
            mode sentinel; primary two; database 3;
            server redis://127.0.0.1:1; server unix:/nowhere.sock; server redis://[::1]:1;
        }
        location = /oauth2/token { oauth2_token; }
    }
    server {
        listen unix:$TEST_NGINX_HTML_DIR/third.sock;
        oauth2_redis {
            mode sentinel; primary one; database 3;
            server redis://[::1]:1; server redis://127.0.0.1:1; server unix:/nowhere.sock;
        }
        location = /oauth2/token { oauth2_token; }
--- request
GET /status
--- response_headers
--- response_body_like
"stores":\[\{"store":"one\@127\.0\.0\.1:1,\[::1\]:1,unix:/nowhere\.sock","database":3,[^{]*\},\{"store":"two\@127\.0\.0\.1:1,\[::1\]:1,unix:/nowhere\.sock",[^{]*\}\]\}
