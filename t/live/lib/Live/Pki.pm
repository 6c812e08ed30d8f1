package Live::Pki;

# A certification authority of the test's own, and what it signs.

use strict;
use warnings;

use POSIX ();

sub new {
    my ($class, $dir, $name) = @_;
    my $self = bless { dir => $dir, name => $name // 'Test CA', count => 0 }, $class;
    openssl(qw(req -x509), new_key($self->{dir}, 'ca'), '-days', 30, '-subj', "/CN=$self->{name}",
        '-out', $self->ca);
    return $self;
}

sub ca { shift->{dir} . '/ca.crt' }

# The files of a new certificate and its key. Options: san, as openssl takes it; days, which may be
# negative; password, of the key.
sub certificate {
    my ($self, %option) = @_;
    my ($dir, $name) = ($self->{dir}, 'cert' . ++$self->{count});
    my ($crt, $key) = ("$dir/$name.crt", "$dir/$name.key");
    my $extensions = Live::write_file("$dir/$name.ext", defined $option{san} ? "subjectAltName=$option{san}\n" : '');
    openssl('req', new_key($dir, $name), '-subj', "/CN=$name", '-out', "$dir/$name.csr");
    openssl(qw(x509 -req -in), "$dir/$name.csr", '-CA', $self->ca, '-CAkey', "$dir/ca.key", '-set_serial',
        1000 + $self->{count}, '-days', $option{days} // 30, '-extfile', $extensions, '-out', $crt);
    if (defined $option{password}) {
        openssl('ec', '-in', $key, '-aes128', '-passout', "pass:$option{password}", '-out', "$key.enc");
        $key = "$key.enc";
        chmod 0644, $key;
    }
    return { crt => $crt, key => $key };
}

# A revocation list of these certificates.
sub revoke {
    my ($self, @certificates) = @_;
    my $dir = $self->{dir};
    Live::write_file("$dir/index.txt", '');
    Live::write_file("$dir/ca.cnf",
        "[ca]\ndefault_ca=x\n[x]\ndatabase=$dir/index.txt\ndefault_md=sha256\ndefault_crl_days=30\n");
    my @ca = ('ca', '-config', "$dir/ca.cnf", '-cert', $self->ca, '-keyfile', "$dir/ca.key");
    openssl(@ca, '-revoke', $_->{crt}) for @certificates;
    openssl(@ca, '-gencrl', '-out', "$dir/ca.crl");
    return "$dir/ca.crl";
}

sub new_key {
    my ($dir, $name) = @_;
    return ('-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', key_of($dir, $name));
}

sub key_of {
    my ($dir, $name) = @_;
    return Live::write_file("$dir/$name.key", '');
}

sub openssl {
    my @arguments = @_;
    my $pid = open(my $out, '-|') // die "fork: $!\n";
    if (!$pid) {
        open STDERR, '>&', \*STDOUT;
        exec 'openssl', @arguments or POSIX::_exit(127);
    }
    my $said = do { local $/; <$out> };
    close $out or die "openssl @arguments:\n$said\n";
}

1;
