#define DVCLIVE_IMPLEMENTATION
#include "dvclive.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int count;

static void *work(void *name)
{
    for (int i = 0; i < count; i++)
        dvclive_log_metric_int(name, i);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc > 2) {
        char *names[] = {"w0", "w1", "w2", "w3"};
        pthread_t threads[4];
        count = atoi(argv[2]);
        for (int i = 0; i < 4; i++)
            pthread_create(&threads[i], NULL, work, names[i]);
        for (int i = 0; i < 4; i++)
            pthread_join(threads[i], NULL);
        return 0;
    }
    char text[9001] = {0};
    memset(text, 'x', 9000);
    dvclive_log_param("lr", 0.001);
    dvclive_log_param_int("epochs", 3);
    dvclive_log_param_text("model", "res \"net\" é\nline two \\ \t");
    dvclive_log_param_text("long", text);
    dvclive_log_image("dot.png", "dot.png");
    for (int step = 0; step < 3; step++) {
        dvclive_log_metric("train/loss", 1.0 / (step + 3));
        dvclive_log_metric("small", 1e-7 * (step + 1));
        dvclive_log_metric_int("count", 9007199254740990 + step);
        dvclive_log_metric("a \"name\" = é", 0.1 + 0.2);
        dvclive_log_metric_int("rank", step);
        dvclive_log_metric("nan", NAN);
        dvclive_log_metric("inf", -INFINITY);
        dvclive_next_step();
    }
    dvclive_set_step(10);
    dvclive_log_metric("late", 0.5);
    dvclive_summary("best", 0.25);
    dvclive_summary_int("rounds", 3);
    dvclive_log_artifact("model.bin", "model", "net");
    return 0;
}
