# The configuration of the quick start, and the request that everybody tries first.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

use Digest::SHA qw(sha256);
use MIME::Base64 qw(encode_base64);

$ENV{TEST_NGINX_HASH} = encode_base64(sha256('gX1fBat3bV'), '');
start_redis('tcp', bind => '127.0.0.1', port => $ENV{TEST_NGINX_REDIS_PORT} = free_port());
system "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost \\
    -keyout $ENV{TEST_NGINX_DIR}/tls.key -out $ENV{TEST_NGINX_DIR}/tls.crt 2>/dev/null";

our $http = <<'EOT';
    oauth2_redis {
        server redis://127.0.0.1:$TEST_NGINX_REDIS_PORT/0;           # or unix:/run/redis.sock, rediss://host
    }
    oauth2_key     $TEST_NGINX_KEY;                # 32 random bytes (hex or base64); repeatable:
                                                   # the first mints, all verify
    oauth2_client s6BhdRkqt3 {
        secret        sha256:$TEST_NGINX_HASH;     # repeatable (rotation); file:/run/secrets/x; plain:x for demos
        auth_method   client_secret_basic client_secret_post;   # the default; or: none (a public client)
        grant_types   password refresh_token;
        scope         read write;
        # optional, per client: any of the refresh/access token settings below, without oauth2_
    }
    server {
        listen unix:$TEST_NGINX_HTML_DIR/tls.sock ssl;
        ssl_certificate     $TEST_NGINX_DIR/tls.crt;
        ssl_certificate_key $TEST_NGINX_DIR/tls.key;
        oauth2_password_file $TEST_NGINX_USERS;     # htpasswd
        location = /oauth2/token { oauth2_token; }
    }
EOT

our $config = <<'EOT';
    oauth2_password_file $TEST_NGINX_USERS;
    location = /oauth2/token { oauth2_token; }
EOT

sub curl {
    my $data  = shift;
    my $basic = encode_base64('s6BhdRkqt3:gX1fBat3bV', '');
    my @command = ('curl', '-sk', '--unix-socket', "$ENV{TEST_NGINX_HTML_DIR}/tls.sock", '-d', $data,
        '-H', "Authorization: Basic $basic", '-H', 'Content-Type: application/x-www-form-urlencoded',
        'https://localhost:9443/oauth2/token');
    open my $out, '-|', @command or die "curl: $!\n";
    return JSON::PP::decode_json(do { local $/; <$out> });
}

run_tests();

__DATA__

=== a password becomes a refresh token
--- http_config eval: $::http
--- config eval: $::config
--- more_headers eval: ::as('s6BhdRkqt3', 'gX1fBat3bV')
--- request eval: ::password('alice', 'open-sesame')
--- answer eval
{ token_type => 'Bearer', expires_in => 3600, refresh_token => qr/^[\w-]{56}$/, access_token => qr/^[\w-]+$/,
  refresh_token_expires_in => 86400, scope => 'read write' }



=== a refresh token becomes its successor, through curl and TLS
--- http_config eval: $::http
--- config eval: $::config
--- more_headers eval: ::as('s6BhdRkqt3', 'gX1fBat3bV')
--- request eval: ::password('alice', 'open-sesame')
--- after eval
sub {
    my $first  = $_[1]{refresh_token};
    my $answer = ::curl("grant_type=refresh_token&refresh_token=$first");
    my ($old, $new) = map { ::token_fields($_, client => 's6BhdRkqt3') } $first, $answer->{refresh_token};
    Test::More::is($new->{generation}, 2, 'the second generation');
    Test::More::is($new->{family}, $old->{family}, 'of the same family');
    Test::More::isnt($answer->{refresh_token}, $first, 'the old token goes inactive');
}
