# No token, password or client secret is ever at rest: not in Redis, nor in a log, nor in a file.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use File::Find;
use IO::Select;
use Live;
use MIME::Base64 qw(decode_base64url encode_base64 encode_base64url);
use Test::More;
use Time::HiRes qw(sleep time);

my $redis = redis(appendonly => 'yes', appendfsync => 'always', 'slowlog-log-slower-than' => 0,
    'slowlog-max-len' => 10_000, 'aof-use-rdb-preamble' => 'no', loglevel => 'debug');
my $proxy = proxy(redis => $redis);
my $nginx = grants(redis => $proxy, workers => 2, timeout => '300ms', client => 'secret plain:second-Secret-of-app;');

my $monitor = IO::Socket::UNIX->new(Peer => $redis->{socket});
$monitor->autoflush;
print $monitor "MONITOR\r\n";
my $monitored = '';

sub watch {
    my $seconds = shift;
    while (IO::Select->new($monitor)->can_read($seconds)) {
        sysread $monitor, $monitored, 65536, length $monitored or last;
    }
}

my @secrets = ('app-secret', 'second-Secret-of-app', 'open-sesame', 'hello-bob', 'a-Wrong-password',
    'a-Wrong-secret', 'other-secret', 'web-secret', 'robot-secret', 'guard-secret', $nginx->verifier);
my (%refresh, %access, %code);

sub keep {
    my $answer = shift;
    $refresh{ $answer->{json}{refresh_token} } = 1 if $answer->{json}{refresh_token};
    $access{ $answer->{json}{access_token} } = 1 if $answer->{json}{access_token};
    my $redirect = Live::Grants::parameters($answer);
    $access{ $redirect->{access_token} } = 1 if $redirect->{access_token};
    $code{ $redirect->{code} } = 1 if $redirect->{code};
    return $answer;
}

sub presented { $refresh{ $_[0] } = 1; return $_[0] }

sub raw {
    my $text = shift;
    my $connection = $nginx->connection->send($text);
    return keep($connection->answer);
}

# --- Requests of all kinds

{
    my $answer = keep($nginx->password);
    for (1 .. 20) {
        $answer = keep($nginx->refresh($answer->{json}{refresh_token}));
        keep($nginx->refresh($answer->{json}{refresh_token}, more => [scope => 'read']));
        watch(0);
    }
    is($answer->{status}, 200, 'tokens are issued');
    my $family = family->seed($redis, generation => 7, age => 60);
    keep($nginx->refresh(presented($family->token(5))));
    keep($nginx->refresh(presented($family->token(7))));
    $family = family->seed($redis, generation => 7);
    keep($_->answer) for map { $nginx->begin_refresh(presented($family->token(7))) } 1 .. 10;
    keep($nginx->refresh(presented($family->token(100))));
    keep($nginx->refresh(presented($family->token(20))));
    keep($nginx->refresh(presented($family->token(7)), as => ['app', 'a-Wrong-secret']));
    keep($nginx->refresh(presented($family->token(7)), as => ['app', 'second-Secret-of-app']));
    keep($nginx->refresh(presented($family->token(7)), as => ['other', 'other-secret']));
    keep($nginx->refresh(presented($family->token(7)), as => ['nobody', 'a-Wrong-secret']));
    keep($nginx->refresh(presented($family->token(7)), more => [scope => 'admin']));
    keep($nginx->refresh(presented($family->token(7)) . 'x'));
    keep($nginx->password('alice', 'a-Wrong-password'));
    keep($nginx->password('nobody', 'a-Wrong-password'));
    keep($nginx->password("al\nice", 'a-Wrong-password'));
    keep($nginx->password('bob', 'hello-bob'));

    my $token = presented($family->token(8));
    my $body  = "grant_type=refresh_token&refresh_token=$token";
    raw($nginx->message($body) =~ s/^POST/GET/r);
    raw($nginx->message("$body&refresh_token=$token"));
    raw($nginx->message("$body&client_secret=a-Wrong-secret"));
    raw($nginx->message("grant_type=$token&refresh_token=$token"));
    raw($nginx->message("$body&client_id=$token"));
    raw($nginx->message("$body&scope=$token"));
    raw($nginx->message("$body&username=\0$token"));
    raw($nginx->message($body . '&%' . $token));
    raw($nginx->message($body . '&x=' . $token x 200));
    raw($nginx->message($body) =~ s/x-www-form-urlencoded/$token/r);
    raw($nginx->head(headers => ['Transfer-Encoding: chunked']) . "\r\n"
        . join('', map { "1\r\n$_\r\n" } split //, $body . '&x=' . 'y' x 3000) . "0\r\n\r\n");
    raw($nginx->head(headers => ['Transfer-Encoding: chunked']) . "\r\n"
        . join('', map { "1\r\n$_\r\n" } split //, $body . '&x=' . $token x 200) . "0\r\n\r\n");
    raw($nginx->message($body) =~ s/Basic \S+/Bearer $token/r);
    raw($nginx->message($body) =~ s/Basic \S+/Basic $token/r);
    raw($nginx->message($body) =~ s/Basic \S+/Basic @{[encode_base64("app:$token", '')]}/r);
    my $half = $nginx->connection->send(substr $nginx->message($body), 0, -5);
    sleep 0.1;
    $half->leave;
    my $gone = $nginx->begin_refresh($token);
    $gone->leave('reset');
}

# The other endpoints.
sub new_code { Live::Grants::parameters(keep($nginx->authorize(@_)))->{code} }

for (1 .. 5) {
    my $code   = new_code();
    my $tokens = keep($nginx->exchange($code))->{json};
    keep($nginx->exchange($code));
    $nginx->family_of($code)->age($redis, 60);
    keep($nginx->exchange($code, code_verifier => $_)) for 'short', 'a' x 43, "$code$code";
    keep($nginx->exchange($code, redirect_uri => "https://web.example/$code"));
    keep($nginx->exchange($code, scope => $code, state => $code));
    keep($nginx->exchange("$code$code"));
    keep($nginx->exchange($tokens->{$_})), keep($nginx->refresh_as_web($code)) for qw(access_token refresh_token);
    keep($nginx->introspect($_)), keep($nginx->introspect($_, 'web')) for $code, @$tokens{qw(access_token refresh_token)};
    keep($nginx->revoke($_, 'robot')), keep($nginx->revoke($_)) for $code, @$tokens{qw(access_token refresh_token)};
    my $own = keep($nginx->client_token)->{json}{access_token};
    keep($nginx->revoke($own, 'robot'));
    keep($nginx->introspect($own));
    keep($nginx->authorize(client_id => 'page', redirect_uri => 'https://page.example/app', response_type => 'token'));
    keep($nginx->exchange(new_code(), code_verifier => ''));
    raw($nginx->message("token=$tokens->{refresh_token}&token=$code", path => '/oauth2/revoke'));
    raw($nginx->message("token=$tokens->{refresh_token}", path => '/oauth2/authorize'));
    raw($nginx->message("response_type=$tokens->{refresh_token}&client_id=web&state=$code", path => '/oauth2/authorize'));
    raw($nginx->message("token=$code" x 300, path => '/oauth2/introspect'));
    watch(0);
}

# With a store in trouble, too.
{
    my $code = new_code();
    for my $action (qw(drop close)) {
        $proxy->rule(match => 'EVALSHA', action => $action, times => 4);
        keep($nginx->exchange($code));
        keep($nginx->introspect((keys %access)[0]));
        keep($nginx->revoke((keys %refresh)[0]));
        keep($nginx->authorize);
        $proxy->heal;
        watch(0);
    }
    my $family = family->seed($redis, generation => 7);
    my $ask    = sub { keep($nginx->refresh(presented($family->token(7)))) };
    for my $action (qw(drop close duplicate)) {
        $proxy->rule(match => 'EVALSHA', action => $action, times => 2);
        $ask->();
        $proxy->heal;
        watch(0);
    }
    $redis->command('SCRIPT', 'FLUSH');
    $ask->();
    $redis->command('CONFIG', 'SET', 'maxmemory', 1);
    keep($nginx->password);
    $ask->();
    $redis->command('CONFIG', 'SET', 'maxmemory', 0);
    $redis->freeze;
    $ask->();
    $redis->thaw;
    wait_for { $ask->()->{status} == 200 };
}

# A query is logged by nginx itself, but not by the module.
my $asked = presented(family->seed($redis, generation => 7)->token(7));
raw($nginx->message('grant_type=refresh_token') =~ s{/oauth2/token}{/oauth2/token?refresh_token=$asked&password=open-sesame}r);

cmp_ok(keys %refresh, '>', 25, 'many refresh tokens passed');
cmp_ok(keys %access, '>', 40, 'and many access tokens');
cmp_ok(keys %code, '>', 10, 'and some codes');

# --- Where they might be

watch(0.3);
my %place = (MONITOR => $monitored);

sub flat { ref $_[0] ? join("\n", map { flat($_) } @{ $_[0] }) : $_[0] // '' }

$place{SLOWLOG} = flat($redis->command(qw(SLOWLOG GET 10000)));
$redis->command('SAVE');
finish($nginx, qr/oauth2: redis|too far ahead/);
find({ no_chdir => 1, wanted => sub { $place{"Redis' file $_"} = slurp($_) if -f } }, $redis->{dir});
find({ no_chdir => 1, wanted => sub {
    $place{"nginx's file $_"} = slurp($_) if -f && !m{/(?:key\d|users|nginx\.conf)$};
} }, $nginx->{dir});
$_ =~ s/^.*\Q$asked\E.*\n//mg for $place{"nginx's file $nginx->{dir}/access.log"};

for my $name ('MONITOR', 'SLOWLOG', "Redis' file $redis->{dir}/dump.rdb", "nginx's file $nginx->{dir}/error.log") {
    cmp_ok(length($place{$name} // ''), '>', 500, ($name =~ s{\S*/}{}r) . ' is there');
}
ok(scalar(grep { /appendonly/ && length $place{$_} > 1000 } keys %place), 'the append-only file is there');
like(join('', values %place), qr/evalsha/i, 'commands are seen in what is searched');

# --- As whatever they might be there

sub disguises {
    my $bytes = shift;
    my $base64 = encode_base64($bytes, '');
    return grep { length > 7 } $bytes, unpack('H*', $bytes), uc unpack('H*', $bytes), $base64 =~ s/.?.?=*$//r,
        encode_base64url($bytes) =~ s/..?$//r, join '', map { sprintf '\x%02x', ord } split //, $bytes;
}

my %needle;
$needle{$_} = 'a secret of the configuration or of a request' for map { disguises($_) } @secrets;
for my $token (keys %refresh) {
    my $bytes = eval { decode_base64url($token) } // '';
    $needle{$_} = 'a refresh token' for $token, disguises($bytes);
    $needle{$_} = 'the MAC of a refresh token' for disguises(substr $bytes, 26, 16);
    $needle{$_} = 'the family block of a refresh token' for disguises(substr $bytes, 6, 16);
}
for my $token (keys %access) {
    $needle{$_} = 'an access token' for $token, disguises(decode_base64url($token));
}
for my $code (keys %code) {
    my $bytes = decode_base64url($code);
    $needle{$_} = 'a code' for $code, disguises($bytes);
    $needle{$_} = 'the MAC of a code' for disguises(substr $bytes, 26, 16);
}
for my $number (1 .. 3) {
    my $key = Digest::SHA::sha256("root key $number");
    $needle{$_} = 'a root key' for disguises($key);
}

my %found;
for my $name (keys %place) {
    for my $needle (keys %needle) {
        $found{"$needle{$needle} in $name"} = 1 if index($place{$name}, $needle) >= 0;
    }
}
is(join("\n", sort keys %found), '',
    keys(%needle) . ' disguises of secrets are nowhere in ' . keys(%place) . ' places');
is(join(' ', glob "$nginx->{dir}/client_body_temp/*"), '', 'no body was left in a file');
is(scalar($nginx->lines(qr/temporary file/)), 0, 'no body ever went into one');

done_testing;
