# What is not a live record of a known layout, or is no record at all.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

run_tests();

__DATA__

=== a missing record
--- redis eval: [[qw(SET oauth2:marker 0)]]
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- answer eval: { error => 'invalid_grant', refresh_token => undef }
--- record: missing



=== a missing record with the marker that proves the store whole
--- redis eval: [[SET => 'oauth2:marker', time - 100000]]
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record: missing



=== an expired record
--- family eval: { generation => 3, pttl => 1 }
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record: missing



=== a record of a later layout is left alone
--- family eval: { generation => 3, layout => 2 }
--- request eval: [map { ::refresh(::token($_)) } 1 .. 4, 100]
--- error_code: 503
--- answer eval: [({ error => 'temporarily_unavailable' }) x 5]
--- record: untouched



=== a later layout's tombstone is left alone as well
--- family eval: { generation => 3, layout => 255, state => 'R' }
--- request eval: ::refresh(::token(3))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- raw_response_headers_like: (?i)Retry-After: \d+
--- record: untouched



=== a state that nobody wrote
--- family eval: { generation => 3, state => 'X' }
--- request eval: ::refresh(::token(3))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- record: untouched



=== an empty record
--- family eval: { bytes => '' }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }



=== lengths that run over the end of the record
--- family eval: { bytes => "\1L" . pack('N n a1 N N', 1, 0, OAuth2Test::Token::key_id(::root_key(1)), 86400, time) . "\xffapp" }
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable', refresh_token => undef }



=== a key of another type
--- redis eval: [[LPUSH => ::record_key(), 'x']]
--- request eval: ::refresh(::token(1))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable' }
--- error_log
[alert]



=== a new family leaves the marker of the first
--- request eval: [(::password('alice', 'open-sesame')) x 2]
--- after eval
[undef, sub {
    my $marker = ::redis()->command('GET', 'oauth2:marker');
    Test::More::like($marker, qr/^\d{10}$/, 'the time of the first family');
    Test::More::is(::redis()->command('TTL', 'oauth2:marker'), -1, 'without end');
}]



=== an existing marker stays
--- redis eval: [[SET => 'oauth2:marker', 1234567890]]
--- request eval: ::password('alice', 'open-sesame')
--- after eval
sub { Test::More::is(::redis()->command('GET', 'oauth2:marker'), 1234567890, 'the marker stays') }
