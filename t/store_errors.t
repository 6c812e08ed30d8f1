# Trouble with Redis is 503 and changes nothing: afterwards every token works.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $impatient = OAuth2Test::http_config('', '') =~ s/(server \S+);/$1; timeout 150ms; connect_timeout 150ms;/r;

# 503 first; the code mends Redis, and the same token gets its successor.
our $requests = [(refresh(token(3))) x 2];
our $answers  = [{ error => 'temporarily_unavailable', refresh_token => undef }, { refresh_token => token(4) }];

sub mend {
    my @command = @_;
    return [sub {
        Test::More::is(stored()->{generation}, 3, 'the record did not change');
        redis()->command(@command);
    }];
}

# The end of the pause, and of the time that nginx lets pass before it connects again.
sub wait_for_redis {
    return [sub {
        sleep 2;
        Test::More::is(stored()->{generation}, 3, 'a command that was given up never runs');
    }];
}

run_tests();

__DATA__

=== out of memory: Redis may let a script finish that has begun to write
--- family eval: { generation => 3, age => 5000 }
--- init
::redis()->command(qw(CONFIG SET maxmemory 1));
--- request eval: $::requests
--- error_code_like eval: ['^(?:200|503)$', '^200$']
--- answer eval: [{ error => sub { ($_[0] // '') =~ /^(?:temporarily_unavailable)?$/ } }, $::answers->[1]]
--- after eval: [sub { ::redis()->command(qw(CONFIG SET maxmemory 0)) }]
--- record eval: { generation => 4 }



=== a replica
--- family eval: { generation => 3, age => 5000 }
--- init
::redis()->command(qw(REPLICAOF 127.0.0.1 1));
--- request eval: $::requests
--- error_code eval: [503, 200]
--- raw_response_headers_like eval: ['\r\nRetry-After: \d+\r\n', '']
--- answer eval: $::answers
--- after eval: ::mend(qw(REPLICAOF NO ONE))
--- record eval: { generation => 4 }



=== a replica does not serve retries from stale data
--- family eval: { generation => 4, age => 10 }
--- init
::redis()->command(qw(REPLICAOF 127.0.0.1 1));
--- request eval: $::requests
--- error_code eval: [503, 200]
--- answer eval: $::answers
--- after eval: [sub { ::redis()->command(qw(REPLICAOF NO ONE)) }]
--- record: untouched



=== a replica convicts nobody
--- family eval: { generation => 9, age => 500 }
--- init
::redis()->command(qw(REPLICAOF 127.0.0.1 1));
--- request eval: [::refresh(::token(2)), ::refresh(::token(9))]
--- error_code eval: [503, 200]
--- answer eval: [{ error => 'temporarily_unavailable' }, { refresh_token => ::token(10) }]
--- after eval: [sub { ::redis()->command(qw(REPLICAOF NO ONE)) }]



=== a replica without the record
--- redis eval: [[qw(SET oauth2:marker 0)]]
--- init
::redis()->command(qw(REPLICAOF 127.0.0.1 1));
--- request eval: [(::refresh(::token(3))) x 2]
--- error_code eval: [503, 400]
--- answer eval: [{ error => 'temporarily_unavailable' }, { error => 'invalid_grant' }]
--- after eval: [sub { ::redis()->command(qw(REPLICAOF NO ONE)) }]



=== too few replicas
--- family eval: { generation => 3, age => 5000 }
--- init
::redis()->command(qw(CONFIG SET min-replicas-to-write 1));
--- request eval: $::requests
--- error_code eval: [503, 200]
--- answer eval: $::answers
--- after eval: ::mend(qw(CONFIG SET min-replicas-to-write 0))
--- record eval: { generation => 4 }



=== renewal off needs a Redis that may write too
--- family eval: { generation => 3, age => 5000 }
--- more_server
    oauth2_refresh_token_renewal off;
--- init
::redis()->command(qw(REPLICAOF 127.0.0.1 1));
--- request eval: [(::refresh(::token(3))) x 2]
--- error_code eval: [503, 200]
--- answer eval: [{ error => 'temporarily_unavailable' }, { refresh_token => ::token(3) }]
--- after eval: [sub { ::redis()->command(qw(REPLICAOF NO ONE)) }]
--- record: untouched



=== a pause longer than the timeout
--- http_config eval: $::impatient
--- family eval: { generation => 3, age => 5000 }
--- init
::redis()->command(qw(CLIENT PAUSE 1000 ALL));
--- request eval: $::requests
--- error_code eval: [503, 200]
--- answer eval: $::answers
--- after eval: ::wait_for_redis()
--- record eval: { generation => 4 }



=== a pause of writes only
--- http_config eval: $::impatient
--- family eval: { generation => 3, age => 5000 }
--- init
::redis()->command(qw(CLIENT PAUSE 1000 WRITE));
--- request eval: $::requests
--- error_code eval: [503, 200]
--- answer eval: $::answers
--- after eval: ::wait_for_redis()
--- record eval: { generation => 4 }



=== a pause shorter than the timeout
--- family eval: { generation => 3, age => 5000 }
--- init
::redis()->command(qw(CLIENT PAUSE 300 ALL));
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4) }



=== connections that Redis closes again and again
--- family eval: { generation => 3, age => 5000 }
--- request eval: [map { ::refresh(::token($_)) } 3 .. 8]
--- answer eval: [map { { refresh_token => ::token($_) } } 4 .. 9]
--- after eval: [(sub { ::redis()->command(qw(CLIENT KILL TYPE normal SKIPME yes)) }) x 5]



=== a user's grant while Redis is away
--- redis eval: [[qw(CONFIG SET maxmemory 1)]]
--- request eval: [(::password('alice', 'open-sesame')) x 2]
--- error_code eval: [503, 200]
--- answer eval: [{ error => 'temporarily_unavailable', access_token => undef }, { token_type => 'Bearer' }]
--- after eval: [sub { ::redis()->command(qw(CONFIG SET maxmemory 0)) }]



=== a record without an end gets one
--- family eval: { generation => 3 }
--- init
::redis()->command(PERSIST => ::record_key());
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4) }
--- record eval: { generation => 4, pttl => 86400 }



=== a record that ends later than it says is young
--- family eval: { generation => 4, ttl => 86400, pttl => 90_000_000 }
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4) }
--- record: untouched
