# The user is asked whether a client may act for him, and nobody else can answer.

use lib 't/lib/perl';
use OAuth2Test;
use Test::Nginx::Socket 'no_plan';

use Digest::SHA qw(hmac_sha256);
use MIME::Base64 qw(encode_base64url);

$ENV{TEST_NGINX_PAGE} = file(page => <<'EOT');
<!DOCTYPE html><title>Ours</title><p>{{client}}|{{client_id}}|{{subject}}|{{destination}}|{{notice}}|</p>
<ul>{{scopes}}</ul><form method="post" action="?">{{form}}<button name="decision" value="approve">Yes</button></form>
EOT

our %terms = (client_id => 'web', redirect_uri => 'https://web.example/cb', response_type => 'code',
    scope => 'read write', state => 'xyz', code_challenge => challenge_of(verifier()));

# The form token, by the oracle: an expiry, and a MAC over it and what the user has seen.
sub form_token {
    my %given  = (%terms, subject => 'alice', expires => time + 600, key => 1, @_);
    my $root   = root_key($given{key});
    my $head   = pack 'C a1 N', 1, OAuth2Test::Token::key_id($root), $given{expires};
    my $signed = pack '(n/a*)*', map { $given{$_} // '' }
        qw(subject client_id redirect_uri response_type scope state code_challenge);
    my $key = OAuth2Test::Token::subkey({ root => $root, prefix => 'oauth2' }, 'consent-form-mac');
    return encode_base64url($head . substr hmac_sha256($head . $signed, $key), 0, 18);
}

# The form as the browser sends it; its token is for other terms where `token` says so.
sub decide {
    my ($decision, %change) = @_;
    my $token = delete $change{token} // form_token();
    return "POST /oauth2/authorize\n" . form(OAuth2Test::changed(\%change, %terms,
        code_challenge_method => 'S256', consent_token => $token, decision => $decision));
}

our $sent = user() . "\n" . anonymous();
our $bob  = user('bob', 'hello-bob') . "\n" . anonymous();
our $code = qr/^[\w-]{56}$/;

run_tests();

__DATA__

=== the page
--- authorizing
--- http_config eval: OAuth2Test::grants_http('') =~ s/oauth2_client web \{/$& name "The <Web> App";/r
--- more_headers eval: ::user()
--- request eval: ::authorize(scope => 'write')
--- page eval
[qr/<html lang="en">/, qr/The &lt;Web&gt; App/, qr/<strong>alice</, qr/<li>write</, qr/https:\/\/web\.example/, qr/<form method="post" action="\?">/,
 qr/name="consent_token" value="[\w-]{32}"/, qr/name="state" value="xyz"/, qr/name="decision" value="approve"/, qr/name="decision" value="deny"/]
--- no_commands



=== it is not shown in the cache, in a frame, or to whom it links
--- authorizing
--- more_headers eval: ::user()
--- request eval: ::authorize()
--- page eval: qr/(?!.*<script)/s
--- response_headers_like
Cache-Control: no-store
Pragma: no-cache
X-Frame-Options: DENY
Referrer-Policy: no-referrer
X-Content-Type-Options: nosniff
Content-Security-Policy: default-src 'none';.*frame-ancestors 'none'; form-action 'self' https://web\.example



=== yes
--- authorizing
--- more_headers eval: $::sent
--- request eval: ::decide('approve')
--- error_code: 303
--- location eval: { '' => 'https://web.example/cb', code => $::code, state => 'xyz', iss => 'https://as.example' }



=== no
--- authorizing
--- more_headers eval: $::sent
--- request eval: ::decide('deny')
--- error_code: 303
--- location eval: { '' => 'https://web.example/cb', error => 'access_denied', state => 'xyz', iss => 'https://as.example', code => undef }
--- no_commands



=== neither
--- authorizing
--- more_headers eval: $::sent
--- request eval: [map { ::decide($_) } '', 'maybe', 'Approve']
--- error_code: 400
--- page eval: [(qr/role="alert"/) x 3]
--- no_commands



=== other terms than the user has seen
--- authorizing
--- more_headers eval: $::sent
--- request eval
[map { ::decide('approve', @$_) } [scope => 'read'], [state => 'abc'], [state => undef], [redirect_uri => undef], [code_challenge => 'A' x 43]]
--- error_code: 400
--- page eval: [(qr/role="alert"/) x 5]
--- no_commands



=== a form token of another user, client, or time
--- authorizing
--- more_headers eval: $::sent
--- request eval
[map { ::decide('approve', token => $_) } ::form_token(subject => 'bob'), ::form_token(client_id => 'legacy'), ::form_token(expires => time), ::form_token(expires => time - 1), ::form_token(expires => 0),
 ::form_token(key => 2), 'A' x 32, 'x', substr(::form_token(), 1), ::form_token() . 'A', ::form_token() . '=', 'x' x 5000]
--- error_code: 400
--- page eval: [(qr/role="alert"/) x 12]
--- no_commands



=== a form sent with another user's login
--- authorizing
--- more_headers eval: [$::bob, ::anonymous(), $::sent]
--- request eval: [(::decide('approve')) x 3]
--- error_code eval: [400, 401, 303]
--- response_headers eval: ['! Location', '! Location', 'Cache-Control: no-store']



=== a form without its token is a request
--- authorizing
--- more_headers eval: $::sent
--- request eval: ::decide('approve', consent_token => undef)
--- page eval: qr/consent_token/
--- no_commands



=== a link decides nothing
--- authorizing
--- more_headers eval: $::sent
--- request eval: ::decide('approve') =~ s/^POST (\S+)\n/GET $1?/r
--- page eval: qr/consent_token/
--- no_commands



=== a repeated decision or token
--- authorizing
--- more_headers eval: $::sent
--- request eval: [map { ::decide('deny') . "&$_" } 'decision=approve', 'consent_token=x']
--- error_code: 303
--- location eval: [({ error => 'invalid_request', code => undef }) x 2]
--- no_commands



=== what a page shows is text
--- authorizing
--- config eval: OAuth2Test::grants_server('', '') =~ s/\$remote_user/\$http_x_user/r
--- more_headers eval: ::user() . qq{\nX-User: <script>alert("1")</script>'&}
--- request eval: ::authorize(state => q{"><script>alert('2')</script>})
--- page eval
[qr/^(?!.*<script)/s, qr/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&#39;&amp;/, qr/name="state" value="&quot;&gt;&lt;script&gt;alert\(&#39;2&#39;\)&lt;\/script&gt;"/]



=== a page of the deployment
--- authorizing
--- more_location: oauth2_consent_page $TEST_NGINX_PAGE;
--- more_headers eval: ::user()
--- request eval: ::authorize()
--- page eval: [qr/<title>Ours</, qr/<p>web\|web\|alice\|https:\/\/web\.example\|\|</, qr/<li>read<\/li>\s*<li>write</, qr/name="consent_token"/]



=== an inherited page that is off
--- authorizing
--- more_server: oauth2_consent_page $TEST_NGINX_PAGE;
--- more_location: oauth2_consent_page off;
--- more_headers eval: ::user()
--- request eval: ::authorize()
--- page eval: qr/<title>Allow access\?</



=== switched off for one client
--- authorizing
--- http_config eval: OAuth2Test::grants_http('') =~ s/oauth2_client web \{/$& consent off;/r
--- more_headers eval: ::user()
--- request eval: [::authorize(), ::authorize(client_id => 'brief', redirect_uri => 'https://brief.example/cb')]
--- error_code eval: [303, 200]
--- response_headers eval: ['Cache-Control: no-store', '! Location']



=== switched on for one client
--- authorizing
--- http_config eval: OAuth2Test::grants_http('') =~ s/oauth2_client web \{/$& consent on;/r
--- more_location: oauth2_consent off;
--- more_headers eval: ::user()
--- request eval: [::authorize(), ::authorize(client_id => 'brief', redirect_uri => 'https://brief.example/cb')]
--- error_code eval: [200, 303]
--- response_headers eval: ['! Location', 'Cache-Control: no-store']



=== an app's own scheme is let through
--- authorizing
--- more_headers eval: ::user()
--- request eval: ::authorize(client_id => 'phone', redirect_uri => 'com.example.phone:/cb')
--- page eval: qr/com\.example\.phone:/
--- response_headers_like: Content-Security-Policy: .*form-action 'self' com\.example\.phone:
