/* glibc's robust mutex and its sem_t as a lock, shared between processes: alone, and with another process that wants it too. */
#include "clock.h"
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

int bench_mutex_size(void) { return sizeof(pthread_mutex_t); }

int bench_mutex_init(void *at)
{
    pthread_mutexattr_t a;
    return pthread_mutexattr_init(&a) || pthread_mutexattr_setpshared(&a, PTHREAD_PROCESS_SHARED) ||
           pthread_mutexattr_setrobust(&a, PTHREAD_MUTEX_ROBUST) || pthread_mutex_init((pthread_mutex_t *)at, &a);
}

int64_t bench_mutex_cycle(void *at, int count)
{
    pthread_mutex_t *m = at;
    int64_t start = now();
    for (int i = 0; i < count; i++) {
        pthread_mutex_lock(m);
        pthread_mutex_unlock(m);
    }
    return now() - start;
}

/* Until *stop: how often this side had the lock. What it guards is one counter. */
int64_t bench_mutex_contend(void *at, int *stop, int64_t *guarded)
{
    pthread_mutex_t *m = at;
    int64_t times = 0;
    for (; !*(volatile int *)stop; times++) {
        pthread_mutex_lock(m);
        *(volatile int64_t *)guarded += 1;
        pthread_mutex_unlock(m);
    }
    return times;
}

int64_t bench_sem_contend(void *at, int *stop, int64_t *guarded)
{
    sem_t *s = at;
    int64_t times = 0;
    for (; !*(volatile int *)stop; times++) {
        sem_wait(s);
        *(volatile int64_t *)guarded += 1;
        sem_post(s);
    }
    return times;
}
