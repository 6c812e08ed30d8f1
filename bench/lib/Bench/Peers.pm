package Bench::Peers;

# The peers by their names, and what they need.

use strict;
use warnings;

use Bench::NgxLua;
use Bench::OidcProvider;

my %Class = ('ngx_lua' => 'Bench::NgxLua', 'oidc-provider' => 'Bench::OidcProvider');

sub class { $Class{ $_[0] } }

# The Debian packages that these peers need. A machine may have a node of another origin, whose npm would
# not live beside Debian's; that one is used then.
sub packages {
    my %wanted = map { $_ => 1 } @_;
    my @packages;
    push @packages, @Bench::NgxLua::Packages if $wanted{ngx_lua};
    push @packages, @Bench::OidcProvider::Packages
        if $wanted{'oidc-provider'} && (!command_exists('node') || !command_exists('npm'));
    return @packages;
}

sub command_exists {
    my $name = shift;
    return grep { -x "$_/$name" } split /:/, $ENV{PATH};
}

1;
