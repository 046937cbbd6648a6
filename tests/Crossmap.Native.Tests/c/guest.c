/*
 * The library as a guest of the process: loaded late, its runtime started by the first call. What the program made of its signals before
 * stays, but for those that the header names; threads come and go; a fault of the program's own still kills it.
 */
#include <crossmap.h>
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHECK(condition)                                                      \
    do {                                                                      \
        if (!(condition)) {                                                   \
            fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition);   \
            exit(1);                                                          \
        }                                                                     \
    } while (0)

static HANDLE (*create)(LPSECURITY_ATTRIBUTES, LONG, LONG, LPCSTR);
static DWORD (*await)(HANDLE, DWORD);
static BOOL (*release)(HANDLE, LONG, LPLONG);
static BOOL (*shut)(HANDLE);
static struct sigaction before[65], after[65];
static HANDLE semaphore;

static void record(struct sigaction *actions)
{
    int i;

    for (i = 1; i < 65; i++) {
        memset(&actions[i], 0, sizeof actions[i]);
        sigaction(i, NULL, &actions[i]);
    }
}

/* Of the mask only what the kernel has: glibc leaves the rest as it was on the stack. */
static int is_same(const struct sigaction *one, const struct sigaction *other)
{
    return one->sa_handler == other->sa_handler && one->sa_flags == other->sa_flags && memcmp(&one->sa_mask, &other->sa_mask, 8) == 0;
}

static void handler(int number)
{
    (void)number;
}

static void on_fault(int number)
{
    (void)number;
    puts("caught");
    fflush(stdout);
    _exit(3);
}

static void *visit(void *unused)
{
    int i;

    (void)unused;
    for (i = 0; i < 200; i++) {
        CHECK(await(semaphore, INFINITE) == WAIT_OBJECT_0);
        CHECK(release(semaphore, 1, NULL));
    }

    return NULL;
}

int main(int count, char **arguments)
{
    /* SIGRTMIN is the third of the kernel's; glibc has the first two. */
    static const int changed[] = {SIGFPE, SIGSEGV};
    void *library;
    pthread_t threads[64];
    sigset_t mask, now;
    int i, round;

    CHECK(count == 3);
    library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL);
    CHECK(library != NULL);

    /* Behind the loading and before the first call. */
    signal(SIGPIPE, arguments[2][0] == 'd' ? SIG_DFL : handler);
    signal(SIGUSR1, handler);
    signal(SIGCHLD, SIG_IGN);
    if (arguments[2][0] == 'c') {
        signal(SIGSEGV, on_fault);
    }

    record(before);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    *(void **)&create = dlsym(library, "crossmap_CreateSemaphoreA");
    *(void **)&await = dlsym(library, "crossmap_WaitForSingleObject");
    *(void **)&release = dlsym(library, "crossmap_ReleaseSemaphore");
    *(void **)&shut = dlsym(library, "crossmap_CloseHandle");
    CHECK(create != NULL && await != NULL && release != NULL && shut != NULL);
    semaphore = create(NULL, 4, 64, NULL);
    CHECK(semaphore != NULL);
    for (round = 0; round < 3; round++) {
        for (i = 0; i < 64; i++) {
            CHECK(pthread_create(&threads[i], NULL, visit, NULL) == 0);
        }

        for (i = 0; i < 64; i++) {
            CHECK(pthread_join(threads[i], NULL) == 0);
        }
    }

    record(after);
    for (i = 1; i < 65; i++) {
        int mayChange = i == changed[0] || i == changed[1] || i == SIGRTMIN;

        if (!mayChange && !is_same(&before[i], &after[i])) {
            fprintf(stderr, "signal %d changed\n", i);
            return 1;
        }
    }

    sigprocmask(SIG_BLOCK, NULL, &now);
    CHECK(memcmp(&mask, &now, 8) == 0);
    dlclose(library);
    CHECK(await(semaphore, 0) == WAIT_OBJECT_0);
    CHECK(shut(semaphore));
    puts("done");
    fflush(stdout);
    if (arguments[2][0] == 'c' || arguments[2][0] == 'f') {
        *(volatile int *)16 = 0;
    }

    return 0;
}
