package Dvclive;

# Log metrics, params, images and artifacts of a Perl program to `dvclive run`. Core modules only, Perl 5.14.
#
#   use lib 'folder/of/this/file';
#   use Dvclive;
#
#   log_param(lr => 0.1);
#   log_metric(loss => 0.52);                  # at the current step, or: log_metric(loss => 0.52, step => 3)
#   next_step();                               # or: set_step(7)
#   summary(best => 0.52);
#   log_image('curve.png', 'out/c.png');
#   log_artifact('model.pt', type => 'model', copy => 1, labels => ['a'], meta => {k => 1});
#   Dvclive::line('progress 30/100');          # any other record of `dvclive help-protocol`
#
# Under `dvclive run` records go through the FIFO that DVCLIVE_FIFO names; else they are printed as
# "@dvclive ..." lines. What looks like a number is one. Nothing here blocks the program, ends it or dies: if
# the recorder is gone, one line on stderr says so. Forked processes may log at the same time.

use strict;
use warnings;
use Errno qw(EAGAIN EEXIST EINTR ENXIO EPIPE);
use Exporter qw(import);
use Fcntl qw(O_APPEND O_CREAT O_EXCL O_NONBLOCK O_WRONLY);
use File::Basename qw(dirname);
use IO::Handle;
use Scalar::Util qw(looks_like_number);

our @EXPORT = qw(log_metric log_param next_step set_step log_image log_artifact summary);

use constant RECORD => 4096;    # one write(2) is whole among many writers: PIPE_BUF, pipe(7)

my ($ready, $warned, $path, $folder, $fifo);
my ($backlog, $waiting);        # a file of lines that wait for room in the FIFO, in order, and its name
my $count = 0;
my $pid   = 0;

sub log_metric {
    my ($name, $value, %about) = @_;
    line(_word($name) . '=' . _value($value) . join '', map {" $_=" . _value($about{$_})} sort keys %about);
}

sub log_param { my ($name, $value) = @_; line('param ' . _word($name) . '=' . _value($value)) }

sub summary { my ($name, $value) = @_; line('summary ' . _word($name) . '=' . _value($value)) }

sub next_step { line('next-step') }

sub set_step { my ($step) = @_; line("step $step") }

sub log_artifact {
    my ($file, %about) = @_;
    for my $flag (qw(copy cache)) {
        $about{$flag} = $about{$flag} ? \1 : \0 if exists $about{$flag};
    }
    line('artifact ' . _json($file) . join '',
        map {" $_=" . (ref $about{$_} ? _value($about{$_}) : _json($about{$_}))} sort keys %about);
}

# What the image file holds now is recorded: it may be overwritten afterwards.
sub log_image {
    my ($name, $file) = @_;
    _open();
    if ($path) {
        return if !$fifo;
        my $from;
        if (!open $from, '<:raw', $file) {
            print STDERR "dvclive: the image $file cannot be read: $!.\n";
            return;
        }
        my ($suffix) = $file =~ m{(\.[^./]*)\z};
        my ($to, $copy) = _create($suffix // '');
        local $/;
        return if !$to || !_write_all($to, scalar <$from>);
        $file = "$folder/$copy";
    }
    line('image ' . _json($name) . ' path=' . _json($file));
}

# One record, without newline.
sub line {
    my ($line) = @_;
    _open();
    $line = _bytes($line) . "\n";
    if (!$path) {
        local ($,, $\);
        my $out = "\@dvclive $line";
        utf8::decode($out) if grep {/^(?:utf8|encoding)/} PerlIO::get_layers(*STDOUT, output => 1);
        print STDOUT $out;
        STDOUT->flush;
    }
    elsif (!$fifo) { }
    elsif ($backlog && !_hand_over()) { _wait_in_file($line) }
    elsif (length $line > RECORD) {    # too long for the FIFO: a backlog of one line
        _wait_in_file($line);
        _hand_over() if $backlog;
    }
    elsif ($fifo && !_write($line)) { _wait_in_file($line) if $fifo }
    return;
}

# At the program's end: what waits is handed over, if there is room within five seconds.
END {
    local ($?, $!);
    for (1 .. 1000) {
        last if !$fifo || !$backlog || $pid != $$ || _hand_over();
        select undef, undef, undef, 0.005;
    }
}

sub _open {
    if ($pid != $$) {    # after fork the backlog is the parent's
        ($pid, $backlog) = ($$, undef);
    }
    return if $ready;
    $ready  = 1;
    $path   = $ENV{DVCLIVE_FIFO} // '';
    $folder = dirname($path);
    return if $path eq '';
    if    (!sysopen $fifo, $path, O_WRONLY | O_NONBLOCK) { _dead() }
    elsif (!-p $fifo)                                    { $! = 0; _dead() }
    return;
}

sub _dead {
    my $why = $!{ENXIO} || $!{EPIPE} ? 'nobody reads it' : $! || 'not a FIFO';
    undef $fifo;
    _warn("the recorder of this run cannot be reached through $path: $why");
}

sub _warn {
    my ($what) = @_;
    print STDERR "dvclive: $what. What is logged from here on is not recorded; the program goes on.\n" if !$warned++;
    return;
}

# Write a line of at most RECORD bytes, whole or not at all; false where the FIFO is full or dead.
sub _write {
    my ($line) = @_;
    local $SIG{PIPE} = 'IGNORE';
    local $!;
    my $done;
    do { $done = syswrite $fifo, $line } while !defined $done && $!{EINTR};
    _dead() if !defined $done && !$!{EAGAIN};
    return defined $done;
}

sub _create {
    my ($suffix) = @_;
    my ($file, $name);
    do {
        $name = sprintf 'pl-%d-%d%s', $$, ++$count, $suffix;
    } while !sysopen($file, "$folder/$name", O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0600) && $!{EEXIST};
    _warn("values are lost, no file can be written in $folder: $!") if !$file;
    return ($file, $name);
}

sub _write_all {
    my ($file, $data) = @_;
    my $at = 0;
    while ($at < length $data) {
        my $done = syswrite $file, $data, length($data) - $at, $at;
        if (!defined $done) {
            next if $!{EINTR};
            _warn("values are lost, no file can be written in $folder: $!");
            return 0;
        }
        $at += $done;
    }
    return 1;
}

sub _wait_in_file {
    my ($line) = @_;
    ($backlog, $waiting) = _create('.lines') if !$backlog;
    _write_all($backlog, $line) if $backlog;
    return;
}

# Tell the recorder of the backlog; false where the FIFO is still full.
sub _hand_over {
    _write(qq({"\@file": "$waiting"}\n)) or return 0;
    undef $backlog;
    return 1;
}

# Text as UTF-8: a source without `use utf8` holds bytes already.
sub _bytes {
    my ($text) = @_;
    my $copy = $text;
    utf8::encode($copy) if utf8::is_utf8($text) || !utf8::decode(my $try = $text);
    return $copy;
}

sub _json {
    my $text = _bytes($_[0]);
    $text =~ s/([\\"])/\\$1/g;
    $text =~ s/([\x00-\x1f\x7f])/sprintf '\u%04x', ord $1/ge;
    return qq("$text");
}

# A name: bare where that may stand.
sub _word {
    my ($name) = @_;
    return $name if $name =~ m{\A[A-Za-z0-9_][A-Za-z0-9_./-]*\z} && $name !~ /\A(?:step|timestamp|plot|rank)\z/;
    return _json($name);
}

sub _value {
    my ($value) = @_;
    return 'null' if !defined $value;
    if (ref $value eq 'ARRAY') { return '[' . join(',', map { _value($_) } @$value) . ']' }
    if (ref $value eq 'HASH') { return '{' . join(',', map { _json($_) . ':' . _value($value->{$_}) } sort keys %$value) . '}' }
    if (ref $value) { return $$value ? 'true' : 'false' }    # \1, \0 and the booleans of JSON modules
    return _json($value) if !looks_like_number($value) || $value =~ /\s/;
    return "$value" if $value != $value;
    for my $format ('%s', '%.16g') {                         # Perl itself prints 15 digits
        my $text = sprintf $format, $value;
        return $text if $text == $value;
    }
    return sprintf '%.17g', $value;
}

1;
