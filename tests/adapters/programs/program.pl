use strict;
use warnings;
use lib "$ENV{ADAPTERS}/perl";
use Dvclive;

if (@ARGV > 1) {
    for my $worker (0 .. 3) {
        next if fork;
        log_metric("w$worker" => $_) for 0 .. $ARGV[1] - 1;
        exit;
    }
    1 while wait > 0;
    exit;
}
log_param(lr     => 0.001);
log_param(epochs => 3);
log_param(model  => "res \"net\" é\nline two \\ \t");
log_param(long   => 'x' x 9000);
log_image('dot.png', 'dot.png');
for my $step (0 .. 2) {
    log_metric('train/loss' => 1 / ($step + 3));
    log_metric(small => 1e-7 * ($step + 1));
    log_metric(count => 9007199254740990 + $step);
    log_metric('a "name" = é' => 0.1 + 0.2);
    log_metric(rank => $step);
    log_metric(nan  => 'nan');
    log_metric(inf  => -9**9**9);
    next_step();
}
set_step(10);
log_metric(late => 0.5);
summary(best   => 0.25);
summary(rounds => 3);
log_artifact('model.bin', type => 'model', name => 'net');
