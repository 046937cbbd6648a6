/* Every loop measures itself and returns nanoseconds: the call into C costs nothing that is counted. */
#ifndef CROSSMAP_BENCH_CLOCK_H
#define CROSSMAP_BENCH_CLOCK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <stdint.h>
#include <time.h>

static inline int64_t now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#endif
