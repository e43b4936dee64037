/* dvclive.h: log metrics, params, images and artifacts of a C program to `dvclive run`. C99 and POSIX.
 *
 * In one source file, before every other #include:
 *
 *     #define DVCLIVE_IMPLEMENTATION
 *     #include "dvclive.h"
 *
 * elsewhere only the #include. Under `dvclive run` records go through the FIFO that DVCLIVE_FIFO names; else
 * they are printed as "@dvclive ..." lines. Nothing here blocks the program, ends it, or fails it: if the
 * recorder is gone, one line on stderr says so. Threads and forked processes may log at the same time.
 */
#ifndef DVCLIVE_H
#define DVCLIVE_H

#if defined(DVCLIVE_IMPLEMENTATION) && !defined(_POSIX_C_SOURCE)
#define _POSIX_C_SOURCE 200809L
#endif

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One point of one curve, at the current step. */
void dvclive_log_metric(const char *name, double value);
void dvclive_log_metric_int(const char *name, long long value);

/* A parameter of the run. */
void dvclive_log_param(const char *name, double value);
void dvclive_log_param_int(const char *name, long long value);
void dvclive_log_param_bool(const char *name, bool value);
void dvclive_log_param_text(const char *name, const char *value);

/* A result of the run: a number beside the metrics, without a curve. */
void dvclive_summary(const char *name, double value);
void dvclive_summary_int(const char *name, long long value);
void dvclive_summary_bool(const char *name, bool value);
void dvclive_summary_text(const char *name, const char *value);

/* The step goes up by one; or is set. It begins at 0. */
void dvclive_next_step(void);
void dvclive_set_step(long long step);

/* An image file; what it holds now is recorded, so it may be overwritten afterwards. */
void dvclive_log_image(const char *name, const char *path);

/* A file or folder to track with DVC. `type` ("model", "dataset") and `name` may be NULL. */
void dvclive_log_artifact(const char *path, const char *type, const char *name);

/* Any other record of `dvclive help-protocol`, without newline: dvclive_line("progress 30/100"). */
void dvclive_line(const char *record);

#ifdef __cplusplus
}
#endif
#endif /* DVCLIVE_H */

#if defined(DVCLIVE_IMPLEMENTATION) && !defined(DVCLIVE_IMPLEMENTED)
#define DVCLIVE_IMPLEMENTED

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#if !defined(O_CLOEXEC) || !defined(S_ISFIFO)
#error "include dvclive.h before every other header, so that POSIX is declared (or compile with -D_POSIX_C_SOURCE=200809L)"
#endif

/* Bytes that one write(2) puts into a FIFO whole among many writers: PIPE_BUF, pipe(7). */
#define DVCLIVE_RECORD 4096

static struct {
    volatile int lock; /* the pid that holds it, or 0 */
    int ready, warned, fd, backlog;
    long pid, count;
    size_t folder;                /* length of the folder in `path` */
    char path[PATH_MAX];          /* the FIFO */
    char waiting[PATH_MAX];       /* the backlog: lines that wait for room in the FIFO, in order */
} dvclive_ = {0, 0, 0, -1, -1, 0, 0, 0, {0}, {0}};

static void dvclive_nap(long nanoseconds)
{
    struct timespec nap;
    nap.tv_sec = 0;
    nap.tv_nsec = nanoseconds;
    nanosleep(&nap, NULL);
}

/* A lock that a forked child may take although a thread of its parent held it: no pthread, no deadlock. */
static void dvclive_take(void)
{
    int me = (int)getpid(), holder;
    while ((holder = __sync_val_compare_and_swap(&dvclive_.lock, 0, me)) != 0) {
        if (holder != me && __sync_bool_compare_and_swap(&dvclive_.lock, holder, me))
            return;
        dvclive_nap(20000);
    }
}

static void dvclive_give(void)
{
    __sync_lock_release(&dvclive_.lock);
}

static void dvclive_warn(const char *what, const char *path, const char *why)
{
    if (!dvclive_.warned)
        fprintf(stderr, "dvclive: %s %s: %s. What is logged from here on is not recorded; the program goes on.\n",
                what, path, why);
    dvclive_.warned = 1;
}

static void dvclive_dead(int error)
{
    if (dvclive_.fd >= 0)
        close(dvclive_.fd);
    dvclive_.fd = -1;
    dvclive_warn("the recorder of this run cannot be reached through", dvclive_.path,
                 error == ENXIO || error == EPIPE ? "nobody reads it" : error ? strerror(error) : "not a FIFO");
}

/* Write a line of at most DVCLIVE_RECORD bytes, whole or not at all; 0 where the FIFO is full or dead. */
static int dvclive_write(const char *line, size_t size)
{
    sigset_t pipe_signal, before;
    struct timespec none = {0, 0};
    ssize_t done;
    int error;
    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigprocmask(SIG_BLOCK, &pipe_signal, &before); /* on Linux: of this thread */
    do
        done = write(dvclive_.fd, line, size);
    while (done < 0 && errno == EINTR);
    error = errno;
    if (done < 0 && error == EPIPE)
        sigtimedwait(&pipe_signal, NULL, &none);
    sigprocmask(SIG_SETMASK, &before, NULL);
    if (done < 0 && error != EAGAIN)
        dvclive_dead(error);
    return done >= 0;
}

/* A new file in the channel's folder; its path in `path`. */
static int dvclive_create(char *path, const char *suffix)
{
    int fd, size;
    do {
        size = snprintf(path, PATH_MAX, "%.*s/c-%ld-%ld%.8s", (int)dvclive_.folder, dvclive_.path, dvclive_.pid,
                        ++dvclive_.count, suffix);
        if (size >= PATH_MAX)
            errno = ENAMETOOLONG;
        fd = size >= PATH_MAX ? -1 : open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    } while (fd < 0 && errno == EEXIST);
    return fd;
}

static int dvclive_write_all(int fd, const char *data, size_t size)
{
    while (size) {
        ssize_t done = write(fd, data, size);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return 0;
        data += done;
        size -= (size_t)done;
    }
    return 1;
}

static void dvclive_no_room(void)
{
    dvclive_warn("values are lost, no file can be written beside", dvclive_.path, strerror(errno));
}

/* Tell the recorder of the backlog; 0 where the FIFO is still full. */
static int dvclive_hand_over(void)
{
    char line[PATH_MAX + 16];
    int size = snprintf(line, sizeof line, "{\"@file\": \"%s\"}\n", dvclive_.waiting + dvclive_.folder + 1);
    if (!dvclive_write(line, (size_t)size))
        return 0;
    close(dvclive_.backlog);
    dvclive_.backlog = -1;
    return 1;
}

static void dvclive_wait_in_file(const char *line, size_t size)
{
    if (dvclive_.backlog < 0)
        dvclive_.backlog = dvclive_create(dvclive_.waiting, ".lines");
    if (dvclive_.backlog < 0 || !dvclive_write_all(dvclive_.backlog, line, size))
        dvclive_no_room();
}

/* At the program's end: what waits is handed over, if there is room within five seconds. */
static void dvclive_at_exit(void)
{
    int naps = 0;
    dvclive_take();
    while (dvclive_.fd >= 0 && dvclive_.backlog >= 0 && dvclive_.pid == (long)getpid() && !dvclive_hand_over() &&
           naps++ < 1000)
        dvclive_nap(5000000);
    dvclive_give();
}

static void dvclive_open(void)
{
    const char *path = getenv("DVCLIVE_FIFO");
    struct stat about;
    dvclive_.ready = 1;
    if (!path || !*path)
        return;
    if (strlen(path) >= sizeof dvclive_.path) {
        dvclive_warn("no FIFO", "DVCLIVE_FIFO", strerror(ENAMETOOLONG));
        dvclive_.path[0] = '/'; /* not stdout */
        return;
    }
    strcpy(dvclive_.path, path);
    dvclive_.folder = strrchr(path, '/') ? (size_t)(strrchr(path, '/') - path) : 0;
    dvclive_.fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
    if (dvclive_.fd < 0)
        dvclive_dead(errno);
    else if (fstat(dvclive_.fd, &about) < 0 || !S_ISFIFO(about.st_mode))
        dvclive_dead(0);
    else
        atexit(dvclive_at_exit);
}

/* Take the lock, ready to send; whether records go through the FIFO. */
static int dvclive_begin(void)
{
    dvclive_take();
    if (!dvclive_.ready)
        dvclive_open();
    if (dvclive_.pid != (long)getpid()) { /* after fork() the backlog is the parent's */
        if (dvclive_.backlog >= 0)
            close(dvclive_.backlog);
        dvclive_.backlog = -1;
        dvclive_.pid = (long)getpid();
    }
    return dvclive_.path[0] != 0;
}

static void dvclive_send(const char *line, size_t size)
{
    if (!dvclive_begin()) {
        printf("@dvclive %s", line);
        fflush(stdout);
    } else if (dvclive_.fd >= 0) {
        if (dvclive_.backlog >= 0 && !dvclive_hand_over()) {
            dvclive_wait_in_file(line, size);
        } else if (size > DVCLIVE_RECORD) { /* too long for the FIFO: a backlog of one line */
            dvclive_wait_in_file(line, size);
            if (dvclive_.backlog >= 0)
                dvclive_hand_over();
        } else if (dvclive_.fd >= 0 && !dvclive_write(line, size) && dvclive_.fd >= 0) {
            dvclive_wait_in_file(line, size);
        }
    }
    dvclive_give();
}

/* Put a record together from parts: "%s" text as it is, "%j" a JSON string, "%k" a name, "%d" a long long, "%f" a double. */
static void dvclive_record(const char *format, ...);

static void dvclive_name_word(char **to, const char *text, int bare)
{
    static const char *const reserved[] = {"step", "timestamp", "plot", "rank"};
    size_t i;
    const unsigned char *c;
    for (c = (const unsigned char *)text; *c && bare; c++)
        bare = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
               (c != (const unsigned char *)text && strchr("_-./", *c));
    for (i = 0; i < 4; i++)
        bare = bare && strcmp(text, reserved[i]);
    if (bare && *text) {
        *to += sprintf(*to, "%s", text);
        return;
    }
    *(*to)++ = '"';
    for (c = (const unsigned char *)text; *c; c++) {
        if (*c == '"' || *c == '\\')
            *to += sprintf(*to, "\\%c", *c);
        else if (*c < 0x20 || *c == 0x7f)
            *to += sprintf(*to, "\\u%04x", *c);
        else
            *(*to)++ = (char)*c;
    }
    *(*to)++ = '"';
}

/* The shortest text that reads back as the same number, with a point in it, whatever the locale. */
static void dvclive_number(char **to, double value)
{
    char *start = *to, *c;
    int digits;
    if (value != value || value - value != 0) {
        *to += sprintf(*to, "%s", value != value ? "nan" : value > 0 ? "inf" : "-inf");
        return;
    }
    for (digits = 15; digits <= 17; digits++) {
        *to = start + sprintf(start, "%.*g", digits, value);
        if (strtod(start, NULL) == value)
            break;
    }
    for (c = start; *c; c++)
        if (*c == ',')
            *c = '.';
    if (!strpbrk(start, ".e"))
        *to += sprintf(*to, ".0");
}

static void dvclive_record(const char *format, ...)
{
    va_list parts;
    const char *c;
    char *line, *to;
    size_t room = strlen(format) + 2;
    va_start(parts, format);
    for (c = format; *c; c++) {
        if (*c != '%')
            continue;
        c++;
        if (*c == 'd')
            (void)va_arg(parts, long long), room += 32;
        else if (*c == 'f')
            (void)va_arg(parts, double), room += 40;
        else
            room += 6 * strlen(va_arg(parts, const char *)) + 2;
    }
    va_end(parts);
    line = to = (char *)malloc(room);
    if (!line)
        return;
    va_start(parts, format);
    for (c = format; *c; c++) {
        if (*c != '%') {
            *to++ = *c;
            continue;
        }
        c++;
        if (*c == 'd')
            to += sprintf(to, "%lld", va_arg(parts, long long));
        else if (*c == 'f')
            dvclive_number(&to, va_arg(parts, double));
        else if (*c == 's')
            to += sprintf(to, "%s", va_arg(parts, const char *));
        else
            dvclive_name_word(&to, va_arg(parts, const char *), *c == 'k');
    }
    va_end(parts);
    *to++ = '\n';
    *to = 0;
    dvclive_send(line, (size_t)(to - line));
    free(line);
}

void dvclive_log_metric(const char *name, double value) { dvclive_record("%k=%f", name, value); }
void dvclive_log_metric_int(const char *name, long long value) { dvclive_record("%k=%d", name, value); }
void dvclive_log_param(const char *name, double value) { dvclive_record("param %k=%f", name, value); }
void dvclive_log_param_int(const char *name, long long value) { dvclive_record("param %k=%d", name, value); }
void dvclive_log_param_bool(const char *name, bool value) { dvclive_record("param %k=%s", name, value ? "true" : "false"); }
void dvclive_log_param_text(const char *name, const char *value) { dvclive_record("param %k=%j", name, value); }
void dvclive_summary(const char *name, double value) { dvclive_record("summary %k=%f", name, value); }
void dvclive_summary_int(const char *name, long long value) { dvclive_record("summary %k=%d", name, value); }
void dvclive_summary_bool(const char *name, bool value) { dvclive_record("summary %k=%s", name, value ? "true" : "false"); }
void dvclive_summary_text(const char *name, const char *value) { dvclive_record("summary %k=%j", name, value); }
void dvclive_next_step(void) { dvclive_record("next-step"); }
void dvclive_set_step(long long step) { dvclive_record("step %d", step); }
void dvclive_line(const char *record) { dvclive_record("%s", record); }

void dvclive_log_artifact(const char *path, const char *type, const char *name)
{
    if (type && name)
        dvclive_record("artifact %j type=%j name=%j", path, type, name);
    else if (type || name)
        dvclive_record(type ? "artifact %j type=%j" : "artifact %j name=%j", path, type ? type : name);
    else
        dvclive_record("artifact %j", path);
}

/* Copy a file into the channel's folder, where the recorder finds it and removes it; 0 if that cannot be. */
static int dvclive_copy(const char *path, char *copy)
{
    char block[65536];
    const char *dot = strrchr(path, '.');
    int from = open(path, O_RDONLY | O_CLOEXEC), to = -1;
    ssize_t got = from < 0 ? -1 : read(from, block, sizeof block);
    if (got < 0) {
        fprintf(stderr, "dvclive: the image %s cannot be read: %s.\n", path, strerror(errno));
    } else {
        to = dvclive_create(copy, dot && !strchr(dot, '/') ? dot : "");
        while (to >= 0 && got > 0 && dvclive_write_all(to, block, (size_t)got))
            got = read(from, block, sizeof block);
        if (to < 0 || got != 0)
            dvclive_no_room();
    }
    if (from >= 0)
        close(from);
    if (to >= 0)
        close(to);
    if (to >= 0 && got != 0)
        unlink(copy);
    return to >= 0 && got == 0;
}

void dvclive_log_image(const char *name, const char *path)
{
    char copy[PATH_MAX];
    int through_fifo = dvclive_begin(), copied = through_fifo && dvclive_.fd >= 0 && dvclive_copy(path, copy);
    dvclive_give();
    if (copied || !through_fifo)
        dvclive_record("image %j path=%j", name, copied ? copy : path);
}

#endif /* DVCLIVE_IMPLEMENTATION */
