package Test::Nginx::Socket;

# A small stand-in for the CPAN module of this name, for systems that do not package it. It speaks
# the part of its language that our suites use; script/test puts it into @INC only where the real
# one is absent.

use strict;
use warnings;

use Test::Base -base;
use Test::LongString;
use List::Util qw(shuffle);
use Time::HiRes qw(sleep);

use Test::Nginx::Client;
use Test::Nginx::Server;

our $VERSION = '0.29';

our @EXPORT = qw(
    add_block_preprocessor add_cleanup_handler add_response_body_check bail_out
    check_accum_error_log config_preamble env_to_nginx html_dir is_str log_level
    master_off master_on master_process_enabled no_long_string no_root_location no_shuffle
    repeat_each run_test run_tests server_addr server_name server_port server_port_for_client
    server_root timeout worker_connections workers
);

my $Server     = Test::Nginx::Server->new;
my $RepeatEach = 1;
my $Timeout    = $ENV{TEST_NGINX_TIMEOUT} || 3;
my $NoShuffle  = $ENV{TEST_NGINX_NO_SHUFFLE};
my $AccumLog   = $ENV{TEST_NGINX_CHECK_ACCUM_ERR_LOG};
my ($NoLongString, $ServerAddr) = (0, '127.0.0.1');
my (@Preprocessors, @CleanupHandlers, @BodyChecks);

sub add_block_preprocessor(&) { unshift @Preprocessors, shift }
sub add_cleanup_handler ($)   { unshift @CleanupHandlers, shift }
sub add_response_body_check ($) { push @BodyChecks, shift }

sub setting {
    my ($name, @value) = @_;
    $Server->{$name} = $value[0] if @value;
    return $Server->{$name};
}

sub config_preamble ($)        { setting(preamble => @_) }
sub env_to_nginx (@)           { push @{ $Server->{env} }, @_ }
sub html_dir ()                { $Server->path('html') }
sub log_level (@)              { setting(log_level => @_) }
sub master_on ()               { setting(master_process => 'on') }
sub master_off ()              { setting(master_process => 'off') }
sub no_root_location ()        { setting(no_root_location => 1) }
sub server_name (@)            { setting(server_name => @_) }
sub server_port (@)            { setting(port => @_) }
sub server_port_for_client (@) { setting(client_port => @_) // setting('port') }
sub server_root ()             { $Server->{root} }
sub worker_connections (@)     { setting(worker_connections => @_) }
sub workers (@)                { setting(workers => @_) }

sub master_process_enabled (@) {
    return setting(master_process => @_ ? ($_[0] ? 'on' : 'off') : ());
}

sub check_accum_error_log () { $AccumLog     = 1 }
sub no_long_string ()        { $NoLongString = 1 }
sub no_shuffle ()            { $NoShuffle    = 1 }
sub repeat_each (@)          { $RepeatEach = shift if @_; $RepeatEach }
sub server_addr (@)          { $ServerAddr = shift if @_; $ServerAddr }
sub timeout (@)              { $Timeout    = shift if @_; $Timeout }

sub bail_out (@) {
    cleanup();
    Test::More::BAIL_OUT(join '', @_);
}

sub is_str (@) {
    my ($got, $expected, $name) = @_;
    return Test::More::like($got, $expected, $name) if ref $expected;
    return Test::More::is($got, $expected, $name) if $NoLongString;
    return is_string($got, $expected, $name);
}

my $Owner = $$;
my $cleaned;

sub cleanup {
    return if $cleaned++;
    $_->() for @CleanupHandlers;
    $Server->stop($Timeout);
}

END {
    if ($$ == $Owner) {
        local $?;
        cleanup();
    }
}

sub run_tests () {
    $ENV{TEST_NGINX_SERVER_PORT} //= $Server->{port};
    my @blocks = Test::Base::blocks();

    for my $block ($NoShuffle ? @blocks : shuffle @blocks) {
        $_->($block) for @Preprocessors;
        $block->set_value(name => "$0 " . $block->name);
        run_test($block);
    }
    cleanup();
}

sub run_test ($) {
    my $block = shift;
    my $name  = $block->name;

    if (my ($count, $reason) = skipped($block)) {
        SKIP: { Test::More::skip("$name - $reason", $count) }
        return;
    }

    if (defined $block->config) {
        my $status = $Server->restart($block, $Timeout);
        return check_death($block, $status) if defined $block->must_die;
        if ($status) {
            Test::More::fail("$name - nginx starts");
            return Test::More::diag(@{ $Server->error_log(0) });
        }
    } elsif (!$Server->pid) {
        bail_out("$name - no --- config, and no nginx left from the block before");
    }

    if (defined $block->init) {
        eval $block->init;
        bail_out("$name - init failed: $@") if $@;
    }
    run_requests($block, $_) for 0 .. $RepeatEach - 1;
}

sub skipped {
    my $block = shift;
    my $spec  = $block->skip_nginx // return;
    my ($count, $op, $version, $reason)
        = $spec =~ /^\s*(\d+)\s*:\s*([<>]=?)\s*(\d+\.\d+\.\d+)(?:\s*:\s*(.*?))?\s*$/
        or bail_out($block->name, " - invalid --- skip_nginx: $spec");

    my ($left, $right) = map { sprintf '%d%03d%03d', split /\./ } $Server->version, $version;
    my %holds = ('<' => $left < $right, '<=' => $left <= $right,
                 '>' => $left > $right, '>=' => $left >= $right);
    return $holds{$op} ? ($count, $reason || "nginx version $op $version") : ();
}

sub check_death {
    my ($block, $status) = @_;
    my $name = $block->name;

    for my $run (0 .. $RepeatEach - 1) {
        $status = $Server->launch if $run;
        if ($block->must_die =~ /^\d+$/) {
            Test::More::is($status >> 8, $block->must_die, "$name - exit code");
        } else {
            Test::More::isnt($status, 0, "$name - nginx refuses to start");
        }
        check_error_log($block, $run);
        $Server->stop($Timeout) unless $status;
    }
}

sub run_requests {
    my ($block, $run) = @_;
    my @requests = Test::Nginx::Client::requests($block, $Server->{server_name});
    my $piped    = $block->pipelined_requests;
    my $several  = $piped || @requests > 1;
    my $index    = 0;

    for my $request (@requests) {
        my ($raw, $error) = Test::Nginx::Client::send_request(
            $request,
            address => scalar $block->server_addr_for_client // $ServerAddr,
            port    => server_port_for_client(),
            timeout => seconds(scalar $block->timeout) // $Timeout,
            delay   => scalar $block->raw_request_middle_delay,
            patient => defined $block->abort,
            shutdown => scalar $block->shutdown,
        );
        Test::More::fail($block->name . " - $error") if defined $error;

        my $is_head = Test::Nginx::Client::text($request) =~ /^\s*HEAD\s/;
        for (1 .. ($piped ? @$piped : 1)) {
            my $response = Test::Nginx::Client::parse($raw, $is_head);
            $raw = $response->{rest};
            check_response($block, $response, $index++, $run, $several)
                unless defined $block->ignore_response;
            sleep $block->wait if $block->wait;
            check_error_log($block, $run);
            check_access_log($block, $run) unless defined $block->ignore_response;
        }
        warn 'WARNING: ', $block->name, ' - extra bytes after the response: "',
            $raw =~ s/([^ -~])/sprintf '\\x%02x', ord $1/ger, "\"\n"
            if length $raw && !defined $block->ignore_response;
    }
}

sub seconds {
    my $time = shift;
    return $time unless defined $time && $time =~ /^([\d.]+)(m?)s?$/;
    return $2 ? $1 / 1000 : $1;
}

sub nth {
    my ($block, $section, $index, $several) = @_;
    my $value = $block->$section;
    return $value->[$index] if ref $value eq 'ARRAY';
    bail_out($block->name, " - several requests, so --- $section must be an array") if $several;
    return $value;
}

sub check_response {
    my ($block, $response, $index, $run, $several) = @_;
    my $name = $block->name . ($several ? " (request $index)" : '');
    my $nth  = sub { nth($block, $_[0], $index, $several) };

    if (defined $block->error_code_like) {
        my $pattern = $nth->('error_code_like');
        Test::More::like($response->{code}, qr/$pattern/sm, "$name - status");
    } else {
        Test::More::is($response->{code}, defined $block->error_code ? $nth->('error_code') : 200,
            "$name - status");
    }

    my $head = $response->{head};
    if (defined $block->raw_response_headers_like) {
        my $pattern = $nth->('raw_response_headers_like');
        Test::More::like($head, qr/$pattern/s, "$name - raw headers");
    }
    if (defined $block->raw_response_headers_unlike) {
        my $pattern = $nth->('raw_response_headers_unlike');
        Test::More::unlike($head, qr/$pattern/s, "$name - raw headers");
    }
    check_headers($name, $response, $nth->('response_headers'), 0)
        if defined $block->response_headers;
    check_headers($name, $response, $nth->('response_headers_like'), 1)
        if defined $block->response_headers_like && !defined $block->response_headers;

    my $body = $response->{body};
    if (defined $block->response_body_filters) {
        my $filters = $block->response_body_filters;
        $body = $_->($body) for grep { ref eq 'CODE' } ref $filters eq 'ARRAY' ? @$filters : $filters;
    }
    if (defined $block->response_body) {
        is_str($body, with_port($nth->('response_body')), "$name - body");
    } elsif (defined $block->response_body_like) {
        my $pattern = with_port($nth->('response_body_like'));
        Test::More::like($body, qr/$pattern/s, "$name - body");
    } elsif (defined $block->response_body_unlike) {
        my $pattern = with_port($nth->('response_body_unlike'));
        Test::More::unlike($body, qr/$pattern/s, "$name - body");
    }
    $_->($block, $body, $index, $run, 0) for @BodyChecks;
}

sub with_port {
    my $text = shift;
    $text =~ s/\$ServerPort(ForClient)?\b/server_port_for_client()/ge if defined $text && !ref $text;
    return $text;
}

sub check_headers {
    my ($name, $response, $expected, $patterns) = @_;

    for my $line (grep { /\S/ } split /\n/, $expected) {
        $line =~ s/^\s+|\s+$//g;
        if ($line =~ /^!\s*(.*)/ && !$patterns) {
            Test::More::unlike($response->{head}, qr/^\s*\Q$1\E\s*:/mi, "$name - no header $1");
            next;
        }
        my ($key, $value) = split /\s*:\s*/, $line, 2;
        my $actual = Test::Nginx::Client::header($response, $key) // '';
        if ($patterns) {
            Test::More::like($actual, qr/^$value$/, "$name - header $key");
        } else {
            Test::More::is($actual, with_port($value), "$name - header $key");
        }
    }
}

sub patterns {
    my $value = shift;
    return grep { defined } @$value if ref $value eq 'ARRAY';
    return $value if ref $value;
    return grep { length } split /\n+/, $value;
}

sub matching {
    my ($pattern, $lines) = @_;
    return grep { ref $pattern ? /$pattern/ : /\Q$pattern\E/ } @$lines;
}

sub check_log {
    my ($block, $section, $lines, $run) = @_;
    my $name = $block->name;

    if (defined $block->$section) {
        Test::More::ok(scalar matching($_, $lines), qq{$name - "$_" is in the $section (run $run)})
            for patterns($block->$section);
    }
    my $absent = "no_$section";
    if (defined $block->$absent) {
        for my $pattern (patterns($block->$absent)) {
            my @found = matching($pattern, $lines);
            Test::More::ok(!@found, qq{$name - "$pattern" is not in the $section (run $run)})
                or Test::More::diag(@found > 5 ? @found[0 .. 4] : @found);
        }
    }
}

sub check_access_log {
    my ($block, $run) = @_;
    return unless defined $block->access_log || defined $block->no_access_log;
    check_log($block, 'access_log', $Server->access_log, $run);
}

sub check_error_log {
    my ($block, $run) = @_;
    my $lines = $Server->error_log($AccumLog ? 0 : ());

    if (defined(my $grep = $block->grep_error_log)) {
        my $found = '';
        for my $line (@$lines) {
            $found .= "$&\n" if ref $grep ? $line =~ /$grep/ : $line =~ /\Q$grep\E/;
        }
        my $expected = $block->grep_error_log_out;
        is_str($found, ref $expected eq 'ARRAY' ? $expected->[$run] : $expected,
            $block->name . " - grep_error_log_out (run $run)");
    }
    check_log($block, 'error_log', $lines, $run);

    my $wanted = join "\n", map { defined $block->$_ ? patterns($block->$_) : () }
        qw(error_log no_error_log);
    for my $level (qw(alert crit emerg)) {
        next if $wanted =~ /\[$level/;
        warn 'WARNING: ', $block->name, " - $_" for grep { /\[$level\]/ } @$lines;
    }
    Test::More::fail($block->name . " - $_") for grep { /\bAssertion .*?failed\b/ } @$lines;
}

1;
