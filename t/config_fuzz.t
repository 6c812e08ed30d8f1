# Mutated oauth2_redis and oauth2_client blocks: nginx -t never crashes, and either takes them or
# names file and line. CONFIG_FUZZ_SEED=7 CONFIG_FUZZ_RUNS=5000 prove t/config_fuzz.t goes on.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp ();
use Test::More;
use Time::HiRes qw(time);

my $Seed = $ENV{CONFIG_FUZZ_SEED} // 1;
my $Runs = $ENV{CONFIG_FUZZ_RUNS} // ($ENV{TEST_NGINX_BINARY} ? 40 : 150);    # a checker is slow

my $Root   = abs_path(dirname(abs_path(__FILE__)) . '/..');
my $Module = abs_path($ENV{TEST_NGINX_MODULE} || "$Root/build/ngx_http_oauth2_module.so");
my $Nginx  = $ENV{TEST_NGINX_BINARY} || 'nginx';
my $Dir    = File::Temp->newdir('oauth2-config-XXXXXX', TMPDIR => 1);
chmod 0755, "$Dir";
$ENV{PATH} .= ':/usr/local/sbin:/usr/sbin:/sbin';

# A block that nginx takes, to begin with; each line is a directive.
my @Redis = (
    'server redis://user:hush@127.0.0.1:6379/3', 'mode standalone', 'username worker',
    'password hush', 'password_file secret', 'database 7', 'prefix tenant', 'connect_timeout 500ms',
    'timeout 2s', 'max_pending 10',
);
my @Client = (
    'secret plain:s3cret', 'secret sha256:U/XaCqqT1kzVdyxVTL+UDwU55ond2+uPkj7sP3LALqk=',
    'secret file:secret', 'auth_method client_secret_basic client_secret_post', 'auth_method none',
    'grant_types password refresh_token authorization_code', 'grant_types client_credentials',
    'scope read write', 'redirect_uri https://web.example/cb http://127.0.0.1/cb com.example.app:/cb',
    'name "The app"', 'pkce off', 'introspect on', 'refresh_token_validity 1d',
    'refresh_token_lifetime 30d', 'refresh_token_renewal off', 'refresh_token_retry 30s',
    'refresh_token_retry until_used', 'refresh_token_reuse deny', 'access_token_validity 1h',
    'access_token_format opaque', 'code_validity 60', 'consent off', 'max_families 10',
);

# Words that parsers are afraid of.
my @Words = (
    '', '""', "''", '0', '-1', '1', '2147483648', '4294967296', '99999999999999999999', '1d1s', '1s1d',
    '30x', 'on', 'off', 'ON', 'none', '{', '}', '"a', "a'", '\\', '\\\\', '$uri', '${', '#', 'a#b', '%00',
    '%', "\xff\xfe", "\xc3\xa9", "\x01", "\x7f", 'x' x 300, 'x' x 4090, 'y' x 5000, 'plain:', 'sha256:',
    'sha256:AAAA', 'sha256:====', 'file:', 'file:/', 'file:missing', 'file:secret', 'file:empty', 'file:long',
    'file:binary', 'redis://', 'redis://[::1]:6379', 'redis://[', 'redis://localhost', 'redis://u:p@h@i/1',
    'redis://a b', 'rediss://h', 'unix:/run/x.sock', 'unix:', 'unix:/' . 'x' x 200, 'unix:/a:b', 'https://a/#b',
    'https://', 'javascript:alert(1)', 'http://127.0.0.1:0/', 'a.b:', 'read"', 'include', 'secret',
    'oauth2_client', 'server',
);

my @Bytes = ('{', '}', ';', '"', "'", '\\', '$', '#', "\0", "\n");

# The same numbers on every machine.
my $State;
sub draw {
    my $sides = shift;
    $State = ($State * 1103515245 + 12345) & 0x7fffffff;
    return ($State >> 8) % $sides;
}
sub one_of { $_[draw(scalar @_)] }

write_file('key',    '07' x 32 . "\n");
write_file('secret', "hush\n");
write_file('empty',  '');
write_file('long',   'z' x 70_000);
write_file('binary', join '', map { chr } 0 .. 255);

SKIP: {
    skip 'the module is not built', 1 if !defined $Module || !-e $Module;
    skip 'there is no nginx', 1 if system("$Nginx -v >/dev/null 2>&1") != 0;
    my $taken = 0;
    diag("seeds $Seed to " . ($Seed + $Runs - 1));
    for my $seed ($Seed .. $Seed + $Runs - 1) {
        $State = $seed * 7919;
        my $blocks = blocks();
        my ($status, $said) = try($blocks);
        $taken += $status == 0;
        my $wrong = fault($status, $said) or next;
        fail("seed $seed: $wrong");
        diag("of:\n$blocks\nnginx said:\n$said");
    }
    cmp_ok($taken, '<', $Runs, "of $Runs mutated configurations, $taken were taken, others not");
    cmp_ok($taken, '>', 0, 'nor all refused');
}
done_testing();


sub write_file {
    my ($name, $text) = @_;
    open my $out, '>', "$Dir/$name" or die "$Dir/$name: $!\n";
    binmode $out;
    print $out $text;
    close $out or die "$Dir/$name: $!\n";
    chmod 0600, "$Dir/$name";
}

sub some_of {
    my ($most, @lines) = @_;
    return map { one_of(@lines) } 1 .. draw($most + 1);
}

sub blocks {
    my @redis  = ('server redis://127.0.0.1:6379', some_of(3, @Redis[1 .. $#Redis]));
    my @client = ('secret plain:s', 'grant_types password', some_of(4, @Client));
    shift @redis if draw(12) == 0;
    my $text = block('oauth2_redis', @redis) . block('oauth2_client app', @client);
    $text = mutated($text) for 1 .. draw(5) - 2;
    return $text;
}

sub block {
    my ($head, @lines) = @_;
    return join '', "$head {\n", map({ draw(10) ? "    $_;\n" : '    ' . mutated_line($_) . "\n" } @lines), "}\n";
}

sub mutated_line {
    my @words = split / /, shift;
    my $at    = draw(scalar @words);
    my $kind  = draw(6);
    if    ($kind == 0) { splice @words, $at, 1 }
    elsif ($kind == 1) { splice @words, $at, 0, one_of(@Words) }
    elsif ($kind == 2) { push @words, (one_of(@Words)) x (1 + draw(40)) }
    else               { $words[ $at || $#words ] = one_of(@Words) }
    return join(' ', @words) . ';';
}

sub mutated {
    my $text = shift;
    my $at   = draw(length $text);
    my $kind = draw(5);
    if    ($kind == 0) { substr $text, $at, 1, '' }
    elsif ($kind == 1) { substr $text, $at, 0, one_of(@Bytes, chr draw(256)) }
    elsif ($kind == 2) { substr $text, $at, 1, chr draw(256) }
    elsif ($kind == 3) { substr $text, $at, draw(40), '' }
    else               { $text .= substr $text, $at }
    return $text;
}

# The exit status, and what nginx said.
sub try {
    my $blocks = shift;
    write_file('blocks.conf', $blocks);
    write_file('nginx.conf', <<"EOT");
load_module $Module;
pid $Dir/nginx.pid;
error_log stderr;
events {
}
http {
    oauth2_key $Dir/key;
    include $Dir/blocks.conf;
    server {
        listen unix:$Dir/server.sock;
        location = /token {
            oauth2_token;
        }
    }
}
EOT
    my $began = time;
    my $said  = `timeout 60 $Nginx -t -p $Dir -e stderr -c $Dir/nginx.conf 2>&1`;
    my $status = $?;
    $said .= "it took more than 30 seconds\n" if time - $began > 30;
    return ($status, $said);
}

# What is wrong with an answer, or nothing.
sub fault {
    my ($status, $said) = @_;
    return 'it died of signal ' . ($status & 127) if $status & 127;
    return 'a sanitizer complains' if $said =~ /Sanitizer|runtime error:/;
    return 'it takes too long'     if $said =~ /more than 30 seconds/;
    if ($status == 0) {
        return $said =~ /test is successful/ ? undef : 'it says nothing of success';
    }
    return "it ends with $status" if $status >> 8 != 1;
    my ($last) = reverse grep { /\[emerg\]/ } split /^(?=nginx: )/m, $said;
    return 'it does not say why' if !defined $last;
    return "it names no line: $last" if $last !~ / in \Q$Dir\E\/(?:blocks|nginx)\.conf:\d+$/m;
    return undef;
}
