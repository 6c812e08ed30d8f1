package OAuth2Test;

# What every suite stands on: a Redis of its own, keys, users, tokens of any age, and these sections
# beside those of Test::Nginx::Socket, each a value or an eval:
#
#   family       records written before the first request: { generation => 3, age => 40, ... } or a list
#   redis        Redis commands before nginx starts: [[qw(SET k v)], ...]
#   answer       members of the JSON response: { error => 'invalid_grant', refresh_token => undef }
#   access       claims sealed in the access token
#   record       the default family's record at the end: { generation => 4, pttl => 86400 },
#                "untouched" or "missing"
#   no_commands  neither a key nor a script command reached Redis
#   after        code called with the response body; a list has one for each request
#   location     parameters of the redirect: { code => qr/./, error => undef, '' => 'https://c.example/cb' },
#                where '' is what stands before them, and '#' whether they are in the fragment
#   page         patterns that the HTML of the answer must match
#   authorizing  the defaults are those of grants_config() below; the headers of answers are checked
#                by location and page
#   bad_http, bad_client, bad_server, bad_location
#                lines of a file bad.conf that is included there, and which nginx refuses with
#   complains    its line in bad.conf and a pattern: 2 is duplicate
#   expected_trouble  [alert] or the like, where some of the requests cause it
#   secrets      the log may show them: a block that is about nginx's own lines
#
# A block without --- http_config, --- config or --- more_headers gets the defaults below, to which
# --- more_http, more_client, more_server and more_location add lines. Code in eval sections lives in
# another package: it says ::token(2).

use strict;
use warnings;

use Cwd qw(abs_path);
use Digest::SHA qw(sha256);
use Exporter 'import';
use File::Temp ();
use IO::Socket::INET;
use JSON::PP qw(decode_json);
use MIME::Base64 qw(encode_base64);
use Test::More ();
use Time::HiRes ();
use URI::Escape qw(uri_escape);

use OAuth2Test::Redis;
use OAuth2Test::Token qw(access_claims challenge_of family_hash family_id family_key key_id mint
    mint_access mint_code read_code read_record read_token write_record);

our @EXPORT = qw(
    access_token anonymous as authorize basic bearer challenge_of chunked code exchange family_hash file
    form free_port identity introspect key_file password post read_code record_key redis refresh revoke
    root_key seed start_redis stored token token_fields typed user verifier
);

my $Owner = $$;
my $Dir   = File::Temp->newdir('oauth2-test-XXXXXX', TMPDIR => 1);
my $Now   = time;
my $Redis;

sub file {
    my ($name, $text, $mode) = @_;
    my $path = "$Dir/$name";
    open my $out, '>', $path or die "$path: $!\n";
    binmode $out;
    print $out $text;
    close $out or die "$path: $!\n";
    chmod $mode // 0600, $path;
    return $path;
}

sub root_key { sha256("root key $_[0]") }

sub key_file {
    my $number = shift;
    return file("key$number", unpack('H*', root_key($number)) . "\n");
}

# Debian's nginx logs errors of its configuration to /var/log; upstream expects them in its servroot.
sub nginx_wrapper {
    my $nginx = $ENV{TEST_NGINX_BINARY} || 'nginx';
    return file('nginx', <<"EOT", 0755);
#!/bin/sh
[ "\$1" = -p ] || exec $nginx "\$@"
exec $nginx -e logs/error.log "\$@" 2>>"\$2/logs/error.log"
EOT
}

my @Servers;

sub start_redis {
    my ($name, %option) = @_;
    push @Servers, my $server = OAuth2Test::Redis->start("$Dir/$name", %option);
    return $server;
}

sub redis { $Redis }

# Below the range from which the kernel takes the ports of outgoing connections.
sub free_port {
    my $start = $$ * 17;
    for my $try (0 .. 999) {
        my $port = 10_000 + ($start + $try) % 20_000;
        return $port if IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $port, Listen => 1);
    }
    die "no free port\n";
}

$SIG{$_} = sub { exit 1 } for qw(INT TERM);

$ENV{TEST_NGINX_BINARY} = nginx_wrapper();
$ENV{TEST_NGINX_MODULE} = abs_path($ENV{TEST_NGINX_MODULE} // 'build/ngx_http_oauth2_module.so')
    // 'build/ngx_http_oauth2_module.so';
$ENV{TEST_NGINX_DIR}   = "$Dir";
$ENV{TEST_NGINX_KEY}   = key_file(1);
$ENV{TEST_NGINX_KEY2}  = key_file(2);
$ENV{TEST_NGINX_USERS} = file('users', "alice:{PLAIN}open-sesame\nbob:{PLAIN}hello-bob\n");
$ENV{TEST_NGINX_REDIS} = "unix:$Dir/redis/redis.sock";

require Test::Nginx::Socket;
$ENV{TEST_NGINX_HTML_DIR} //= Test::Nginx::Socket::html_dir();

$Redis = start_redis('redis');

END {
    if ($$ == $Owner) {
        local $?;
        $_->stop for @Servers;
    }
}

sub http_config {
    my ($client, $more) = @_;
    return <<"EOT";
    oauth2_redis { server \$TEST_NGINX_REDIS; }
    oauth2_key \$TEST_NGINX_KEY;
    oauth2_client app {
        secret plain:app-secret;
        grant_types password refresh_token;
        scope read write;
        $client
    }
    $more
EOT
}

sub server_config {
    my ($location, $more) = @_;
    my $users = $more =~ /oauth2_password_/ ? '' : 'oauth2_password_file $TEST_NGINX_USERS;';
    return <<"EOT";
    $users
    $more
    location = /oauth2/token {
        oauth2_token;
        $location
    }
EOT
}

# All endpoints, and a client for each grant.
sub grants_http {
    my ($more) = @_;
    return http_config('', <<"EOT");
    oauth2_client web {
        secret plain:web-secret;
        grant_types authorization_code refresh_token;
        redirect_uri https://web.example/cb;
        scope read write;
    }
    oauth2_client legacy {
        secret plain:legacy-secret;
        grant_types authorization_code refresh_token;
        redirect_uri https://legacy.example/cb?tenant=7;
        scope read;
        pkce off;
    }
    oauth2_client phone {
        auth_method none;
        grant_types authorization_code refresh_token;
        redirect_uri http://127.0.0.1/cb com.example.phone:/cb;
        scope read;
        consent on;
    }
    oauth2_client brief {
        secret plain:brief-secret;
        grant_types authorization_code;
        redirect_uri https://brief.example/cb;
        scope read;
    }
    oauth2_client page {
        auth_method none;
        grant_types implicit;
        redirect_uri https://page.example/app;
        scope read;
    }
    oauth2_client robot {
        secret plain:robot-secret;
        grant_types client_credentials;
        scope read write;
    }
    oauth2_client guard {
        secret plain:guard-secret;
        introspect on;
    }
    $more
EOT
}

sub grants_server {
    my ($authorize, $more) = @_;
    return server_config('', <<"EOT");
    oauth2_issuer https://as.example;
    location = /oauth2/authorize {
        auth_basic users;
        auth_basic_user_file \$TEST_NGINX_USERS;
        oauth2_authorize;
        oauth2_subject \$remote_user;
        $authorize
    }
    location = /oauth2/revoke { oauth2_revoke; }
    location = /oauth2/introspect { oauth2_introspect; }
    location = /.well-known/oauth-authorization-server { oauth2_metadata; }
    $more
EOT
}

my $Headers = "Content-Type: application/json\nCache-Control: no-store\nPragma: no-cache";

# Built with --with-debug, nginx logs the headers that it read and auth_basic the hashes; no other
# line may show a secret.
my $Secret = qr/^(?!Location: |.*(?:http header|salt): ).*(?:[a-z]+-secret|open-sesame|(?<![\w-])[\w-]{56}(?![\w-]))/;

# --- Requests

sub basic {
    my ($id, $secret) = @_;
    return 'Authorization: Basic ' . encode_base64("$id:$secret", '');
}

sub bearer { 'Authorization: Bearer ' . access_token(@_) }

sub anonymous { 'Content-Type: application/x-www-form-urlencoded' }

sub as {
    my ($id, $secret) = @_;
    return join "\n", anonymous(), basic($id, $secret);
}

sub typed {
    my $type = shift;
    return join "\n", basic('app', 'app-secret'), "Content-Type: $type";
}

sub chunked {
    my ($body, $size) = @_;
    my $chunks = join '', map { sprintf "%x\r\n%s\r\n", length, $_ } $body =~ /.{1,$size}/gs;
    return "POST /oauth2/token\n${chunks}0\r\n\r\n";
}

sub form {
    my @pairs = @_;
    my @text;
    while (my ($name, $value) = splice @pairs, 0, 2) {
        push @text, "$name=" . uri_escape($value);
    }
    return join '&', @text;
}

sub post { "POST /oauth2/token\n" . form(@_) }

sub refresh {
    my ($token, @more) = @_;
    return post(grant_type => 'refresh_token', refresh_token => $token, @more);
}

sub password {
    my ($user, $password, @more) = @_;
    return post(grant_type => 'password', username => $user, password => $password, @more);
}

sub user { basic(@_ ? @_ : ('alice', 'open-sesame')) }

# The pair of RFC 7636 appendix B.
sub verifier { 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk' }

sub changed {
    my ($change, @pairs) = @_;
    my (@text, %seen);
    while (my ($name, $value) = splice @pairs, 0, 2) {
        $value = $change->{$name} if exists $change->{$name};
        push @text, $name, $value if defined $value && !$seen{$name}++;
    }
    return @text, map { $seen{$_} || !defined $change->{$_} ? () : ($_, $change->{$_}) } sort keys %$change;
}

# A good authorization request of "web", with these parameters in it instead: undef leaves one out.
sub authorize {
    my %change = @_;
    return 'GET /oauth2/authorize?' . form(changed(\%change, client_id => 'web',
        redirect_uri => 'https://web.example/cb', response_type => 'code', state => 'xyz',
        code_challenge => challenge_of(verifier()), code_challenge_method => 'S256'));
}

# The same with the exchange of a code.
sub exchange {
    my ($code, %change) = @_;
    return post(changed(\%change, grant_type => 'authorization_code', code => $code,
        redirect_uri => 'https://web.example/cb', code_verifier => verifier()));
}

sub revoke     { "POST /oauth2/revoke\n" . form(token => @_) }
sub introspect { "POST /oauth2/introspect\n" . form(token => @_) }

# --- Families

sub identity {
    my %given = @_;
    return {
        subject => 'alice', client => 'app', scope => 'read write', granted_at => $Now - 3600,
        root => root_key(1), prefix => 'oauth2', salt => 1, %given,
    };
}

sub token {
    my ($generation, %given) = @_;
    return mint(identity(%given), $generation);
}

# An access token that is good from a minute ago for an hour.
sub access_token {
    my %given = @_;
    return mint_access(identity(iat => $Now - 60, exp => $Now + 3600, %given));
}

sub token_fields {
    my ($token, %given) = @_;
    return read_token(identity(%given), $token);
}

# The code of a family that "web" asked for just now.
sub code {
    my %given = @_;
    return mint_code(identity(client => 'web', redirect_uri => 'https://web.example/cb',
        challenge => challenge_of(verifier()), granted_at => $Now, %given), $given{generation});
}

sub record_key {
    my $identity = identity(@_);
    return family_key(family_id($identity), $identity->{prefix});
}

# Writes a record as it stands `age` seconds after its last rotation, to a store that is known to be
# whole unless its block says otherwise.
sub seed {
    my $identity = identity(@_);
    my %record   = (
        layout => 1, state => 'L', generation => 1, key_id => key_id($identity->{root}),
        ttl => 86400, age => 0, tail => '', %$identity);
    my $bytes = $record{bytes} // write_record(\%record);
    my $left  = $record{pttl} // ($record{ttl} - $record{age}) * 1000;
    $Redis->command('SET', record_key(@_), $bytes, 'PX', $left);
    $Redis->command('SET', "$identity->{prefix}:marker", 0, 'NX');
    Time::HiRes::sleep(0.01) if $left == 1;    # it is to be over when the request comes
    return $bytes;
}

sub stored {
    my $key   = record_key(@_);
    my $bytes = $Redis->command('GET', $key) // return;
    return { %{ read_record($bytes) }, bytes => $bytes, pttl => $Redis->command('PTTL', $key) };
}

# --- Blocks

sub listed { ref $_[0] eq 'ARRAY' ? @{ $_[0] } : $_[0] }

sub default {
    my ($block, $section, $value) = @_;
    $block->set_value($section => $value) unless defined $block->$section;
}

sub quiet {
    my $block    = shift;
    my @unwanted = listed($block->no_error_log // []);
    @unwanted = map { ref ? $_ : split /\n+/ } @unwanted;

    my $expected = join "\n", listed($block->error_log // ''), listed($block->expected_trouble // '');
    push @unwanted, grep { index($expected, $_) < 0 }
        '[alert]', '[crit]', 'AddressSanitizer', 'runtime error:';
    push @unwanted, '[emerg]' unless defined $block->must_die;
    push @unwanted, $Secret unless defined $block->must_die || defined $block->secrets;
    $block->set_value(no_error_log => \@unwanted);
}

sub spoil {
    my ($block, $level) = @_;
    my $text = $block->${ \"bad_$level" } // return;
    my ($line, $pattern) = split ' ', $block->complains, 2;

    if ($level eq 'client') {
        $text  = "oauth2_client spoilt { secret plain:s; grant_types refresh_token;\n$text}\n";
        $level = 'http';
        $line++ if $line =~ /^\d+$/;
    }
    $block->set_value(user_files => [['bad.conf', $text]]);
    $block->set_value("more_$level" => 'include $TEST_NGINX_HTML_DIR/bad.conf;');
    $block->set_value(must_die  => '');
    $block->set_value(error_log => [qr/\[emerg\].*(?:$pattern).* in \S+bad\.conf:$line$/i]);
}

my ($Families, $Seeded);

# The headers of the last answer; only a pattern gets to see them.
our $Head = '';

sub prepare {
    my $block = shift;
    my $request = $block->pipelined_requests // $block->request;
    my $count   = ref $request eq 'ARRAY' ? @$request : 1;
    my $several = $count > 1 || $block->pipelined_requests;
    my $each    = sub { $several ? [($_[0]) x $count] : $_[0] };

    spoil($block, $_) for qw(http client server location);
    default($block, main_config => '');
    $block->set_value(main_config => "load_module $ENV{TEST_NGINX_MODULE};\n" . $block->main_config);
    if (defined $block->authorizing) {
        default($block, http_config => grants_http($block->more_http // ''));
        default($block, config => grants_server($block->more_location // '', $block->more_server // ''));
    }
    default($block, http_config => http_config($block->more_client // '', $block->more_http // ''));
    default($block, config => server_config($block->more_location // '', $block->more_server // ''));
    default($block, more_headers => as('app', 'app-secret'));

    quiet($block);
    return if defined $block->must_die;
    if ($block->location || $block->page) {
        my $seen = qr/^(?{ $Head = $_ })/;
        $block->set_value(response_headers => $each->(page_headers($block)))
            unless defined $block->response_headers || defined $block->response_headers_like;
        $block->set_value(raw_response_headers_like => $each->($seen));
    }

    $block->set_value(error_code => $each->($block->error_code))
        if defined $block->error_code && !ref $block->error_code;
    if (defined $block->response_headers) {
        $block->set_value(response_headers => $each->($block->response_headers))
            unless ref $block->response_headers;
    } elsif (!defined $block->ignore_response && !defined $block->response_headers_like) {
        $block->set_value(response_headers => $each->($Headers));
    }

    $Redis->command('FLUSHALL');
    $Redis->command(@$_) for @{ $block->redis // [] };
    $block->set_value(last_response => $count - 1);
    $Families = [listed($block->family // [])];
    $block->set_value(init => "OAuth2Test::begin();\n" . ($block->init // ''));
}

# Runs when nginx has started, however long that took: a record is as old as its block says.
sub begin {
    $Seeded = undef;
    for my $family (@$Families) {
        my $bytes = seed(%$family);
        $Seeded //= $bytes;
    }
    $Redis->reset_calls;
}

sub same {
    my ($actual, $expected, $name) = @_;
    return Test::More::like($actual // '', $expected, $name) if ref $expected eq 'Regexp';
    return Test::More::ok($expected->($actual), $name) if ref $expected eq 'CODE';
    return Test::More::is($actual, $expected, $name);
}

sub page_headers {
    my $block = shift;
    return join "\n", 'Cache-Control: no-store', 'Pragma: no-cache', 'Referrer-Policy: no-referrer',
        'Content-Type: text/html; charset=utf-8',
        $block->location ? () : ('X-Frame-Options: DENY', 'X-Content-Type-Options: nosniff', '! Location');
}

# The parameters of a redirect, and what stands before them under ''.
sub redirect_of {
    my $url = shift;
    my ($base, $rest) = $url =~ /^([^?#]*)(.*)$/s;
    my %parameter = ('' => $base, '#' => $rest =~ /#/ ? 1 : 0);
    for my $pair (split /[?&#]/, $rest) {
        my ($name, $value) = split /=/, $pair, 2;
        next unless length($name // '');
        Test::More::fail("$name is twice in $url") if exists $parameter{$name};
        $parameter{$name} = $value =~ s/%([0-9A-F]{2})/chr hex $1/ger;
    }
    return \%parameter;
}

sub examine {
    my ($block, $body, $index, undef, $dry_run) = @_;
    return if $dry_run;
    my $last = $index == ($block->last_response // 0);
    my $name = $block->name . ($block->last_response ? " (request $index)" : '');
    my $nth  = sub { my $value = $block->${ \shift }; ref $value eq 'ARRAY' ? $value->[$index] : $value };

    my $answer = eval { decode_json($body) };
    if (my $expected = $nth->('answer')) {
        Test::More::ok(ref $answer eq 'HASH', "$name - JSON") or Test::More::diag($body);
        same($answer->{$_}, $expected->{$_}, "$name - $_") for sort keys %$expected;
    }
    if (my $expected = $nth->('access')) {
        my $claims = access_claims(identity(), $answer->{access_token} // '') // {};
        same($claims->{$_}, $expected->{$_}, "$name - $_ in the access token") for sort keys %$expected;
    }
    if (my $expected = $nth->('location')) {
        my ($url) = $Head =~ /^Location: ([^\r\n]*)/mi;
        my $actual = redirect_of($url // '');
        same($actual->{$_}, $expected->{$_}, "$name - " . ($_ || 'the address') . ' in the redirect')
            for sort keys %$expected;
        Test::More::unlike($url // '', qr/[^!-~]/, "$name - the redirect is a URI");
    }
    for my $pattern (map { listed($_) } $nth->('page') // ()) {
        Test::More::like($body, $pattern, "$name - page");
    }
    if ($last && defined $block->no_commands) {
        my $calls = $Redis->calls;
        my @seen = grep { !/^(?:auth|client\|\w+|config\|\w+|hello|info|ping|role|select|script\|load)$/ }
            sort keys %$calls;
        Test::More::is("@seen", '', "$name - no key and no script command");
    }
    if (my $code = $nth->('after')) {
        $code->($body, $answer) if ref $block->after eq 'ARRAY' || $last;
    }
    check_record($name, $block->record) if $last && defined $block->record;
}

sub check_record {
    my ($name, $expected) = @_;
    my $record = stored();
    return Test::More::is($record, undef, "$name - no record") if $expected eq 'missing';
    return Test::More::fail("$name - the record is gone") unless $record;

    if ($expected eq 'untouched') {
        return Test::More::is(unpack('H*', $record->{bytes}), unpack('H*', $Seeded),
            "$name - record untouched");
    }
    for my $field (sort keys %$expected) {
        my $value = $expected->{$field};
        if ($field eq 'pttl') {
            my $lost = $value * 1000 - $record->{pttl};
            Test::More::ok($lost >= 0 && $lost < 10_000, "$name - PTTL is about $value s")
                or Test::More::diag("$record->{pttl} ms");
        } else {
            same($record->{$field}, $value, "$name - $field of the record");
        }
    }
}

Test::Nginx::Socket::add_block_preprocessor(\&prepare);
Test::Nginx::Socket::add_response_body_check(\&examine);

1;
