# The consent page in Chromium: how it looks, by keyboard alone, and what its policy lets through.

use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/lib", "$FindBin::Bin/../live/lib";
use File::Basename qw(dirname);
use Interop;
use Live;
use Test::More;

$ENV{TEST_CHROMIUM} //= '/usr/bin/chromium';
plan skip_all => 'there is no chromium' if !-x $ENV{TEST_CHROMIUM};

my $custom = write_file(folder('page') . '/consent.html', <<'EOT');
<!DOCTYPE html>
<html lang="de">
<head><meta charset="utf-8"><link rel="icon" href="data:,"><title>Darf {{client}} das?</title></head>
<body><h1>Darf {{client}} für Sie handeln, {{subject}}?</h1>
<ul>{{scopes}}</ul>
{{notice}}
<form method="post" action="?">{{form}}
<button name="decision" value="deny">Nein</button>
<button name="decision" value="approve">Ja</button>
</form></body>
</html>
EOT

my $pictures = dirname(Live::Nginx::module()) . '/consent';
mkdir $pictures;

my $long   = 'Long' x 50;
my $server = serve(
    authorize => { '/custom/authorize' => "oauth2_consent_page $custom;" },
    location  => 'add_header Access-Control-Allow-Origin $http_origin always;',
    http      => <<"EOT");
    oauth2_client odd {
        auth_method  none;
        name         "<b onclick=alert(1)>$long";
        grant_types  authorization_code;
        scope        read $long profile:$long;
        redirect_uri https://$long.example/callback;
    }
EOT
run_client('consent.mjs', $server, PICTURES => $pictures);
note("pictures are in $pictures");
my @asked = slurp("$server->{nginx}{dir}/access.log") =~ /"[A-Z]+ ([^ ?"]+)/g;
is(join(' ', grep { !m{^/(?:oauth2|custom)/} } @asked), '', 'the pages ask for nothing else');
finish($server->{nginx});

done_testing;
