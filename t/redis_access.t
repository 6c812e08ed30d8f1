# The ways into a Redis: sockets, addresses, databases, passwords, users.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $port = $ENV{TEST_NGINX_REDIS_PORT} = free_port();
our $tcp  = start_redis('tcp', bind => '127.0.0.1', port => $port, requirepass => 'p@ss: w/%rd');
$tcp->command(AUTH => 'p@ss: w/%rd');
$tcp->command(qw(ACL SETUSER nginx on >s3cret ~oauth2:* +@all -@dangerous +config|get +info));
$tcp->command(qw(ACL SETUSER least on >least ~oauth2:* -@all +evalsha +script|load +ping +getex +get +set +pttl +ttl +expire +del));
$ENV{TEST_NGINX_PASSWORD} = file(password => "p\@ss: w/%rd\n");

sub store {
    my $inside = shift;
    return <<"EOT";
    oauth2_redis { $inside }
    oauth2_key \$TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types password refresh_token; scope read write; }
EOT
}

# Where the token went: the server and the database that hold its record.
sub kept {
    my ($server, $database) = @_;
    return sub {
        my $family = token_fields($_[1]{refresh_token})->{family} // die 'no token';
        $server->command(SELECT => $database);
        my $key = OAuth2Test::Token::family_key($family, 'oauth2');
        Test::More::is($server->command(EXISTS => $key), 1, "the record is in database $database");
        $server->command(SELECT => 0);
    };
}

our $login = password('alice', 'open-sesame');
our $bearer = { token_type => 'Bearer', refresh_token => qr/./ };
our $away = { error => 'temporarily_unavailable' };

run_tests();

__DATA__

=== a URL with a password in percent encoding
--- http_config eval: ::store('server redis://:p%40ss%3a%20w%2F%25rd@127.0.0.1:$TEST_NGINX_REDIS_PORT;')
--- request eval: $::login
--- answer eval: $::bearer
--- after eval: ::kept($::tcp, 0)



=== a URL with a user and a database
--- http_config eval: ::store('server redis://nginx:s3cret@127.0.0.1:$TEST_NGINX_REDIS_PORT/3;')
--- request eval: $::login
--- answer eval: $::bearer
--- after eval: ::kept($::tcp, 3)



=== localhost
--- http_config eval: ::store('server redis://nginx:s3cret@localhost:$TEST_NGINX_REDIS_PORT/;')
--- request eval: $::login
--- answer eval: $::bearer
--- after eval: ::kept($::tcp, 0)



=== directives beat the parts of the URL
--- http_config eval
::store('server redis://wrong:wrong@127.0.0.1:$TEST_NGINX_REDIS_PORT/1; username nginx; password s3cret; database 2;')
--- request eval: $::login
--- answer eval: $::bearer
--- after eval: ::kept($::tcp, 2)



=== a password from a file
--- http_config eval: ::store('server redis://127.0.0.1:$TEST_NGINX_REDIS_PORT; password_file $TEST_NGINX_PASSWORD;')
--- request eval: $::login
--- answer eval: $::bearer
--- after eval: ::kept($::tcp, 0)



=== a user who may do the least
--- http_config eval: ::store('server redis://least:least@127.0.0.1:$TEST_NGINX_REDIS_PORT;')
--- request eval: $::login
--- answer eval: $::bearer



=== a wrong password is trouble of ours, not of the client's
--- http_config eval: ::store('server redis://nginx:wr0ng@127.0.0.1:$TEST_NGINX_REDIS_PORT;')
--- request eval: $::login
--- error_code: 503
--- answer eval: $::away
--- error_log
[alert]
--- no_error_log
wr0ng



=== no password where one is needed
--- http_config eval: ::store('server redis://127.0.0.1:$TEST_NGINX_REDIS_PORT;')
--- request eval: $::login
--- error_code: 503
--- answer eval: $::away
--- error_log
[alert]



=== a user without the right to run scripts
--- http_config eval: ::store('server redis://127.0.0.1:$TEST_NGINX_REDIS_PORT; username reader; password r;')
--- init
$::tcp->command(qw(ACL SETUSER reader on >r ~oauth2:* +@read +ping))
--- request eval: $::login
--- error_code: 503
--- answer eval: $::away
--- error_log
[alert]



=== a database that is not there
--- http_config eval: ::store('server redis://nginx:s3cret@127.0.0.1:$TEST_NGINX_REDIS_PORT/9999;')
--- request eval: $::login
--- error_code: 503
--- answer eval: $::away
--- error_log
[alert]



=== a port that nobody listens on
--- http_config eval: ::store('server redis://127.0.0.1:1;')
--- request eval: [$::login, ::refresh(::token(1))]
--- error_code: 503
--- answer eval: [$::away, $::away]



=== a socket and a database
--- http_config eval: ::store('server $TEST_NGINX_REDIS; database 5;')
--- request eval: $::login
--- answer eval: $::bearer
--- after eval: ::kept(::redis(), 5)



=== scripts that Redis forgot are loaded again
--- family eval: { age => 5000 }
--- request eval: [map { ::refresh(::token($_)) } 1 .. 3]
--- after eval: [(sub { ::redis()->command(qw(SCRIPT FLUSH)) }) x 2]
--- answer eval: [map { { refresh_token => ::token($_) } } 2 .. 4]



=== a connection that Redis closed is opened again
--- family eval: { age => 5000 }
--- request eval: [map { ::refresh(::token($_)) } 1 .. 3]
--- after eval: [(sub { ::redis()->command(qw(CLIENT KILL TYPE normal SKIPME yes)) }) x 2]
--- answer eval: [map { { refresh_token => ::token($_) } } 2 .. 4]



=== a full Redis is 503, and the token still works
--- redis eval: [[qw(SET oauth2:marker 0)], [qw(CONFIG SET maxmemory 1)]]
--- request eval: [$::login, ::refresh(::token(1))]
--- error_code eval: [503, 400]
--- after eval: [sub { ::redis()->command(qw(CONFIG SET maxmemory 0)) }]
--- answer eval: [$::away, { error => 'invalid_grant' }]



=== a Redis without enough replicas is 503, never a stale answer
--- redis eval: [[qw(SET oauth2:marker 0)], [qw(CONFIG SET min-replicas-to-write 1)]]
--- request eval: [$::login, (::refresh(::token(1))) x 2, $::login]
--- error_code eval: [503, 503, 400, 200]
--- after eval: [undef, sub { ::redis()->command(qw(CONFIG SET min-replicas-to-write 0)) }]
--- answer eval: [$::away, $::away, { error => 'invalid_grant' }, $::bearer]
