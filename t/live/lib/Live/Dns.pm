package Live::Dns;

# A name server that gives the same answer for all names, with UDP only. It runs in a process of its own and
# reads what it says from a file, for each query anew. No answer is to be kept.

use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP qw(decode_json encode_json);
use POSIX ();
use Socket qw(AF_INET6 inet_aton inet_pton);

use constant { type_a => 1, type_aaaa => 28, class_in => 1 };

sub start {
    my ($class, $dir) = @_;
    my $self = bless { dir => $dir, owner => $$ }, $class;
    my $socket = IO::Socket::INET->new(LocalAddr => '127.0.0.1', Proto => 'udp') or die "udp: $!\n";
    $self->{port} = $socket->sockport;
    $self->says('127.0.0.1');
    Live::write_file($self->queries, '');
    $self->{pid} = fork // die "fork: $!\n";
    return $self if $self->{pid};
    $SIG{$_} = 'DEFAULT' for qw(INT TERM ALRM);
    alarm 0;
    eval { $self->answer($socket) while 1 };
    print STDERR "dns: $@";
    POSIX::_exit(1);
}

sub address { '127.0.0.1:' . shift->{port} }
sub queries { shift->{dir} . '/queries' }

sub say_this {
    my ($self, %answer) = @_;
    Live::write_file("$self->{dir}/answer.new", encode_json(\%answer));
    rename "$self->{dir}/answer.new", "$self->{dir}/answer" or die "rename: $!\n";
}

# From now on: these addresses; an error; nothing; or an answer that comes `seconds` later.
sub says     { my ($self, @addresses) = @_; $self->say_this(addresses => \@addresses) }
sub fails    { my ($self, $code) = @_; $self->say_this(code => $code) }
sub is_mute  { shift->say_this(mute => 1) }
sub is_late  { my ($self, $seconds) = @_; $self->say_this(addresses => ['127.0.0.1'], seconds => $seconds) }

# How often it was asked for an IPv4 address of this name.
sub asked {
    my ($self, $name) = @_;
    return scalar grep { $_ eq "$name A" } split /\n/, Live::slurp($self->queries);
}

sub stop {
    my $self = shift;
    return unless $self->{pid} && $$ == $self->{owner};
    kill KILL => $self->{pid};
    waitpid delete $self->{pid}, 0;
}

# --- The process

sub answer {
    my ($self, $socket) = @_;
    my $from = recv $socket, my $query, 512, 0;
    return if length $query < 17;
    my ($id, $flags, $questions) = unpack 'nnn', $query;
    my ($at, @labels) = (12);
    while (my $size = ord substr $query, $at, 1) {
        push @labels, lc substr $query, $at + 1, $size;
        $at += 1 + $size;
    }
    my $type = unpack 'n', substr $query, $at + 1, 2;
    my $name = join '.', @labels;
    open my $log, '>>', $self->queries or die "queries: $!\n";
    print $log $name, ' ', $type == type_a ? 'A' : $type == type_aaaa ? 'AAAA' : $type, "\n";
    close $log;

    my $said = decode_json(Live::slurp("$self->{dir}/answer"));
    return if $said->{mute};
    select undef, undef, undef, $said->{seconds} if $said->{seconds} && $type == type_a;
    my @data = map { $type == type_a ? inet_aton($_) : inet_pton(AF_INET6, $_) }
        grep { ($type == type_aaaa) == (/:/ ? 1 : 0) } @{ $said->{addresses} // [] };
    my $reply = pack 'nnnnnn', $id, 0x8180 | ($said->{code} // 0), 1, scalar @data, 0, 0;
    $reply .= substr $query, 12, $at + 5 - 12;
    $reply .= pack('nnnNn', 0xc00c, $type, class_in, 0, length) . $_ for @data;
    send $socket, $reply, 0, $from;
}

1;
