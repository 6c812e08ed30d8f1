package Live::Proxy;

# A proxy between nginx and Redis that understands the protocol well enough to do harm to one reply.
# It runs in a process of its own and takes orders over a socket, each answered when it is in force.
#
# A rule meets the commands whose name it matches, as often as it says, after those that it skips:
#
#   $proxy->rule(match => 'EVALSHA', times => 1, skip => 0, action => 'drop');
#
#   drop          execute, and keep the reply
#   close         execute, and close instead of a reply
#   close_before  close instead of executing
#   hold          execute `seconds` later, and whatever comes behind it
#   delay         execute, and reply `seconds` later
#   truncate      execute, send the first `bytes` of the reply; then close, or with `stay` nothing
#                 more on this connection
#   duplicate     execute, and reply twice
#   dribble       execute, and reply byte by byte
#   reply         do not execute, and answer `bytes`
#   prefix        execute, and send `bytes` before the reply

use strict;
use warnings;

use IO::Handle;
use IO::Select;
use IO::Socket::UNIX;
use JSON::PP qw(decode_json encode_json);
use POSIX ();
use Socket;
use Time::HiRes qw(time);

sub start {
    my ($class, $dir, %option) = @_;
    my $self = bless { socket => "$dir/proxy.sock", owner => $$, upstream => $option{redis}{socket} }, $class;
    socketpair my $ours, my $theirs, AF_UNIX, SOCK_STREAM, PF_UNSPEC or die "socketpair: $!\n";
    $self->{pid} = fork // die "fork: $!\n";
    if (!$self->{pid}) {
        $SIG{$_} = 'DEFAULT' for qw(INT TERM ALRM);
        $SIG{PIPE} = 'IGNORE';
        alarm 0;
        close $_ for grep { defined } $ours, $option{redis}{connection};
        eval { Live::Proxy::Process->new($self, $theirs)->run };
        print STDERR "proxy: $@" if $@;
        POSIX::_exit(1);
    }
    close $theirs;
    $self->{control} = $ours;
    $ours->autoflush;
    $self->order({ order => 'ready' });
    return $self;
}

sub url { 'unix:' . shift->{socket} }

sub order {
    my ($self, $order) = @_;
    my $control = $self->{control};
    print $control encode_json($order), "\n";
    my $answer = <$control> // die "the proxy is gone\n";
    return decode_json($answer);
}

sub rule { my ($self, %rule) = @_; return $self->order({ order => 'rule', rule => \%rule }) }

# No rules and no stall any more.
sub heal { shift->order({ order => 'heal' }) }

# Nothing is read from nginx, and connections are not accepted, or with `accepting` they are.
sub stall { my ($self, %how) = @_; return $self->order({ order => 'stall', %how }) }

# Bytes to all clients, out of the blue.
sub inject { my ($self, $bytes) = @_; return $self->order({ order => 'inject', bytes => $bytes }) }

sub cut { shift->order({ order => 'cut' }) }

# What passed so far: names of commands as they came, and how many connections there were.
sub seen { shift->order({ order => 'seen' }) }

sub count {
    my ($self, $name) = @_;
    return scalar grep { $_ eq $name } @{ $self->seen->{commands} };
}

sub stop {
    my $self = shift;
    return unless $self->{pid} && $$ == $self->{owner};
    kill KILL => $self->{pid};
    waitpid delete $self->{pid}, 0;
}

package Live::Proxy::Process;

sub new {
    my ($class, $proxy, $control) = @_;
    my $old = umask 0;
    my $listener = IO::Socket::UNIX->new(Local => $proxy->{socket}, Listen => 1) or die "listen: $!\n";
    umask $old;
    return bless {
        upstream => $proxy->{upstream}, control => $control, listener => $listener, orders => '',
        parent => getppid, pairs => {}, rules => [], later => [], commands => [], connections => 0,
    }, $class;
}

sub run {
    my $self = shift;
    while (1) {
        my $select = IO::Select->new($self->{control});
        $select->add($self->{listener}) unless ($self->{stalled} // '') eq 'closed';
        my %owner;
        for my $pair (values %{ $self->{pairs} }) {
            for my $side (qw(client server)) {
                my $socket = $pair->{$side} or next;
                next if $side eq 'client' && ($self->{stalled} || $pair->{held});
                $select->add($socket);
                $owner{ fileno $socket } = [$pair, $side];
            }
        }
        POSIX::_exit(0) if getppid != $self->{parent};
        my $wait = 2;
        my $now  = Time::HiRes::time;
        for (@{ $self->{later} }) { $wait = $_->{at} - $now if $_->{at} - $now < $wait }

        for my $socket ($select->can_read($wait < 0 ? 0 : $wait)) {
            if ($socket == $self->{control}) { $self->take_orders }
            elsif ($socket == $self->{listener}) { $self->accept }
            else {
                my ($pair, $side) = @{ $owner{ fileno $socket // -1 } // next };
                $self->read($pair, $side) unless $pair->{gone};
            }
        }
        $self->send_later;
    }
}

sub take_orders {
    my $self = shift;
    sysread $self->{control}, $self->{orders}, 65536, length $self->{orders} or POSIX::_exit(0);
    while ($self->{orders} =~ s/^(.*)\n//) {
        my $answer = $self->obey(JSON::PP::decode_json($1)) // {};
        syswrite $self->{control}, JSON::PP::encode_json($answer) . "\n";
    }
}

sub obey {
    my ($self, $order) = @_;
    my $name = $order->{order};
    if ($name eq 'rule') { push @{ $self->{rules} }, $order->{rule} }
    elsif ($name eq 'heal') { $self->{rules} = []; $self->{stalled} = ''; }
    elsif ($name eq 'stall') { $self->{stalled} = $order->{accepting} ? 'open' : 'closed' }
    elsif ($name eq 'cut') { $self->drop($_) for values %{ $self->{pairs} } }
    elsif ($name eq 'inject') { $self->to_client($_, $order->{bytes}) for values %{ $self->{pairs} } }
    elsif ($name eq 'seen') {
        return { commands => $self->{commands}, connections => $self->{connections} };
    }
    return {};
}

sub accept {
    my $self   = shift;
    my $client = $self->{listener}->accept or return;
    my $server = IO::Socket::UNIX->new(Peer => $self->{upstream});
    return close $client unless $server;
    ++$self->{connections};
    my $pair = {
        client => $client, server => $server, in => '', out => '', waiting => [],
        id => $self->{connections} };
    $self->{pairs}{ $pair->{id} } = $pair;
}

sub drop {
    my ($self, $pair) = @_;
    $pair->{gone} = 1;
    close $pair->{$_} for qw(client server);
    delete $self->{pairs}{ $pair->{id} };
}

sub read {
    my ($self, $pair, $side) = @_;
    my $buffer = $side eq 'client' ? \$pair->{in} : \$pair->{out};
    return $self->drop($pair) unless sysread $pair->{$side}, $$buffer, 65536, length $$buffer;
    return $self->take_commands($pair) if $side eq 'client';
    while (!$pair->{gone} && (my $size = whole($$buffer))) {
        $self->reply($pair, substr $$buffer, 0, $size, '');
    }
}

sub take_commands {
    my ($self, $pair) = @_;
    while (!$pair->{gone} && !$pair->{held} && (my $size = whole($pair->{in}))) {
        $self->command($pair, substr $pair->{in}, 0, $size, '');
    }
}

# The length of the first value in a buffer, 0 if it is not all there.
sub whole {
    my ($text, $at) = ($_[0], $_[1] // 0);
    pos($text) = $at;
    $text =~ /\G([-+:*\$])([^\r]*)\r\n/gc or return 0;
    my ($type, $number, $end) = ($1, $2, pos $text);
    if ($type eq '$' && $number >= 0) {
        $end += $number + 2;
        return $end <= length $text ? $end : 0;
    }
    if ($type eq '*') {
        for (1 .. $number) { $end = whole($text, $end) or return 0 }
    }
    return $end;
}

sub command {
    my ($self, $pair, $bytes) = @_;
    my ($name) = $bytes =~ /^\*\d+\r\n\$\d+\r\n([^\r]+)/ or return $self->drop($pair);
    $name = uc $name;
    push @{ $self->{commands} }, $name;

    my ($rule) = grep { $name =~ /^(?:$_->{match})$/ && ($_->{skip} //= 0)-- < 1 && ($_->{times} //= 1) != 0 }
        @{ $self->{rules} };
    --$rule->{times} if $rule;
    my $action = $rule ? $rule->{action} : '';
    return $self->drop($pair) if $action eq 'close_before';
    push @{ $pair->{waiting} }, { rule => $rule };
    if ($action eq 'reply') {
        $pair->{waiting}[-1]{ready} = $rule->{bytes};
        return $self->flush($pair);
    }
    if ($action eq 'hold') {
        $pair->{held} = $bytes;
        push @{ $self->{later} }, { at => Time::HiRes::time() + $rule->{seconds}, pair => $pair };
        return;
    }
    syswrite $pair->{server}, $bytes;
}

sub reply {
    my ($self, $pair, $bytes) = @_;
    my ($slot) = grep { !defined $_->{ready} } @{ $pair->{waiting} };
    return $self->to_client($pair, $bytes) unless $slot;
    $slot->{ready} = $bytes;
    $self->flush($pair);
}

# Sends the replies that are there, in order.
sub flush {
    my ($self, $pair) = @_;
    while (!$pair->{gone} && @{ $pair->{waiting} } && defined $pair->{waiting}[0]{ready}) {
        my $slot   = shift @{ $pair->{waiting} };
        my $rule   = $slot->{rule} // { action => '' };
        my $bytes  = $slot->{ready};
        my $action = $rule->{action};
        if ($action eq 'drop') { next }
        if ($action eq 'close') { return $self->drop($pair) }
        if ($action eq 'delay') {
            push @{ $self->{later} },
                { at => Time::HiRes::time() + $rule->{seconds}, pair => $pair, bytes => $bytes };
            next;
        }
        if ($action eq 'truncate') {
            $self->to_client($pair, substr $bytes, 0, $rule->{bytes});
            return $self->drop($pair) unless $rule->{stay};
            $pair->{mute} = 1;
            return;
        }
        if ($action eq 'dribble') {
            my $at = Time::HiRes::time();
            push @{ $self->{later} }, map { { at => $at += 0.002, pair => $pair, bytes => $_ } } split //, $bytes;
            next;
        }
        $bytes = $bytes . $bytes if $action eq 'duplicate';
        $bytes = $rule->{bytes} . $bytes if $action eq 'prefix';
        $self->to_client($pair, $bytes);
    }
}

sub send_later {
    my $self = shift;
    my $now  = Time::HiRes::time;
    my @due  = grep { $_->{at} <= $now } @{ $self->{later} };
    $self->{later} = [grep { $_->{at} > $now } @{ $self->{later} }];
    for (@due) {
        my $pair = $_->{pair};
        next if $pair->{gone};
        if (defined $_->{bytes}) {
            $self->to_client($pair, $_->{bytes});
        } else {
            syswrite $pair->{server}, delete $pair->{held};
            $self->take_commands($pair);
        }
    }
}

sub to_client {
    my ($self, $pair, $bytes) = @_;
    syswrite $pair->{client}, $bytes if !$pair->{gone} && !$pair->{mute} && length $bytes;
}

1;
