# The authorization endpoint: what a browser brings, and where it is sent.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

our $code = sub {
    my %given = @_;
    return sub {
        my $field = read_code(identity(client => 'web', redirect_uri => 'https://web.example/cb',
            challenge => challenge_of(verifier()), %given), $_[0] // '');
        return $field && $field->{generation} == 0 && time - $field->{granted_at} < 60;
    };
};
our $there = 'https://web.example/cb';

sub at_web {
    my ($error, %more) = @_;
    return { '' => $there, error => $error, state => 'xyz', iss => 'https://as.example', code => undef, %more };
}

run_tests();

__DATA__

=== a code
--- authorizing
--- more_location: oauth2_consent off;
--- more_headers eval: ::user()
--- request eval: ::authorize()
--- error_code: 303
--- location eval: { '' => $::there, code => $::code->(), state => 'xyz', iss => 'https://as.example', error => undef }
--- response_body:



=== a narrower scope, no redirect URI, no state
--- authorizing
--- more_location: oauth2_consent off;
--- more_headers eval: ::user()
--- request eval: [::authorize(scope => 'write'), ::authorize(redirect_uri => undef), ::authorize(state => undef), ::authorize(state => '')]
--- error_code: 303
--- location eval
[{ code => $::code->() }, { '' => $::there, code => $::code->(redirect_uri => '') }, { state => undef, code => $::code->() }, { state => undef, code => $::code->() }]



=== a posted request
--- authorizing
--- more_location: oauth2_consent off;
--- more_headers eval: ::user() . "\n" . ::anonymous()
--- request eval: ::authorize() =~ s/^GET (.*)\?/POST $1\n/r
--- error_code: 303
--- location eval: { '' => $::there, code => $::code->(), state => 'xyz' }



=== the record of a code
--- authorizing
--- more_location: oauth2_consent off; oauth2_code_validity 90s;
--- more_headers eval: ::user('bob', 'hello-bob')
--- request eval: ::authorize(scope => 'read')
--- error_code: 303
--- location eval: { code => $::code->(subject => 'bob') }
--- after eval
sub {
    my @keys = grep { !/marker/ } @{ ::redis()->command('KEYS', 'oauth2:{*}:*') };
    my $record = OAuth2Test::Token::read_record(::redis()->command('GET', $keys[0]));
    Test::More::is(@keys, 1, 'one family');
    Test::More::is("$record->{state} $record->{generation} $record->{ttl} $record->{client} $record->{subject} $record->{scope}",
        'L 0 90 web bob read', 'its record');
}



=== nobody who is not logged in
--- authorizing
--- more_location: oauth2_consent off;
--- more_headers eval: ["X: y", ::user('alice', 'wrong'), ::basic('web', 'web-secret'), ::user()]
--- request eval: [(::authorize()) x 4]
--- error_code eval: [401, 401, 401, 303]
--- response_headers eval: ['! Location', '! Location', '! Location', 'Cache-Control: no-store']
--- expected_trouble: [error]



=== an empty subject is a page
--- authorizing
--- config eval: OAuth2Test::grants_server('', '') =~ s/\$remote_user/\$arg_user/r
--- more_headers eval: ::user()
--- request eval: [map { ::authorize(user => $_) } undef, '', "a%0Ab" ]
--- error_code eval: [403, 403, 200]
--- page eval: [qr/nobody is logged in/, qr/nobody is logged in/, qr/a%250Ab/]
--- no_commands



=== the client is unknown, missing, repeated
--- authorizing
--- more_headers eval: ::user()
--- request eval
[map({ ::authorize(client_id => $_) } undef, '', 'nobody', 'WEB', 'web ', '<script>', 'i' x 3000), ::authorize() . '&client_id=web', ::authorize() . '&client_id=phone', 'GET /oauth2/authorize']
--- error_code: 400
--- page eval: [(qr/<h1>(?!.*<script>)/s) x 10]
--- no_commands



=== the redirect URI is not registered
--- authorizing
--- more_headers eval: ::user()
--- request eval
no warnings 'qw';
[map { ::authorize(redirect_uri => $_) } qw(https://evil.example/cb https://web.example https://web.example/cb/
 https://web.example/cb? https://web.example/cb?a=b https://web.example/cb# https://web.example/cb#a https://WEB.example/cb
 https://web.example./cb https://web.example:443/cb https://web.example:444/cb https://web.example/CB https://web.example/%63b
 https://web.example%2Fcb https://web.example/x/../cb https://web.example//cb https://web.example\cb
 https://a@web.example/cb https://web.example@evil.example/cb https://web.example.evil.example/cb
 https://evil.example/https://web.example/cb http://web.example/cb //web.example/cb /cb cb
 javascript:alert(1) data:text/html,x https://phone.example/cb http://127.0.0.1/cb),
 "https://web.example/cb\r\nX: y", ' https://web.example/cb', "https://web.example/cb\0", "https://web.example/" . 'x' x 4000]
--- error_code: 400
--- page eval: [(qr/redirect_uri is (?:not registered|repeated or malformed)/) x 33]
--- no_commands



=== the redirect URI is missing or repeated
--- authorizing
--- more_headers eval: ::user()
--- request eval
[::authorize(client_id => 'phone', redirect_uri => undef), ::authorize() . '&redirect_uri=https://evil.example', ::authorize() . '&redirect_uri=https%3A%2F%2Fweb.example%2Fcb', ::authorize(client_id => 'robot', redirect_uri => undef)]
--- error_code: 400
--- page eval: [(qr/redirect_uri/) x 4]
--- no_commands



=== any port of the loopback address, for an app
--- authorizing
--- more_headers eval: ::user()
--- request eval: [map { ::authorize(client_id => 'phone', redirect_uri => $_) } 'http://127.0.0.1:51004/cb', 'http://127.0.0.1/cb', 'com.example.phone:/cb']
--- page eval: [qr/127\.0\.0\.1:51004/, qr/127\.0\.0\.1/, qr/com\.example\.phone/]



=== but nothing else of it
--- authorizing
--- more_headers eval: ::user()
--- request eval
[map { ::authorize(client_id => 'phone', redirect_uri => $_) } qw(http://127.0.0.1:51004/ http://127.0.0.1:0/cb http://127.0.0.1:80@evil.example/cb
 http://127.0.0.1.evil.example/cb http://127.0.0.2/cb http://localhost/cb http://[::1]/cb https://127.0.0.1/cb com.example.phone:/cb/x com.example.phone:/CB com.example.other:/cb)]
--- error_code: 400
--- page eval: [(qr/not registered/) x 11]
--- no_commands



=== everything else is told at the redirect URI
--- authorizing
--- more_headers eval: ::user()
--- request eval
[map { ::authorize(@$_) } [response_type => undef], [response_type => ''], [response_type => 'id_token'], [response_type => 'code token'],
 [code_challenge => undef, code_challenge_method => undef], [code_challenge => undef], [code_challenge_method => 'plain'],
 [code_challenge_method => undef], [code_challenge_method => 's256'], [code_challenge => 'short'], [code_challenge => 'x' x 44],
 [code_challenge => '=' x 43], [scope => 'admin'], [scope => 're"ad'], [scope => "read\r\nX: y"], [scope => 'x' x 2049]]
--- error_code: 303
--- location eval
[map { ::at_web($_) } ('invalid_request') x 2, ('unsupported_response_type') x 2, ('invalid_request') x 8, ('invalid_scope') x 4]
--- no_commands



=== repeated parameters
--- authorizing
--- more_headers eval: ::user()
--- request eval: [map { ::authorize() . "&$_" } 'response_type=code', 'code_challenge=x', 'scope=read&scope=write', 'state=abc', 'x=1&x=2']
--- error_code eval: [(303) x 4, 200]
--- response_headers eval: [('Cache-Control: no-store') x 5]
--- raw_response_headers_like eval
[(qr{Location: https://web\.example/cb\?error=invalid_request&error_description=[^&\r\n]+&state=xyz&iss=https%3A%2F%2Fas\.example\r\n}) x 3,
 qr{Location: https://web\.example/cb\?error=invalid_request&error_description=[^&\r\n]+&iss=https%3A%2F%2Fas\.example\r\n}, qr/Content-Security-Policy/]



=== a state of any kind comes back as it was
--- authorizing
--- more_location: oauth2_consent off;
--- more_headers eval: ::user()
--- request eval: [map { ::authorize(state => $_) } ' +&=#%?/"<>\';', '%0d%0aSet-Cookie: a=b', "\xc3\xa9", '</script><script>', '&code=forged&iss=x', 's' x 4000]
--- error_code: 303
--- location eval: [map { { state => $_, code => $::code->(), iss => 'https://as.example' } } ' +&=#%?/"<>\';', '%0d%0aSet-Cookie: a=b', "\xc3\xa9", '</script><script>', '&code=forged&iss=x', 's' x 4000]



=== unless it has control characters or is no text
--- authorizing
--- more_headers eval: ::user()
--- request eval: [map { ::authorize(state => $_) } "a\r\nSet-Cookie: a=b", "\0", "\x7f", "\xff"]
--- error_code: 303
--- location eval: [(::at_web('invalid_request', state => undef)) x 4]
--- raw_response_headers_unlike eval: [(qr/^Set-Cookie/mi) x 4]



=== what a client may not use
--- authorizing
--- more_headers eval: ::user()
--- request eval: [::authorize(response_type => 'token'), ::authorize(client_id => 'page', redirect_uri => 'https://page.example/app')]
--- error_code: 303
--- location eval
[::at_web('unauthorized_client', '#' => 1), ::at_web('unauthorized_client', '' => 'https://page.example/app', '#' => 0)]



=== a client without PKCE, and a registered query that stays
--- authorizing
--- more_location: oauth2_consent off;
--- more_headers eval: ::user()
--- request eval
[::authorize(client_id => 'legacy', redirect_uri => 'https://legacy.example/cb?tenant=7', code_challenge => undef, code_challenge_method => undef),
 ::authorize(client_id => 'legacy', redirect_uri => 'https://legacy.example/cb?tenant=7'),
 ::authorize(client_id => 'legacy', redirect_uri => 'https://legacy.example/cb?tenant=7', code_challenge_method => 'plain')]
--- error_code: 303
--- location eval
my %legacy = (client => 'legacy', redirect_uri => 'https://legacy.example/cb?tenant=7');
[{ '' => 'https://legacy.example/cb', tenant => 7, code => $::code->(%legacy, challenge => '') }, { tenant => 7, code => $::code->(%legacy) },
 { tenant => 7, error => 'invalid_request', code => undef }]



=== methods
--- authorizing
--- more_headers eval: ::user()
--- request eval: [map { ::authorize() =~ s/^GET/$_/r } qw(PUT DELETE PATCH)]
--- error_code: 405
--- page eval: [(qr/GET and POST/) x 3]
--- response_headers eval: [('Allow: GET, POST') x 3]
--- no_commands



=== posted, but not as a form or not in one piece
--- authorizing
--- more_headers eval: [map { ::user() . "\nContent-Type: $_" } 'text/plain', ('application/x-www-form-urlencoded') x 2]
--- request eval: ["POST /oauth2/authorize\nclient_id=web", "POST /oauth2/authorize?client_id=web\nstate=x", "POST /oauth2/authorize\nstate=" . 'x' x 9000]
--- error_code eval: [400, 400, 413]
--- page eval: [qr/content type/, qr/not in the URI/, qr/too large/]
--- no_commands



=== a request that is over-long
--- authorizing
--- http_config eval: OAuth2Test::grants_http('large_client_header_buffers 4 32k;')
--- more_headers eval: ::user()
--- request eval: ::authorize(state => 'x' x 20000)
--- error_code: 413
--- page eval: qr/too large/
--- no_commands



=== the policy of pages
--- authorizing
--- more_headers eval: ::user()
--- request eval: [::authorize(), ::authorize(client_id => undef)]
--- error_code eval: [200, 400]
--- response_headers_like eval
[map { "Content-Security-Policy: default-src 'none';.*base-uri 'none'; frame-ancestors 'none'; form-action $_\nX-Frame-Options: DENY\nReferrer-Policy: no-referrer\nX-Content-Type-Options: nosniff\nCache-Control: no-store" } "'self' https://web.example", "'none'"]



=== the log has no query and no state
--- authorizing
--- more_headers eval: ::user()
--- request eval: ::authorize(client_id => 'nobody', state => 'very-private')
--- error_code: 400
--- page eval: qr/unknown/
--- log_level: info
--- error_log eval: qr/\[info\].*client_id is missing or unknown/
--- no_error_log: very-private



=== the variables
--- authorizing
--- config eval: OAuth2Test::grants_server('oauth2_consent off; access_log logs/access.log o;', '')
--- http_config eval: OAuth2Test::grants_http(q{log_format o '$oauth2_client_id|$oauth2_grant_type|$oauth2_subject|$oauth2_scope|$oauth2_outcome|$oauth2_error';})
--- more_headers eval: ::user()
--- request eval: [::authorize(), ::authorize(scope => 'admin'), ::authorize(client_id => "a\nb")]
--- error_code eval: [303, 303, 400]
--- response_headers eval: [('Cache-Control: no-store') x 3]
--- access_log eval: ['web|authorization_code|alice|read write|authorized|']
