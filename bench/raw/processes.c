/* Starting a program. Here and not in .NET, whose way of starting one costs as much as a small program. */
#include "clock.h"
#include <fcntl.h>
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
