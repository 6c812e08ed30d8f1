# oauth2_sessions shows and ends a user's families, and the index behind it is kept only where it is needed.

use lib 't/lib/perl';
use OAuth2Test;
use Digest::SHA qw(sha256);
use MIME::Base64 qw(encode_base64url);
use Test::Nginx::Socket 'no_plan';

our $now     = time;
our $server  = 'location = /sessions { oauth2_sessions; }';
our $trusted = "X-Requested-With: curl\nContent-Type: application/x-www-form-urlencoded\n"
    . basic('app', 'app-secret');

sub hash_of { OAuth2Test::Token::family_hash(OAuth2Test::Token::family_id(identity(@_))) }

sub index_of {
    my $subject = shift;
    my $digest  = sha256($subject);
    return sprintf 'oauth2:{%s}:sessions:%s', encode_base64url(substr $digest, 0, 6),
        encode_base64url(substr $digest, 0, 16);
}

# Puts a family into the index of its user, as older than others by `older`.
sub indexed {
    my %given  = (older => 0, @_);
    my $family = identity(%given);
    return ['ZADD', index_of($family->{subject}), $now - $given{older}, hash_of(%given) . $family->{client}];
}

sub tail { pack 'C n/a*', 1, pack 'N', $now - $_[0] }

sub members { redis()->command('ZCARD', index_of($_[0] // 'alice')) }
sub zadds   { redis()->calls->{zadd} // 0 }

sub shows {
    my @expected = @_;
    return sub {
        my $shown = join ' ', map { $_->{family} } @{ $_[0] };
        Test::More::diag($shown) if $shown ne "@expected";
        return $shown eq "@expected";
    };
}

our $odd = q("}],"x":"<script>\\\\'{}:);
our $two = [{ age => 100, granted_at => $now - 5000 }, { salt => 2, client => 'other', scope => 'x', ttl => 600 }];
our $both = [indexed(older => 5000), indexed(salt => 2, client => 'other')];

run_tests();

__DATA__

=== a list
--- more_server eval: $::server
--- family eval: $::two
--- redis eval: $::both
--- request
GET /sessions?subject=alice
--- answer eval
{ subject => 'alice', more => undef, sessions => sub {
    my ($new, $old) = @{ $_[0] };
    my $near = sub { abs($_[0] - $_[1]) <= 5 };
    return @{ $_[0] } == 2 && $new->{family} eq ::hash_of(salt => 2) && $old->{family} eq ::hash_of()
        && $new->{client_id} eq 'other' && $old->{client_id} eq 'app'
        && $new->{scope} eq 'x' && $old->{scope} eq 'read write' && $old->{granted_at} == $::now - 5000
        && $near->($old->{last_used_at}, time - 100) && $near->($old->{expires_at}, time + 86300)
        && $near->($new->{expires_at}, time + 600);
} }



=== numbers are numbers
--- more_server eval: $::server
--- family eval: $::two
--- redis eval: $::both
--- request
GET /sessions?subject=alice
--- response_body_like: "granted_at":\d+,"last_used_at":\d+,"expires_at":\d+\}



=== HEAD
--- more_server eval: $::server
--- request
HEAD /sessions?subject=alice
--- response_body



=== a login is listed, and a refresh does not move it
--- more_server eval: $::server
--- request eval: [::password('alice', 'open-sesame'), 'GET /sessions?subject=alice']
--- answer eval: [{}, { sessions => sub { @{ $_[0] } == 1 && $_[0][0]{client_id} eq 'app' } }]



=== a user without families
--- more_server eval: $::server
--- family eval: $::two
--- redis eval: $::both
--- request
GET /sessions?subject=bob
--- response_body chomp
{"subject":"bob","sessions":[]}



=== the subject is compared exactly
--- more_server eval: $::server
--- family eval: { subject => 'alice2' }
--- redis eval
[['ZADD', ::index_of('alice'), 1, ::hash_of(subject => 'alice2') . 'app'], ::indexed(subject => 'alice2')]
--- request eval: [map { "GET /sessions?subject=$_" } 'alice', 'Alice2', 'alice2%20', 'alice2']
--- answer eval: [({ sessions => ::shows() }) x 3, { sessions => ::shows(::hash_of(subject => 'alice2')) }]



=== one is ended
--- more_server eval: $::server
--- more_headers eval: $::trusted
--- family eval: $::two
--- redis eval: $::both
--- request eval
['DELETE /sessions?subject=alice&family=' . ::hash_of(), 'GET /sessions?subject=alice', ::refresh(::token(1))]
--- error_code eval: [200, 200, 400]
--- answer eval: [{ ended => 1 }, { sessions => ::shows(::hash_of(salt => 2)) }, { error => 'invalid_grant' }]
--- record eval: { state => 'R', generation => 1, pttl => 86300 }



=== one is ended by a form
--- more_server eval: $::server
--- more_headers eval: $::trusted
--- family eval: $::two
--- redis eval: $::both
--- request eval: "POST /sessions\nsubject=alice&family=" . ::hash_of()
--- answer eval: { ended => 1 }
--- record eval: { state => 'R' }



=== all are ended, and others' are not
--- more_server eval: $::server
--- more_headers eval: $::trusted
--- family eval: [@$::two, { subject => 'bob' }]
--- redis eval: [@$::both, ::indexed(subject => 'bob')]
--- request eval
['DELETE /sessions?subject=alice', 'DELETE /sessions?subject=alice', 'GET /sessions?subject=bob', ::refresh(::token(1))]
--- error_code eval: [200, 200, 200, 400]
--- answer eval: [{ ended => 2 }, { ended => 0 }, { sessions => ::shows(::hash_of(subject => 'bob')) }, { error => 'invalid_grant' }]
--- record eval: { state => 'R' }
--- after eval: [undef, undef, undef, sub { Test::More::is(::members(), 0, 'the index is empty') }]



=== hundreds are ended
--- more_server eval: $::server
--- more_headers eval: $::trusted
--- family eval: [map { { salt => $_ } } 1 .. 700]
--- redis eval: [map { ::indexed(salt => $_, older => $_) } 1 .. 700]
--- request eval: ['GET /sessions?subject=alice', 'DELETE /sessions?subject=alice', 'GET /sessions?subject=alice']
--- answer eval: [{ sessions => sub { @{ $_[0] } == 700 } }, { ended => 700 }, { sessions => ::shows() }]



=== another user's family is not ended
--- more_server eval: $::server
--- more_headers eval: $::trusted
--- family eval: $::two
--- redis eval: $::both
--- request eval: 'DELETE /sessions?subject=bob&family=' . ::hash_of()
--- answer eval: { ended => 0 }
--- record: untouched



=== what is over is pruned
--- more_server eval: $::server
--- family eval: [{}, { salt => 2, state => 'R' }]
--- redis eval: [map { ::indexed(salt => $_) } 1 .. 3]
--- request
GET /sessions?subject=alice
--- answer eval: { sessions => ::shows(::hash_of()) }
--- after eval: sub { Test::More::is(::members(), 1, 'one entry is left') }
--- record: untouched



=== a change without the header
--- more_server eval: $::server
--- family eval: $::two
--- redis eval: $::both
--- request eval: ['DELETE /sessions?subject=alice', "POST /sessions\nsubject=alice"]
--- error_code: 403
--- answer eval: [({ error => 'invalid_request', error_description => 'the X-Requested-With header is missing' }) x 2]
--- no_commands
--- record: untouched



=== a change with an empty header
--- more_server eval: $::server
--- more_headers
X-Requested-With:
--- family eval: $::two
--- redis eval: $::both
--- request
DELETE /sessions?subject=alice
--- error_code: 403
--- record: untouched



=== another method
--- more_server eval: $::server
--- more_headers eval: $::trusted
--- request
PUT /sessions?subject=alice
--- error_code: 405
--- response_headers
Allow: GET, POST, DELETE
Content-Type: application/json
--- no_commands



=== malformed requests
--- more_server eval: $::server
--- more_headers eval: $::trusted
--- request eval
['GET /sessions', 'GET /sessions?subject=', 'DELETE /sessions?family=' . ::hash_of(), 'GET /sessions?subject=a&subject=b',
 'GET /sessions?subject=%ff', 'GET /sessions?subject=%', 'GET /sessions?subject=a%00b', 'GET /sessions?subject=' . 'x' x 256,
 'DELETE /sessions?subject=alice&family=x', "POST /sessions?subject=alice\nsubject=alice"]
--- error_code: 400
--- answer eval: [({ error => 'invalid_request', sessions => undef }) x 10]
--- no_commands



=== a subject that is HTML and JSON
--- more_server eval: $::server
--- family eval: { subject => $::odd }
--- redis eval: [::indexed(subject => $::odd)]
--- request eval: 'GET /sessions?' . ::form(subject => $::odd)
--- answer eval
{ subject => $::odd, x => undef, sessions => sub { @{ $_[0] } == 1 } }



=== nginx guards it
--- more_server
    location = /sessions { oauth2_sessions; deny all; }
--- more_headers eval: $::trusted
--- family eval: $::two
--- redis eval: $::both
--- request
DELETE /sessions?subject=alice
--- error_code: 403
--- response_headers
Content-Type: text/html
--- no_commands
--- record: untouched



=== a login of nginx is no client's
--- more_server
    location = /sessions { oauth2_sessions; auth_basic users; auth_basic_user_file $TEST_NGINX_USERS;
        add_header X-Seen "$oauth2_client_id|$oauth2_grant_type|$oauth2_family" always; }
--- more_headers eval: ::basic('alice', 'open-sesame')
--- request eval: 'GET /sessions?subject=alice&family=' . ::hash_of()
--- response_headers eval: 'X-Seen: ||' . ::hash_of()
--- answer eval: { subject => 'alice' }



=== a store that is down
--- http_config
    oauth2_redis { server unix:$TEST_NGINX_DIR/nowhere.sock; }
    oauth2_key $TEST_NGINX_KEY;
--- more_server eval: $::server
--- more_headers eval: $::trusted
--- request eval: ['GET /sessions?subject=alice', 'DELETE /sessions?subject=alice', 'DELETE /sessions?subject=alice&family=' . ::hash_of()]
--- error_code: 503
--- response_headers
Retry-After: 1
--- answer eval: [({ error => 'temporarily_unavailable' }) x 3]



=== it is counted
--- more_server eval: "$::server location = /json { oauth2_status json; }"
--- more_headers eval: $::trusted
--- family eval: $::two
--- redis eval: $::both
--- request eval: ['GET /sessions?subject=alice', 'DELETE /sessions?subject=alice', 'GET /sessions', 'GET /json']
--- error_code eval: [200, 200, 400, 200]
--- response_headers eval: [('') x 4]
--- response_body_like eval: [('') x 3, '"sessions":\{[^}]*"listed":1,"ended":1,"rejected":1,']



=== without the directives there is no index
--- family eval: {}
--- request eval: [::password('alice', 'open-sesame'), ::refresh(::token(1))]
--- record eval: { tail => '' }
--- after eval
[undef, sub {
    Test::More::is(::redis()->command('EXISTS', ::index_of('alice')), 0, 'no index');
    my @seen = grep { /^z|expire/ } sort keys %{ ::redis()->calls };
    Test::More::is("@seen", '', 'no command for one');
}]



=== a login writes the index
--- more_server eval: $::server
--- request eval: ::password('alice', 'open-sesame')
--- after eval
sub {
    my $life = ::redis()->command('TTL', ::index_of('alice'));
    Test::More::ok($life > 129_500 && $life <= 129_600, 'it lives one and a half validities');
    Test::More::is(::zadds(), 1, 'one entry');
}



=== a family that is older than the index is taken in by its refresh
--- more_server eval: $::server
--- family eval: {}
--- request eval: [::refresh(::token(1)), 'GET /sessions?subject=alice']
--- answer eval: [{ refresh_token => ::token(2) }, { sessions => ::shows(::hash_of()) }]
--- record eval: { generation => 2, tail => sub { abs($::now - unpack 'x3 N', $_[0]) < 60 } }



=== the entry is not refreshed before half a validity
--- more_server eval: $::server
--- family eval: { tail => ::tail(43_000) }
--- redis eval: [::indexed()]
--- request eval: [::refresh(::token(1)), 'GET /sessions?subject=alice']
--- record eval: { generation => 2, tail => ::tail(43_000) }
--- after eval: [undef, sub { Test::More::is(::zadds(), 0, 'nothing is noted') }]



=== and once after it
--- more_server eval: $::server
--- family eval: { tail => ::tail(43_300) }
--- redis eval: [::indexed()]
--- request eval: [(map { ::refresh(::token($_)) } 1 .. 3), 'GET /sessions?subject=alice']
--- record eval: { generation => 4 }
--- after eval: [(undef) x 3, sub { Test::More::is(::zadds(), 1, 'one note') }]



=== a retry notes nothing
--- more_server eval: $::server
--- family eval: { generation => 3, age => 10 }
--- request eval: [::refresh(::token(2)), 'GET /sessions?subject=alice']
--- answer eval: [{ refresh_token => ::token(3) }, { sessions => ::shows() }]
--- record: untouched



=== blocks of the same store keep one index
--- more_http
    server {
        listen unix:$TEST_NGINX_DIR/admin.sock;
        oauth2_redis { server $TEST_NGINX_REDIS; }
        location = /sessions { oauth2_sessions; }
    }
--- request eval: ::password('alice', 'open-sesame')
--- after eval: sub { Test::More::is(::members(), 1, 'one entry') }



=== a block of another prefix keeps none
--- more_http
    server {
        listen unix:$TEST_NGINX_DIR/admin.sock;
        oauth2_redis { server $TEST_NGINX_REDIS; prefix other; }
        location = /sessions { oauth2_sessions; }
    }
--- request eval: ::password('alice', 'open-sesame')
--- after eval: sub { Test::More::is(::members(), 0, 'no entry') }



=== a location has one endpoint
--- bad_location
oauth2_sessions;
--- complains: 1 "oauth2_token" and "oauth2_sessions" exclude each other



=== twice
--- bad_server
location = /sessions {
    oauth2_sessions;
    oauth2_sessions;
}
--- complains: 3 "oauth2_sessions" directive is duplicate



=== without a store
--- http_config
--- bad_server
location = /sessions {
    oauth2_sessions;
}
--- config
    include $TEST_NGINX_HTML_DIR/bad.conf;
--- complains: 2 no "oauth2_key" is defined for "oauth2_sessions"
