# One line for each refused or unusual request, and never a secret.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $family = family_hash(OAuth2Test::Token::family_id(identity()));

run_tests();

__DATA__

=== a replay is one warning with client, family and distance
--- family eval: { generation => 9, age => 50 }
--- request eval: ::refresh(::token(2))
--- error_code: 400
--- error_log eval: [qr/\[warn\].*replay/i, qr/\[warn\].*\bapp\b/, qr/\[warn\].*\Q$::family\E/, qr/\[warn\].*\b7\b/]
--- grep_error_log eval: qr/\[warn\]/
--- grep_error_log_out
[warn]



=== what nginx adds to the line tells no token
--- family eval: { generation => 9, age => 50 }
--- request eval: ::refresh(::token(2))
--- error_code: 400
--- no_error_log eval: [::token(2), ::token(9), 'refresh_token=', 'app-secret', qr/^(?!.*http header: ).*Authorization/]



=== a policy of deny is a warning as well
--- family eval: { generation => 9, age => 50 }
--- more_server
    oauth2_refresh_token_reuse deny;
--- request eval: ::refresh(::token(8))
--- error_code: 400
--- error_log eval: [qr/\[warn\].*\Q$::family\E/]



=== a retry is no more than a notice
--- family eval: { generation => 9, age => 5 }
--- request eval: ::refresh(::token(8))
--- error_log eval: [qr/\[(?:info|notice)\].*\Q$::family\E/]
--- no_error_log
[warn]
[error]



=== a rotation needs no line
--- family eval: { generation => 9, age => 5000 }
--- request eval: ::refresh(::token(9))
--- no_error_log
[info] 
[warn]
[error]



=== a client's mistake is info
--- request eval: ::post(x => 'y')
--- error_code: 400
--- error_log
[info]
--- no_error_log
[warn]
[error]



=== a client that is not authenticated is info
--- more_headers eval: ::as('app', 'wr0ng-secret')
--- request eval: ::refresh(::token(1))
--- error_code: 401
--- error_log
[info]
--- no_error_log
[error]
wr0ng-secret



=== a wrong password is info, and not written down
--- request eval: ::password('alice', 'close-barley')
--- error_code: 400
--- error_log
[info]
--- no_error_log
[error]
close-barley



=== raw parameters are not written down
--- request eval
[::refresh("forged\e[31m-token"), ::post(grant_type => "gr\e[0mant"), ::refresh(::token(1), scope => "sc\"ope-x"), ::password("us\ner-x", "pass\nword-x")]
--- error_code: 400
--- no_error_log eval: [qr/\e/, 'forged', 'ant-type', 'ope-x', 'er-x', 'word-x']



=== a client's id that could break a line
--- more_headers eval: ::as("app%0a2026/01/01 [emerg] forged", 'x')
--- request eval: ::refresh('x')
--- error_code: 401
--- no_error_log
] forged
[emerg]



=== trouble with the store is an error
--- http_config
    oauth2_redis { server unix:$TEST_NGINX_DIR/nowhere.sock; }
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types refresh_token; scope read; }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- error_log eval: [qr/\[error\].*nowhere\.sock/]



=== a policy that may evict tokens is a warning, once
--- redis eval: [[qw(CONFIG SET maxmemory-policy allkeys-lru)]]
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- wait: 0.1
--- error_log eval: [qr/\[warn\].*(?:maxmemory|evict)/]
--- after eval
sub { ::redis()->command(qw(CONFIG SET maxmemory-policy noeviction)) }



=== a policy that evicts nothing is none
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- wait: 0.1
--- no_error_log
[warn]
[error]



=== no secret reaches Redis
--- redis eval: [[qw(CONFIG SET slowlog-log-slower-than 0)], [qw(SLOWLOG RESET)]]
--- family eval: { generation => 3, age => 5000 }
--- request eval: [::refresh(::token(3)), ::refresh(::token(1)), ::password('alice', 'open-sesame')]
--- error_code eval: [200, 400, 200]
--- after eval
[undef, undef, sub {
    my @log  = map { @{ $_->[3] } } @{ ::redis()->command(qw(SLOWLOG GET 100)) };
    my @keys = map { $_, ::redis()->command(GET => $_) } @{ ::redis()->command(KEYS => '*') };
    my $seen = "@log @keys";
    my @secrets = map { my $bytes = MIME::Base64::decode_base64url($_); $_, $bytes, substr($bytes, -16), unpack 'H*', $bytes }
        map { ::token($_) } 1 .. 4;
    Test::More::is(scalar(grep { index($seen, $_) >= 0 } @secrets, 'open-sesame', 'app-secret'), 0, 'none of them');
    ::redis()->command(qw(CONFIG SET slowlog-log-slower-than 10000));
}]
