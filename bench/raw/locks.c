/* glibc's reader-writer lock, and its condition variable with its robust mutex, shared between processes. */
#include "clock.h"
#include <pthread.h>

int bench_rwlock_size(void) { return sizeof(pthread_rwlock_t); }

int bench_rwlock_init(void *at)
{
    pthread_rwlockattr_t a;
    return pthread_rwlockattr_init(&a) || pthread_rwlockattr_setpshared(&a, PTHREAD_PROCESS_SHARED) ||
           pthread_rwlock_init((pthread_rwlock_t *)at, &a);
}

int64_t bench_rwlock_read_cycle(void *at, int count)
{
    pthread_rwlock_t *l = at;
    int64_t start = now();
    for (int i = 0; i < count; i++) {
        pthread_rwlock_rdlock(l);
        pthread_rwlock_unlock(l);
    }
    return now() - start;
}

int64_t bench_rwlock_write_cycle(void *at, int count)
{
    pthread_rwlock_t *l = at;
    int64_t start = now();
    for (int i = 0; i < count; i++) {
        pthread_rwlock_wrlock(l);
        pthread_rwlock_unlock(l);
    }
    return now() - start;
}

int bench_cond_init(void *at)
{
    pthread_condattr_t a;
    return pthread_condattr_init(&a) || pthread_condattr_setpshared(&a, PTHREAD_PROCESS_SHARED) ||
           pthread_cond_init((pthread_cond_t *)at, &a);
}

/* Two processes pass a turn back and forth, which begins at 0: `side` 0 makes odd numbers, 1 even ones, and each waits for the other's. */
int64_t bench_cond_ping_pong(void *mutex, void *cond, int *turn, int side, int rounds)
{
    pthread_mutex_t *m = mutex;
    pthread_cond_t *c = cond;
    int64_t start = now();
    for (int i = 0; i < rounds; i++) {
        int mine = 2 * i + side;
        pthread_mutex_lock(m);
        while (*turn != mine)
            pthread_cond_wait(c, m);
        *turn = mine + 1;
        pthread_cond_broadcast(c);
        pthread_mutex_unlock(m);
    }
    return now() - start;
}
