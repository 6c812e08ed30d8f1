# The password grant against an htpasswd file, in every format that auth_basic reads.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

use Digest::SHA qw(sha1);
use MIME::Base64 qw(encode_base64);

my $word = 'pass word';
my $apr1 = qx(openssl passwd -apr1 -salt 12345678 '$word');
chomp $apr1;

my %hash = (
    des    => crypt($word, 'ab'),
    md5    => crypt($word, '$1$salt$'),
    sha256 => crypt($word, '$5$salt$'),
    sha512 => crypt($word, '$6$salt$'),
    bcrypt => crypt($word, '$2y$04$' . 'a' x 21 . 'u'),
    apr1   => $apr1,
    sha    => '{SHA}' . encode_base64(sha1($word), ''),
    ssha   => '{SSHA}' . encode_base64(sha1($word . 'salt') . 'salt', ''),
    plain  => "{PLAIN}$word",
);
# libc may lack a method.
delete $hash{$_} for grep { !defined $hash{$_} || $hash{$_} =~ /^\*/ } keys %hash;
our @users = sort keys %hash;

$ENV{TEST_NGINX_FORMATS} = file(formats => join '', map { "$_:$hash{$_}\n" } @users);
$ENV{TEST_NGINX_DOS} = file(dos => "# users\r\nalice:{PLAIN}open-sesame\r\n#bob:{PLAIN}b\r\ncarol:{PLAIN}c:a comment\r\n");
$ENV{TEST_NGINX_UNENDED} = file(unended => "alice:{PLAIN}one\nbob:{PLAIN}two");
$ENV{TEST_NGINX_LONG}    = file(long => join('', map { "user$_:{PLAIN}" . 'p' x 100 . "\n" } 1 .. 500) . "last:{PLAIN}one\n");

run_tests();

__DATA__

=== every format lets its user in
--- more_server
    oauth2_password_file $TEST_NGINX_FORMATS;
--- request eval: [map { ::password($_, 'pass word') } @::users]
--- answer eval: [map { { refresh_token => qr/^[\w-]{56}$/, token_type => 'Bearer' } } @::users]



=== no format lets in a wrong password
--- more_server
    oauth2_password_file $TEST_NGINX_FORMATS;
--- request eval: [map { ::password($_, 'passxword') } @::users]
--- error_code: 400
--- answer eval: [map { { error => 'invalid_grant', refresh_token => undef } } @::users]
--- no_commands



=== the hash is not the password
--- more_server
    oauth2_password_file $TEST_NGINX_FORMATS;
--- request eval: ::password('plain', '{PLAIN}pass word')
--- error_code: 400
--- answer eval: { error => 'invalid_grant' }



=== the user, the client and the scope stand in the record
--- request eval: ::password('alice', 'open-sesame')
--- answer eval: { expires_in => 3600, refresh_token_expires_in => 86400, scope => 'read write' }
--- after eval
sub {
    my $token  = ::token_fields($_[1]{refresh_token});
    my $record = ::stored(family => $token->{family});
    Test::More::is($token->{generation}, 1, 'the first generation');
    Test::More::is($record->{subject}, 'alice', 'subject');
    Test::More::is($record->{client}, 'app', 'client');
    Test::More::is($record->{granted_at}, $token->{granted_at}, 'granted-at');
    Test::More::is($record->{ttl}, 86400, 'TTL');
    Test::More::is(substr($token->{family}, 0, 6), substr(Digest::SHA::sha256('alice'), 0, 6), 'hash tag');
    Test::More::cmp_ok(abs($token->{granted_at} - time), '<', 10, 'granted now');
}



=== two grants are two families
--- request eval: [(::password('alice', 'open-sesame')) x 2]
--- after eval
my $first;
[sub { $first = ::token_fields($_[1]{refresh_token})->{family} },
 sub { Test::More::isnt(::token_fields($_[1]{refresh_token})->{family}, $first, 'another family') }]



=== an unknown user, and one that is the beginning of another
--- request eval: [map { ::password($_, 'open-sesame') } 'nobody', 'alic', 'alicee', 'Alice']
--- error_code: 400
--- answer eval: [({ error => 'invalid_grant' }) x 4]
--- no_commands



=== refusals look alike
--- request eval: [::password('nobody', 'x'), ::password('alice', 'x')]
--- error_code: 400
--- after eval
my $first;
[sub { $first = $_[0] }, sub { Test::More::is($_[0], $first, 'the same answer') }]



=== a missing or empty user name or password
--- request eval
[::post(grant_type => 'password', username => 'alice'), ::post(grant_type => 'password', password => 'x'),
 ::password('', 'x'), ::password('alice', '')]
--- error_code: 400
--- answer eval: [({ error => 'invalid_request' }) x 4]



=== a user name with a colon or control characters
--- more_server
    oauth2_password_file $TEST_NGINX_FORMATS;
--- request eval
[map { ::password($_, 'pass word') } "plain:x", "plain\n", "plain\0", "plain\r", "\tplain", "plain\x7f"]
--- error_code: 400
--- answer eval: [({ error => 'invalid_grant' }) x 6]
--- no_commands



=== a password with control characters
--- more_server
    oauth2_password_file $TEST_NGINX_FORMATS;
--- request eval: [map { ::password('plain', $_) } "pass word\n", "pass word\0", "pass word\0x"]
--- error_code: 400
--- answer eval: [({ error => 'invalid_grant' }) x 3]
--- no_commands



=== comments, CRLF and a comment behind the password
--- more_server
    oauth2_password_file $TEST_NGINX_DOS;
--- request eval
[::password('alice', 'open-sesame'), ::password('carol', 'c'), ::password('bob', 'b'),
 ::password('#bob', 'b'), ::password('# users', 'x')]
--- error_code eval: [200, 200, 400, 400, 400]
--- answer eval: [{ error => undef }, { error => undef }, ({ error => 'invalid_grant' }) x 3]



=== a last line without end
--- more_server
    oauth2_password_file $TEST_NGINX_UNENDED;
--- request eval: [::password('alice', 'one'), ::password('bob', 'two'), ::password('bob', 'tw')]
--- error_code eval: [200, 200, 400]



=== a file of more than one buffer
--- more_server
    oauth2_password_file $TEST_NGINX_LONG;
--- request eval: [::password('last', 'one'), ::password('user77', 'p' x 100), ::password('user77', 'p' x 99)]
--- error_code eval: [200, 200, 400]



=== a file that went away is trouble, not a refusal
--- user_files
>>> users
alice:{PLAIN}open-sesame
--- more_server
    oauth2_password_file $TEST_NGINX_HTML_DIR/users;
--- request eval: [(::password('alice', 'open-sesame')) x 2]
--- after eval: [sub { unlink "$ENV{TEST_NGINX_HTML_DIR}/users" }]
--- error_code eval: [200, 503]
--- answer eval: [{ error => undef }, { error => 'temporarily_unavailable' }]
--- raw_response_headers_like eval: ['', '\r\nRetry-After: \d+\r\n']



=== a file that changed counts at once
--- user_files
>>> users
alice:{PLAIN}first
--- more_server
    oauth2_password_file $TEST_NGINX_HTML_DIR/users;
--- request eval: [map { ::password('alice', $_) } qw(first first second)]
--- after eval
[sub {
    open my $out, '>', "$ENV{TEST_NGINX_HTML_DIR}/users" or die;
    print $out "alice:{PLAIN}second\n";
}]
--- error_code eval: [200, 400, 200]



=== a name longer than a subject may be
--- user_files eval: [['users', 'u' x 256 . ":{PLAIN}x\n"]]
--- more_server
    oauth2_password_file $TEST_NGINX_HTML_DIR/users;
--- request eval: ::password('u' x 256, 'x')
--- error_code: 400
--- answer eval: { error => qr/^invalid_(?:grant|request)$/, access_token => undef }
--- no_commands



=== a subject of one's own
--- more_server
    oauth2_subject "acme/$http_x_user";
--- more_headers eval: ::as('app', 'app-secret') . "\nX-User: 4711"
--- request eval: [::password('alice', 'wrong'), ::password('alice', 'open-sesame')]
--- error_code eval: [400, 200]
--- access eval: [undef, { subject => 'acme/4711' }]



=== a user name in UTF-8
--- user_files
>>> users
zoë:{PLAIN}ünlock
--- more_server
    oauth2_password_file $TEST_NGINX_HTML_DIR/users;
--- request eval: ::password("zo\xc3\xab", "\xc3\xbcnlock")
--- answer eval: { error => undef }



=== a user name that is not UTF-8
--- request eval: ::password("ali\xffce", 'open-sesame')
--- error_code: 400
--- answer eval: { error => qr/^invalid_(?:grant|request)$/ }



=== a relative path belongs to the configuration, as auth_basic has it
--- user_files
>>> ../conf/people
dora:{PLAIN}explore
--- more_server
    oauth2_password_file people;
--- request eval: ::password('dora', 'explore')
--- answer eval: { error => undef }
