# A missing record, and what the marker of the store says of it. (t/records.t has records that are
# there, t/live/whole.t a Redis that really loses its data.)

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $granted = time - 3600;    # as the tokens of OAuth2Test say

our $off = 'oauth2_refresh_token_renewal off;';

sub marker { [[SET => 'oauth2:marker', shift]] }

sub away { [({ error => 'temporarily_unavailable', refresh_token => undef, access_token => undef }) x shift] }
sub gone { [({ error => 'invalid_grant', refresh_token => undef }) x shift] }

# Each asks in another way: a rotation at once, or a question first.
sub each_way { [::refresh(::token(3)), ::refresh(::token(3), scope => 'read'), ::refresh(::token(3))] }

run_tests();

__DATA__

=== an old marker
--- redis eval: ::marker($::granted - 1)
--- request eval: ::each_way()
--- error_code: 400
--- answer eval: ::gone(3)
--- no_error_log
[error]



=== the lowest marker
--- redis eval: ::marker(0)
--- request eval: ::each_way()
--- error_code: 400
--- answer eval: ::gone(3)



=== a marker that is as young as two hosts' clocks may differ
--- redis eval: ::marker(OAuth2Test::identity()->{granted_at} + 5)
--- request eval: ::each_way()
--- error_code: 400
--- answer eval: ::gone(3)



=== a marker that is a second younger than that
--- redis eval: ::marker(OAuth2Test::identity()->{granted_at} + 6)
--- request eval: ::each_way()
--- error_code: 503
--- answer eval: ::away(3)
--- raw_response_headers_like eval: [(qr/^Retry-After: [1-9]\d*\r$/m) x 3]
--- expected_trouble: [alert]
--- record: missing



=== what the log says of it
--- request eval: ::refresh(::token(3))
--- error_code: 503
--- error_log
[alert]
oauth2: the store was emptied after the grant: restore its data, or run script/accept-loss (temporarily_unavailable), oauth2 client: "app", family: "



=== no marker
--- request eval: ::each_way()
--- error_code: 503
--- answer eval: ::away(3)
--- expected_trouble: [alert]
--- record: missing



=== no marker, with renewal off
--- more_location eval: $::off
--- request eval: ::each_way()
--- error_code: 503
--- answer eval: ::away(3)
--- expected_trouble: [alert]



=== another tenant's marker
--- redis eval: [[qw(SET other:marker 0)]]
--- request eval: ::refresh(::token(3))
--- error_code: 503
--- answer eval: ::away(1)->[0]
--- error_log
[alert]
the store was emptied after the grant



=== a login after the loss: the new family refreshes, the old one waits
--- request eval: [::password('alice', 'open-sesame'), ::refresh(::token(3))]
--- error_code eval: [200, 503]
--- answer eval: [{ refresh_token => qr/./ }, ::away(1)->[0]]
--- expected_trouble: [alert]



=== a loss that an operator has accepted
--- redis eval: ::marker('0:' . time)
--- request eval: ::each_way()
--- error_code: 400
--- answer eval: ::gone(3)



=== a loss that was accepted before the grant, after which the store was emptied
--- redis eval: ::marker(time - 60 . ':' . ($::granted - 100))
--- request eval: ::each_way()
--- error_code: 503
--- answer eval: ::away(3)
--- expected_trouble: [alert]



=== a login leaves what an operator has said
--- redis eval: ::marker('0:1234567890')
--- request eval: ::password('alice', 'open-sesame')
--- answer eval: { refresh_token => qr/./ }
--- after eval
sub { Test::More::is(::redis()->command('GET', 'oauth2:marker'), '0:1234567890', 'the marker stays') }



=== something else in the marker's place
--- redis eval: ::marker('yesterday')
--- request eval: ::refresh(::token(3))
--- error_code: 503
--- answer eval: ::away(1)->[0]
--- error_log
[alert]
sent a reply that belongs to another command



=== a family past its lifetime asks no store
--- more_location: oauth2_refresh_token_lifetime 30m;
--- request eval: ::refresh(::token(3))
--- error_code: 400
--- answer eval: ::gone(1)->[0]
--- no_commands



=== the same token again and again is one loss
--- redis eval: ::marker(0)
--- request eval: [(::refresh(::token(3))) x 80]
--- error_code: 400
--- answer eval: ::gone(80)
