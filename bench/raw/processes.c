/* Starting a program. Here and not in .NET, whose way of starting one costs as much as a small program. And on which processor a thread runs. */
#include "clock.h"
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

/* From before the start until the program, whose whole environment is `variable`, writes its first byte; -1 when it writes none or fails. */
int64_t bench_start(const char *program, const char *variable)
{
    int ends[2], status = -1;
    if (pipe2(ends, O_CLOEXEC))
        return -1;
    posix_spawn_file_actions_t actions;
    char *const arguments[] = { (char *)program, NULL }, *const environment[] = { (char *)variable, NULL };
    pid_t started = -1;
    char byte;
    int64_t took = -1;
    if (posix_spawn_file_actions_init(&actions) == 0) {
        int64_t start = now();
        if (posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO) || posix_spawn(&started, program, &actions, NULL, arguments, environment))
            started = -1;
        close(ends[1]);
        if (started > 0 && read(ends[0], &byte, 1) == 1)
            took = now() - start;
        posix_spawn_file_actions_destroy(&actions);
    } else {
        close(ends[1]);
    }
    close(ends[0]);
    return started > 0 && waitpid(started, &status, 0) == started && status == 0 ? took : -1;
}

/*
 * This thread, on the first or the second processor that the process may use (0, 1), or on all of them again (-1). Where there is only one,
 * nothing changes. The first call is the main thread's: later ones inherit what it has set.
 */
void bench_run_on(int which)
{
    static cpu_set_t all;
    static int known;
    cpu_set_t one;
    if (!known) {
        if (sched_getaffinity(0, sizeof all, &all))
            return;
        known = 1;
    }
    if (which < 0) {
        sched_setaffinity(0, sizeof all, &all);
        return;
    }
    CPU_ZERO(&one);
    for (int i = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &all) && which-- == 0) {
            CPU_SET(i, &one);
            sched_setaffinity(0, sizeof one, &one);
            return;
        }
}
