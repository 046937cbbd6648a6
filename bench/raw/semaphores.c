/* glibc's sem_t, a bare cache line and a bare futex, for one process and for two. */
#include "clock.h"
#include <linux/futex.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <signal.h>
#include <unistd.h>

/* A child of the bench ends with it, however it ends. */
void bench_die_with_parent(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
}

int bench_sem_size(void) { return sizeof(sem_t); }

int bench_sem_init(void *at) { return sem_init((sem_t *)at, 1, 1); }

int64_t bench_sem_cycle(void *at, int count)
{
    sem_t *s = at;
    int64_t start = now();
    for (int i = 0; i < count; i++) {
        sem_post(s);
        sem_wait(s);
    }
    return now() - start;
}

int64_t bench_thread_cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Two processes pass a cache line back and forth, which begins at 0: `side` 0 waits for even numbers, 1 for odd ones. */
int64_t bench_ping_pong(void *line, int side, int rounds)
{
    _Atomic uint32_t *turn = line;
    int64_t start = now();
    for (int i = 0; i < rounds; i++) {
        uint32_t mine = 2u * (uint32_t)i + (uint32_t)side;
        while (atomic_load_explicit(turn, memory_order_acquire) != mine)
            ;
        atomic_store_explicit(turn, mine + 1, memory_order_release);
    }
    return now() - start;
}

static long futex(_Atomic uint32_t *word, int op, uint32_t value)
{
    return syscall(SYS_futex, word, op, value, NULL, NULL, FUTEX_BITSET_MATCH_ANY);
}

/* A sleeping waiter: sleeps until *word is 1, takes it back to 0, notes when it was awake. */
void bench_futex_wait(void *at, int64_t *woken)
{
    _Atomic uint32_t *word = at;
    while (atomic_load(word) != 1)
        futex(word, FUTEX_WAIT_BITSET, 0);
    *(volatile int64_t *)woken = now();
    atomic_store(word, 0);
}

void bench_futex_wake(void *at, int64_t *posted)
{
    _Atomic uint32_t *word = at;
    *(volatile int64_t *)posted = now();
    atomic_store(word, 1);
    futex(word, FUTEX_WAKE, 1);
}
