# Mistakes in the other directives.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

run_tests();

__DATA__

=== a validity of zero
--- bad_server
oauth2_refresh_token_validity 0;
--- complains: 1 validity|invalid value|0



=== a unit that is none
--- bad_server
oauth2_refresh_token_validity 1x;
--- complains: 1 invalid value



=== a negative time
--- bad_server
oauth2_refresh_token_validity -1d;
--- complains: 1 invalid value



=== a retry window as long as the validity
--- bad_server
oauth2_refresh_token_validity 1m;
oauth2_refresh_token_retry 1m;
--- complains: \d retry



=== a retry window longer than the validity, in another order
--- bad_server
oauth2_refresh_token_retry 2m;
oauth2_refresh_token_validity 1m;
--- complains: \d retry



=== a retry that is none
--- bad_server
oauth2_refresh_token_retry always;
--- complains: 1 always|invalid



=== a flag that is none
--- bad_server
oauth2_refresh_token_renewal true;
--- complains: 1 "true"



=== a policy that is none
--- bad_server
oauth2_refresh_token_reuse allow;
--- complains: 1 "allow"|invalid



=== a format that is reserved
--- bad_server
oauth2_access_token_format jwt;
--- complains: 1 jwt



=== an access token validity of zero
--- bad_server
oauth2_access_token_validity 0;
--- complains: 1 validity|invalid|0



=== directives stand once at a level
--- bad_server
oauth2_refresh_token_validity 1h;
oauth2_refresh_token_validity 1h;
--- complains: 2 duplicate



=== renewal twice
--- bad_server
oauth2_refresh_token_renewal on;
oauth2_refresh_token_renewal on;
--- complains: 2 duplicate



=== retry twice
--- bad_server
oauth2_refresh_token_retry 1s;
oauth2_refresh_token_retry until_used;
--- complains: 2 duplicate



=== oauth2_token twice
--- bad_location
oauth2_token;
--- complains: 1 duplicate



=== oauth2_token in a server
--- bad_server
oauth2_token;
--- complains: 1 not allowed here



=== oauth2_token with an argument
--- bad_server
location = /other { oauth2_token on; }
--- complains: 1 invalid number of arguments



=== both password checks at one level
--- bad_location
oauth2_password_file $TEST_NGINX_USERS;
oauth2_password_auth /check;
--- complains: 2 password



=== both in the other order
--- bad_location
oauth2_password_auth /check;
oauth2_password_file $TEST_NGINX_USERS;
--- complains: 2 password



=== both at different levels: the nearer one counts
--- more_http
    oauth2_password_auth /check;
--- more_server
    oauth2_password_file $TEST_NGINX_USERS;
--- request eval: ::password('alice', 'open-sesame')
--- answer eval: { token_type => 'Bearer' }



=== a password file twice
--- bad_location
oauth2_password_file $TEST_NGINX_USERS;
oauth2_password_file $TEST_NGINX_USERS;
--- complains: 2 duplicate



=== a subject of an unknown variable
--- more_server
    oauth2_subject $no_such_variable;
--- must_die
--- error_log
unknown "no_such_variable" variable



=== a form of status that is none
--- bad_server
location = /status { oauth2_status xml; }
--- complains: 1 xml



=== status in a server
--- bad_server
oauth2_status;
--- complains: 1 not allowed here



=== a zone too small
--- bad_http
oauth2_zone 1k;
--- complains: 1 zone|small|1k



=== a zone in a server
--- bad_server
oauth2_zone 1m;
--- complains: 1 not allowed here



=== an unknown directive
--- bad_server
oauth2_nonsense on;
--- complains: 1 unknown directive



=== a location has one answer
--- bad_server
location = /two {
    oauth2_token;
    proxy_pass http://127.0.0.1:1;
}
--- complains: 2 another directive of the location answers instead of "oauth2_token"
