# nginx's own build takes the module in, as a part of the program and as a file beside it.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib";
use Cwd qw(abs_path);
use Live;
use Test::More;

my $source = $ENV{NGINX_SOURCE};
plan skip_all => 'NGINX_SOURCE names no nginx sources' unless $source && grep { -e "$source/$_" } qw(configure auto/configure);
alarm 1800;

my $root  = abs_path("$FindBin::Bin/../..");
my $redis = redis;

sub build {
    my ($how, $target) = @_;
    my $dir = folder('build');
    system("cp -r '$source/.' '$dir'") == 0 or die "cannot copy $source\n";
    my $configure = -x "$dir/configure" ? './configure' : 'auto/configure';
    my $options = "--with-threads --with-http_ssl_module --with-http_v2_module --with-compat";
    my $log = `cd '$dir' && { $configure $options $how='$root' && make -j2 $target; } 2>&1`;
    is($?, 0, "$how: nginx's build succeeds") or diag(substr $log, -3000);
    unlike($log, qr/warning:/, "$how: without a warning");
    return $dir;
}

sub serves {
    my ($name, %option) = @_;
    my $nginx  = nginx(redis => $redis, %option);
    my $answer = $nginx->password;
    is($answer->{status}, 200, "$name: a family is founded");
    my $family = Live::Family->of($answer->{json}{refresh_token});
    same_token($nginx->refresh($family->token(1)), $family->token(2), "$name: its token rotates");
    finish($nginx);
}

{
    my $dir = build('--add-module', '');
    local $ENV{TEST_NGINX_BINARY} = "$dir/objs/nginx";
    serves('static', modules => []);
    my @exported = grep { /redis(?:Reader|Command|Connect|Format|Append)|sds(?:new|len|cat)/ }
        `nm -D --defined-only $dir/objs/nginx 2>/dev/null`;
    is("@exported", '', 'static: hiredis is not exported to other modules');
}

{
    my $dir = build('--add-dynamic-module', 'modules');
    my $module = "$dir/objs/ngx_http_oauth2_module.so";
    serves('dynamic', modules => [$module]);
    my @names = sort map { (split)[2] } `nm -D --defined-only $module 2>/dev/null`;
    is("@names", 'ngx_module_names ngx_module_order ngx_modules', 'dynamic: three symbols and no more');
}

done_testing;
