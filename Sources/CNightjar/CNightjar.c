#if defined(__linux__)
#define _GNU_SOURCE
#endif

#include "CNightjar.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#if defined(__APPLE__)
#include <pthread/qos.h>
#elif defined(__linux__)
#include <sys/prctl.h>
#endif

struct start {
    char name[16]; // the kernel keeps fifteen characters and a zero
    int background;
    void (*body)(void *);
    void *context;
};

static _Thread_local int is_background = 0;
static _Thread_local unsigned long long wait_limit = 0;

int nightjar_thread_is_background(void) { return is_background; }
unsigned long long nightjar_thread_wait_limit(void) { return wait_limit; }
void nightjar_thread_waits_until(unsigned long long limit) { wait_limit = limit; }

void nightjar_thread_naps(void) {
#if defined(__linux__)
    prctl(PR_SET_TIMERSLACK, 1000UL, 0, 0, 0);
#endif
}

static void *run(void *argument) {
    struct start start = *(struct start *)argument;
    free(argument);
    is_background = start.background;
#if defined(__APPLE__)
    pthread_setname_np(start.name);
    if (start.background) pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0);
#elif defined(__linux__)
    pthread_setname_np(pthread_self(), start.name);
    if (start.background) {
        struct sched_param parameter = {.sched_priority = 0};
        pthread_setschedparam(pthread_self(), SCHED_IDLE, &parameter);
    }
#endif
    start.body(start.context);
    return NULL;
}

int nightjar_thread_start(const char *name, int background, void (*body)(void *), void *context) {
    struct start *start = calloc(1, sizeof(*start));
    if (start == NULL) return 12; // ENOMEM
    strncpy(start->name, name, sizeof(start->name) - 1);
    start->background = background;
    start->body = body;
    start->context = context;

    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_t thread;
    int result = pthread_create(&thread, &attributes, run, start);
    pthread_attr_destroy(&attributes);
    if (result != 0) free(start);
    return result;
}
