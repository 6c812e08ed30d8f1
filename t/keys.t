# Root keys: how they are written, and how they roll.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

use MIME::Base64 qw(encode_base64 encode_base64url);

my $bytes = root_key(1);
my $hex   = unpack 'H*', $bytes;
our @writings = ($hex, uc $hex, "$hex\n", "$hex \r\n\n", encode_base64($bytes), encode_base64($bytes, ''),
    encode_base64url($bytes), encode_base64url($bytes) . "=\n");
$ENV{"TEST_NGINX_WRITING$_"} = file("writing$_", $writings[$_]) for 0 .. $#writings;

sub keys_config {
    my ($first, $second) = map { "oauth2_key $_;" } @_;
    my $text = OAuth2Test::http_config('', '');
    return $text =~ s/oauth2_key .*/join "\n", grep { defined } $first, $second/er;
}

our $id1 = OAuth2Test::Token::key_id(root_key(1));
our $id2 = OAuth2Test::Token::key_id(root_key(2));
our $id3 = OAuth2Test::Token::key_id(root_key(3));

run_tests();

__DATA__

=== hex
--- http_config eval: ::keys_config('$TEST_NGINX_WRITING0')
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== upper-case hex
--- http_config eval: ::keys_config('$TEST_NGINX_WRITING1')
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== white space at the end
--- http_config eval: ::keys_config('$TEST_NGINX_WRITING3')
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== base64 with an end of line
--- http_config eval: ::keys_config('$TEST_NGINX_WRITING4')
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== base64
--- http_config eval: ::keys_config('$TEST_NGINX_WRITING5')
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== base64url
--- http_config eval: ::keys_config('$TEST_NGINX_WRITING6')
--- family eval: { age => 5000 }
--- request eval: ::refresh(::token(1))
--- answer eval: { refresh_token => ::token(2) }



=== the first key mints, all verify
--- http_config eval: ::keys_config('$TEST_NGINX_KEY2', '$TEST_NGINX_KEY')
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4, root => ::root_key(2)) }
--- record eval: { generation => 4, key_id => $::id2 }



=== a key added second changes nothing
--- http_config eval: ::keys_config('$TEST_NGINX_KEY', '$TEST_NGINX_KEY2')
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4) }
--- record eval: { generation => 4, key_id => $::id1 }



=== a retry after the keys rolled gets the bytes of the first answer
--- http_config eval: ::keys_config('$TEST_NGINX_KEY2', '$TEST_NGINX_KEY')
--- family eval: { generation => 4, age => 10, key_id => $::id1 }
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4) }
--- record: untouched



=== and so while the keys roll the other way
--- http_config eval: ::keys_config('$TEST_NGINX_KEY', '$TEST_NGINX_KEY2')
--- family eval: { generation => 4, age => 10, key_id => $::id2 }
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(4, root => ::root_key(2)) }
--- record: untouched



=== a retry whose key is gone is 503, never other bytes
--- family eval: { generation => 4, age => 10, key_id => $::id3 }
--- request eval: ::refresh(::token(3))
--- error_code: 503
--- answer eval: { error => 'temporarily_unavailable', refresh_token => undef }
--- record: untouched



=== a token of a retired key
--- http_config eval: ::keys_config('$TEST_NGINX_KEY2')
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }
--- record: untouched
--- error_log
[warn]
--- no_commands



=== without renewal the old key's token comes back
--- http_config eval: ::keys_config('$TEST_NGINX_KEY2', '$TEST_NGINX_KEY')
--- more_server
    oauth2_refresh_token_renewal off;
--- family eval: { generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3))
--- answer eval: { refresh_token => ::token(3) }
--- record: untouched



=== subkeys belong to a prefix
--- http_config
    oauth2_redis { server $TEST_NGINX_REDIS; prefix tenant-a; }
    oauth2_key $TEST_NGINX_KEY;
    oauth2_client app { secret plain:app-secret; grant_types refresh_token; scope read write; }
--- family eval: { prefix => 'tenant-a', generation => 3, age => 5000 }
--- request eval: ::refresh(::token(3, prefix => 'tenant-a'))
--- answer eval: { refresh_token => ::token(4, prefix => 'tenant-a') }
--- after eval
sub { Test::More::is(::stored(prefix => 'tenant-a')->{generation}, 4, "in the tenant's record") }



=== a server's keys replace those of http
--- more_server
    oauth2_key $TEST_NGINX_KEY2;
--- family eval: [{ root => ::root_key(2), age => 5000 }]
--- request eval: [::refresh(::token(1, root => ::root_key(2))), ::refresh(::token(1))]
--- error_code eval: [200, 400]
--- answer eval: [{ refresh_token => ::token(2, root => ::root_key(2)) }, { error => 'invalid_grant' }]
