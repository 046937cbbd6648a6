/* What the .NET runtime does to a process's signals when it starts, and what of it is left out in a library for C programs. */
#define _GNU_SOURCE
#include <signal.h>

typedef void (*handler)(int);

/*
 * The runtime calls signal(SIGPIPE, SIG_IGN) at its start, which is the program's first call of ours, whenever that is. SIGPIPE is the
 * program's own: what it set stays, with no moment in which it is different. Linked with --wrap=signal, so that the runtime's calls of signal,
 * and nobody else's, come here.
 */
handler __real_signal(int number, handler action);
handler __wrap_signal(int number, handler action);

handler __wrap_signal(int number, handler action)
{
    return number == SIGPIPE ? SIG_DFL : __real_signal(number, action);
}
