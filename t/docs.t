# The documentation and the code say the same, in both directions, and nginx takes every
# configuration that the documentation shows.

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use File::Temp ();
use Test::More;

chdir dirname(abs_path(__FILE__)) . '/..' or die "no root: $!\n";

my $Directives = read_text('docs/directives.md');
my $Protocol   = read_text('docs/protocol.md');
my $Formats    = read_text('docs/formats.md');
my $Logs       = read_text('docs/logs.md');
my $Operations = read_text('docs/operations.md');
my $Performance = read_text('docs/performance.md');
my $Readme     = read_text('README.md');

my @Sources  = sort glob('ngx_module/*.cpp src/*.cpp src/redis/*.cpp');
my @Literals = map { literals($_) } @Sources;

# Calls whose texts reach an operator or a client, also where they are a single word.
my $Reporting = qr/^(?:fail|refuse_token|refuse_user|report_\w+|report|log|lose|closed
                    |system_error|ngx_log_error|ngx_conf_log_error)$/x;

# Texts of several words that nobody gets to read.
my @Internal = (
    '# HELP nginx_oauth2_',    # the frame of a metric's help
    '# TYPE nginx_oauth2_',
    qq{<!DOCTYPE html>\n<html lang="en">\n<head>},    # the frame of a page
    '<input type="hidden" name="',
    q{user executing the script can't},    # what Redis says
);

check_directives();
check_variables();
check_texts();
check_errors();
check_outcomes();
check_metrics();
check_endpoints();
check_formats();
check_performance();
check_links();
check_configurations();
done_testing();


# --- reading -------------------------------------------------------------------------------------

sub read_text {
    my $path = shift;
    open my $in, '<:encoding(UTF-8)', $path or die "$path: $!\n";
    local $/;
    return scalar <$in>;
}

# The string literals of a C++ file, adjacent ones joined, each with the names of the calls around
# it, innermost first. Comments, preprocessor lines and raw strings (the Lua scripts) are skipped.
sub literals {
    my $path = shift;
    my $code = read_text($path);
    my (@found, @calls);
    my ($word, $after_literal) = ('', 0);
    pos($code) = 0;
    while (pos($code) < length $code) {
        if ($code =~ m{\G(?:\s+|//[^\n]*|/\*.*?\*/)}gcs) {
            next;
        }
        if ($code =~ m{\G#(?:\\\n|[^\n])*}gc || $code =~ m{\GR"(\w*)\(.*?\)\1"}gcs) {
            $after_literal = 0;
            next;
        }
        if ($code =~ m{\G"((?:[^"\\]|\\.)*)"}gcs) {
            my $text = unescape($1);
            if ($after_literal) {
                $found[-1]{text} .= $text;
            } else {
                push @found, {file => $path, text => $text, calls => [reverse @calls]};
            }
            $after_literal = 1;
            next;
        }
        $after_literal = 0;
        if ($code =~ m{\G'(?:[^'\\]|\\.)+'}gc) {
            next;
        }
        if ($code =~ m{\G(\w+)}gc) {
            $word = $1;
            next;
        }
        $code =~ m{\G(.)}gcs;
        if ($1 eq '(') {
            push @calls, $word;
        } elsif ($1 eq ')') {
            pop @calls;
        }
        $word = '';
    }
    return @found;
}

sub unescape {
    my $text = shift;
    my %plain = (n => "\n", r => "\r", t => "\t", 0 => "\0");
    $text =~ s/\\(.)/exists $plain{$1} ? $plain{$1} : $1/gse;
    return $text;
}

# A literal without the places where nginx's formats put values.
sub fragments {
    my $text = shift;
    return split /%(?:ui|uz|[sVidzg]|\.3f)/, $text;
}

sub has_letters    { return $_[0] =~ /[A-Za-z]{2}/ }
sub several_words  { return $_[0] =~ /[A-Za-z]{2}.*\s.*[A-Za-z]{2}/s }
sub trimmed        { my $text = shift; $text =~ s/^\s+|\s+$//g; return $text }

# What stands in backticks outside of fenced blocks.
sub code_spans {
    my $text = without_fences(shift);
    return $text =~ /(?<!`)`([^`]+)`(?!`)/g;
}

sub without_fences {
    my $text = shift;
    $text =~ s/^```.*?^```[^\n]*$//gms;
    return $text;
}

# The part of a document under a heading of level two.
sub section {
    my ($text, $title) = @_;
    return $text =~ /^## \Q$title\E\n(.*?)(?=^## |\z)/ms ? $1 : die "no section \"$title\"\n";
}

# The rows of all tables that have a column $name, as hashes from column to cell.
sub rows {
    my ($text, $name) = @_;
    my (@columns, @rows);
    for my $line (split /\n/, without_fences($text)) {
        if ($line !~ /^\|(.*)\|\s*$/) {
            @columns = ();
            next;
        }
        my @cells = map { trimmed($_) } split /(?<!\\)\|/, $1, -1;
        if (!@columns) {
            @columns = @cells;
        } elsif ($line !~ /^[|\s:-]+$/ && grep { $_ eq $name } @columns) {
            my %row;
            @row{@columns} = @cells;
            push @rows, \%row;
        }
    }
    return @rows;
}

sub same_set {
    my ($code, $documented, $what) = @_;
    my %code       = map { $_ => 1 } @$code;
    my %documented = map { $_ => 1 } @$documented;
    ok(%code, "$what: there are some in the code");
    is(join(' ', grep { !$documented{$_} } sort keys %code), '', "$what: none is undocumented");
    is(join(' ', grep { !$code{$_} } sort keys %documented), '', "$what: none is documented only");
}


# --- directives and variables --------------------------------------------------------------------

sub check_directives {
    my $table = read_text('ngx_module/module.cpp');
    my %context;
    while ($table =~ /\{ngx_string\("(\w+)"\),([^{}]*?),\s*set_/g) {
        $context{$1} = context_of($2);
    }
    same_set([keys %context], [headings('Directives')], 'directives');
    for my $name (sort keys %context) {
        my $entry = entry($name);
        is($entry->{Context}, $context{$name}, "$name: its context");
        like($entry->{Syntax} // '', qr/^`\Q$name\E\b/, "$name: its syntax");
        ok(length($entry->{Default} // ''), "$name: its default");
    }

    my $settings = read_text('ngx_module/settings_conf.cpp');
    my @settings = $settings =~ /\{"(\w+)",\s*read_\w+\}/g;
    my $client   = read_text('ngx_module/client_conf.cpp');
    my ($rows)   = $client =~ /\bclient_directives\[\] = \{(.*?)^\};/ms;
    my @client   = $rows =~ /^\s*\{"(\w+)",/mg;
    ok(@client > 4, 'directives of a client that are no settings are found');
    same_set([@settings, @client], [headings('Directives inside oauth2_client')],
             'directives inside oauth2_client');
    same_set([map { "oauth2_$_" } @settings],
             [$table =~ /\{ngx_string\("(\w+)"\),[^{}]*?,\s*set_token_setting,/g], 'settings of tokens');

    my $store = read_text('ngx_module/store_conf.cpp') . read_text('ngx_module/store_ssl_conf.cpp');
    same_set([$store =~ /\{"(\w+)", read_\w+[,}]/g], [headings('Directives inside oauth2_redis')],
             'directives inside oauth2_redis');

    check_defaults(@settings);
}

sub context_of {
    my $flags = shift;
    return $flags =~ /all_levels/          ? 'http, server, location'
         : $flags =~ /server_levels/       ? 'http, server'
         : $flags =~ /main_level/          ? 'http'
         : $flags =~ /NGX_HTTP_LOC_CONF/   ? 'location'
         :                                   "unknown: $flags";
}

# A heading may name several directives.
sub headings {
    return map { split /, / } section($Directives, $_[0]) =~ /^### (.+)$/mg;
}

# What stands under a directive's heading.
sub text_of {
    my $name = shift;
    return $Directives =~ /^### \Q$name\E\n(.*?)(?=^##|\z)/ms ? $1 : die "no directive $name\n";
}

# The Syntax / Default / Context table below a directive's heading.
sub entry {
    my $name = shift;
    my ($text) = $Directives =~ /^### \Q$name\E\n+((?:\|.*\n)+)/m;
    my %entry = ($text // '') =~ /^\|\s*\**(\w+)\**\s*\|\s*(.*?)\s*\|$/mg;
    return \%entry;
}

sub check_defaults {
    my @settings = @_;
    my $code = read_text('include/oauth2/settings.h');
    my ($policy) = $code =~ /struct TokenPolicy \{(.*?)^\}/ms;
    my ($retry)  = $code =~ /struct RetryWindow \{\s*uint32_t seconds = (\d+)/;
    for my $setting (@settings) {
        my $default = entry("oauth2_$setting")->{Default} // '';
        my $value   = $default =~ /^`oauth2_\Q$setting\E (\w+);`$/ ? $1 : "none: $default";
        my $member  = $setting =~ /^refresh_token_(renewal|reuse)$/ ? $1 : $setting;
        my $expected = $setting eq 'access_token_format' ? 'opaque'
                     : $setting eq 'refresh_token_retry' ? $retry
                     : $policy =~ /\b$member = (?:Reuse::)?(\w+);/ ? $1 : 'nothing';
        $expected = 'on' if $expected eq 'true';
        is(seconds($value), $expected, "oauth2_$setting: its default");
    }
}

sub seconds {
    my $value = shift;
    my %unit  = (s => 1, m => 60, h => 3600, d => 86400);
    return $value =~ /^(\d+)([smhd])$/ ? $1 * $unit{$2} : $value;
}

sub check_variables {
    my $code = read_text('ngx_module/variables.cpp');
    same_set([$code =~ /ngx_string\("(\w+)"\)/g],
             [map { $_->{Variable} =~ /\$(\w+)/ } rows($Directives, 'Variable')], 'variables');
}


# --- texts, errors, outcomes ---------------------------------------------------------------------

sub check_texts {
    my $documented = join "\n", code_spans($Logs), code_spans($Protocol),
        code_spans(text_of('oauth2_consent_page'));
    for my $literal (@Literals) {
        my $reported = grep { $_ =~ $Reporting } @{$literal->{calls}};
        for my $fragment (fragments($literal->{text})) {
            next if !several_words($fragment) && !($reported && has_letters($fragment));
            $fragment = trimmed($fragment);
            next if grep { $fragment eq $_ } @Internal;
            ok(index($documented, $fragment) >= 0, "$literal->{file}: $fragment");
        }
    }

    # A documented text is made of whole pieces of the code's texts; <...> stands for a value.
    my %piece = map { $_ => 1 } grep { length } map { fragments($_->{text}) } @Literals;
    my $piece = join '|', map { quotemeta } sort { length $b <=> length $a } keys %piece;
    my @rows  = rows($Logs, 'Text');
    ok(@rows > 50, 'docs/logs.md has tables of texts');
    for my $text (map { code_spans($_->{Text}) } @rows) {
        my @odd = grep { has_letters($_) && !/^(?:$piece)+$/ } split /<[^<>]+>/, $text;
        is("@odd", '', "docs/logs.md: $text");
    }
}

sub check_errors {
    my $code = read_text('src/errors.cpp');
    my ($table) = $code =~ /error_table\[\] = \{(.*?)^\};/ms;
    my @rows = rows($Protocol, 'error_description');
    # An error that goes to the redirect URI has no status of its own, and its row has none.
    my %shown  = map { cell_code($_->{error}) => 1 } grep { defined $_->{Status} } @rows;
    my %sent   = map { cell_code($_->{error}) => 1 } grep { !defined $_->{Status} } @rows;
    my @shown  = map { '"' . cell_code($_->{error}) . '", ' . ($_->{Status} =~ /(\d+)/)[0] }
        grep { defined $_->{Status} } @rows;
    my @coded  = $table =~ /\{("\w+", \d+)\}/g;
    my %coded  = map { /"(\w+)"/ ? ($1 => 1) : () } @coded;
    same_set([keys %coded], [keys %shown, keys %sent], 'error codes');
    same_set([grep { /"(\w+)"/ && ($shown{$1} || !$sent{$1}) } @coded], \@shown,
             'error codes and their status');

    my %said;
    for my $literal (@Literals) {
        my ($call) = @{$literal->{calls}};
        if ($literal->{file} =~ m{^src/\w+\.cpp$} && defined $call && $call eq 'fail') {
            $said{$literal->{text}} = 1;
        }
    }
    for my $text (read_text('src/client_authentication.cpp') =~ /\breason =([^;]*);/g) {
        $said{$_} = 1 for $text =~ /"([^"]*)"/g;
    }
    # The second text of a call is for the log.
    for my $file (grep { m{^src/\w+\.cpp$} } @Sources) {
        my $text = read_text($file);
        while ($text =~ /\bfail\(\s*Error::\w+,\s*"[^"]*",([^;]*);/g) {
            delete $said{$_} for grep { $said{$_} && !first_text($_) } $1 =~ /"([^"]*)"/g;
        }
    }
    same_set([keys %said], [map { cell_code($_->{error_description}) } @rows],
             'texts of error_description');
}

# Whether some call has `text` as its description.
sub first_text {
    my $text = shift;
    return scalar grep { read_text($_) =~ /\bfail\(\s*(?:Error::\w+|error),\s*"\Q$text\E"/ }
        grep { m{^src/\w+\.cpp$} } @Sources;
}

sub cell_code {
    my $cell = shift;
    return $cell =~ /`([^`]+)`/ ? $1 : "no code in \"$cell\"";
}

sub check_outcomes {
    my $code = read_text('src/errors.cpp');
    my ($names) = $code =~ /outcome_names\[outcome_count\] = \{(.*?)\};/s;
    same_set([$names =~ /"(\w+)"/g], [map { cell_code($_->{Outcome}) } rows($Directives, 'Outcome')],
             'outcomes');
}

sub check_metrics {
    my $code = read_text('ngx_module/status.cpp');
    my %type;
    while ($code =~ /append_(?:type|store_metric)\(out, (?:main, )?"(\w+)", "(\w+)"/g) {
        $type{"nginx_oauth2_$1"} = $2;
    }
    my @rows = rows($Logs, 'Metric');
    same_set([map { "$_ $type{$_}" } keys %type],
             [map { cell_code($_->{Metric}) . " $_->{Type}" } @rows], 'metrics');

    my ($json) = $code =~ /^std::string json_text\((.*?)^\}/ms;
    same_set([$json =~ /\.add\("(\w+)"/g, $json =~ /\\"(\w+)\\":/g],
             [map { (cell_code($_->{Member}) =~ /(\w+)$/)[0] } rows($Logs, 'Member')],
             'members of the JSON status');
}

# What goes to the endpoints and what they answer, and the places of a consent page.
sub check_endpoints {
    my $form = read_text('src/form.cpp');
    my ($names) = $form =~ /parameter_names\[parameter_count\] = \{(.*?)\};/s;
    same_set([$names =~ /"(\w+)"/g],
             [map { code_spans($_->{'Known parameters'}) } rows($Protocol, 'Known parameters')],
             'parameters');

    for my $endpoint (['src/metadata.cpp', 'Metadata'],
                      ['src/introspection_endpoint.cpp', 'Introspection']) {
        my ($file, $title) = @$endpoint;
        my $code = read_text($file);
        same_set([$code =~ /\badd(?:_words|_flag)?\("(\w+)"/g,
                  $code =~ /\badd_endpoint\(Endpoint::\w+, "(\w+)"/g],
                 [map { cell_code($_->{Member}) } rows(section($Protocol, $title), 'Member')],
                 "members of \l$title");
    }

    my $page = read_text('src/consent_page.cpp');
    same_set([$page =~ /case Place::\w+:\s+return "(\w+)";/g],
             [map { $_->{Place} =~ /\{\{(\w+)\}\}/ } rows($Directives, 'Place')],
             'places of a consent page');
}

# The keys and records in Redis, the purposes of subkeys, and the commands that Redis' user needs.
sub check_formats {
    my $record = read_text('src/redis/record.cpp');
    same_set([$record =~ /append\(":(\w+)"\)/g], [$Formats =~ /`<prefix>:(\w+)`/g], 'keys in Redis');

    my @fields = read_text('src/redis/record.h') =~ m{^///\s+(\d+\s+\d+)\s}mg;
    my @documented = map { "$_->{Offset}+$_->{Size}" } rows(section($Formats, 'Redis'), 'Offset');
    same_set([map { s/\s+/+/r } @fields], [grep { /^\d+\+\d+$/ } @documented],
             'fields of a record, offset and size');

    my $keys = read_text('src/keys.cpp');
    same_set([$keys =~ /Subkey\(root, "([\w-]+)"/g, $keys =~ m{"oauth2/v1/([\w-]+)/"}g],
             [$Formats =~ m{`oauth2/v1/([\w-]+)/`}g], 'purposes of subkeys');

    my $code = join '', map { read_text($_) } grep { !/\breply\.cpp$/ } glob 'src/redis/*.cpp';
    my %command = map { $_ => 1 } $code =~ /redis\.call\('(\w+)'/g, $code =~ /\{"([A-Z]{3,})",/g,
        $code =~ /\{"([A-Z]{3,})"\}/g;
    delete @command{qw(AUTH SELECT)};
    my %subcommand = (SCRIPT => 'script|load', CLUSTER => 'cluster|slots',
        SENTINEL => 'sentinel|get-master-addr-by-name');
    my $acl = join "\n", $Directives =~ /^(ACL SETUSER .*)$/mg;
    same_set([map { $subcommand{$_} // lc } keys %command], [$acl =~ / \+([\w|-]+)/g],
             'commands of the ACL user');
}


# --- links and configurations --------------------------------------------------------------------

# The figures are those of the last run of script/bench.
sub check_performance {
    my @rows = grep { /^\|/ } split /\n/, read_text('bench/results/table.md');
    ok(scalar(@rows), 'bench/results/table.md has rows');
    ok(index($Performance, $_) >= 0, "performance.md has the row $_") for @rows;
}

sub check_links {
    my %text = ('README.md' => $Readme, 'docs/directives.md' => $Directives,
                'docs/protocol.md' => $Protocol, 'docs/formats.md' => $Formats,
                'docs/logs.md' => $Logs, 'docs/operations.md' => $Operations,
                'docs/performance.md' => $Performance);
    for my $file (sort keys %text) {
        my $folder = dirname($file);
        for my $link (without_fences($text{$file}) =~ /\]\(([^)\s]+)\)/g) {
            next if $link =~ m{^https?://};
            my ($path, $anchor) = $link =~ /^([^#]*)(?:#(.*))?$/;
            my $target = $path eq '' ? $file : "$folder/$path";
            $target =~ s{^\./}{};
            1 while $target =~ s{[^/]+/\.\./}{};
            ok(-e $target, "$file: $link");
            if (defined $anchor && exists $text{$target}) {
                my @anchors = map { anchor($_) } $text{$target} =~ /^#+ (.+)$/mg;
                ok(scalar(grep { $_ eq $anchor } @anchors), "$file: the anchor of $link");
            }
        }
    }
}

# As GitHub makes it from a heading.
sub anchor {
    my $title = lc shift;
    $title =~ s/[^\w\s-]//g;
    $title =~ s/ /-/g;
    return $title;
}

sub check_configurations {
    my @snippets;
    for (['README.md', $Readme], ['docs/directives.md', $Directives],
         ['docs/protocol.md', $Protocol], ['docs/logs.md', $Logs], ['docs/formats.md', $Formats],
         ['docs/operations.md', $Operations]) {
        my ($file, $text) = @$_;
        push @snippets, map { [$file, $_] } $text =~ /^```nginx\n(.*?)^```/msg;
    }
    ok(@snippets > 20, 'there are configurations to try');
    check_example(grep { /^http \{/m } map { $_->[1] } grep { $_->[0] eq 'README.md' } @snippets);

    my $module = abs_path($ENV{TEST_NGINX_MODULE} || 'build/ngx_http_oauth2_module.so');
    my $nginx  = $ENV{TEST_NGINX_BINARY} || 'nginx';
    my $dir    = File::Temp->newdir('oauth2-docs-XXXXXX', TMPDIR => 1);
    local $ENV{PATH} = "$ENV{PATH}:/usr/local/sbin:/usr/sbin:/sbin";
  SKIP: {
        skip 'the module is not built', 1 if !defined $module || !-e $module;
        skip 'there is no nginx', 1 if system("$nginx -v >/dev/null 2>&1") != 0;
        skip 'there is no openssl', 1 if !make_site("$dir", $module);
        for my $snippet (@snippets) {
            my ($file, $text) = @$snippet;
            my ($first) = $text =~ /^\s*([^#\s][^\n]*)/m;
            my $said;
            for my $config (configurations("$dir", $text)) {
                $said = complaints($nginx, "$dir", $config);
                last if $said eq '';
            }
            is($said, '', "$file: nginx takes \"$first\"");
        }
    }
}

# Every line of the README's nginx.conf stands in examples/nginx.conf, which is run and tested.
sub check_example {
    my @configs = @_;
    is(scalar @configs, 1, 'README.md has one complete nginx.conf');
    my %example = map { directive_of($_) => 1 } split /\n/, read_text('examples/nginx.conf');
    my @odd = grep { !$example{$_} } map { directive_of($_) } split /\n/, $configs[0];
    is(join("\n", @odd), '', 'the nginx.conf of README.md is a part of examples/nginx.conf');
}

sub directive_of {
    my $line = shift;
    $line =~ s/(^|\s)#.*//;
    $line =~ s/\s+/ /g;
    return trimmed($line);
}

# What the configurations of the documentation expect to find.
sub make_site {
    my ($dir, $module) = @_;
    mkdir "$dir/$_" or die "$dir/$_: $!\n" for qw(logs modules);
    symlink $module, "$dir/modules/ngx_http_oauth2_module.so" or die "symlink: $!\n";
    my $number = 0;
    for my $key (qw(oauth2.key old.key new.key)) {
        write_file("$dir/$key", sprintf('%02x', ++$number) x 32 . "\n");
    }
    write_file("$dir/users", "johndoe:{PLAIN}A3ddj3w\n");
    write_file("$dir/$_", "secret\n") for qw(redis-password app-secret);
    write_file("$dir/consent.html", text_of('oauth2_consent_page') =~ /^```html\n(.*?)^```/ms);
    return system("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        . "-subj /CN=localhost -keyout $dir/tls.key -out $dir/tls.crt >/dev/null 2>&1"
        . " && cp $dir/tls.crt $dir/redis-ca.crt") == 0;
}

sub write_file {
    my ($path, $text) = @_;
    open my $out, '>', $path or die "$path: $!\n";
    print $out $text;
    close $out or die "$path: $!\n";
    chmod 0600, $path;
}

# A snippet as it is if it is complete, else at every level where it may belong.
sub configurations {
    my ($dir, $text) = @_;
    $text =~ s{/(?:etc/nginx|run/secrets|run)/}{$dir/}g;
    if ($text =~ /^http \{/m) {
        return $text;
    }
    my $head  = "load_module modules/ngx_http_oauth2_module.so;\npid nginx.pid;\nevents {}\n";
    my $store = $text =~ /oauth2_redis/ ? '' : "oauth2_redis { server redis://127.0.0.1; }\n";
    my $key   = $text =~ /oauth2_key/ ? '' : "oauth2_key oauth2.key;\n";
    my $app   = "oauth2_client the-app { secret plain:x; grant_types password; }\n"
        . ($text =~ /oauth2_issuer/ ? '' : "oauth2_issuer https://the-issuer;\n");
    my $token = "location = /the-token { oauth2_token; }\n";
    my $socket = "listen unix:$dir/nginx.sock;\n";
    my $common = "oauth2_redis { server redis://127.0.0.1; }\noauth2_key oauth2.key;\n$app";
    return (
        "$head http { $store $key $app $text server { $socket $token } }\n",
        "$head http { $common server { $socket $text $token } }\n",
        "$head http { $common server { $socket $token location = /the-snippet { $text } } }\n",
    );
}

# What nginx -t says against a configuration, or nothing. The defaults for logs and temporary files are
# folders that only root may write to.
sub complaints {
    my ($nginx, $dir, $config) = @_;
    my $paths = join ' ', map { "${_}_temp_path temp_$_;" } qw(client_body proxy fastcgi uwsgi scgi);
    $config =~ s/^(.*\bhttp \{)/$1 access_log off; $paths/m;
    write_file("$dir/nginx.conf", $config);
    my $said = qx($nginx -t -q -p $dir -c nginx.conf -e stderr 2>&1);
    return $? == 0 ? '' : $said || 'refused';
}
