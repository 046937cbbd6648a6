/*
 * Opens argv[1] again and again so that nobody else may, and asks each time by a lock of the kernel's own on argv[2] whether that is so. Ends when
 * argv[3] times are done, or never.
 */
#include "check.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/file.h>

int main(int count, char **arguments)
{
    long times, refused = 0;
    int witness, turn;
    DWORD done;

    CHECK(count == 4);
    times = atol(arguments[3]);

    /* Opened first: a dead process's lowest descriptors are closed first, so the witness's lock goes before the file may be another's. */
    witness = open(arguments[2], O_RDWR | O_CLOEXEC);
    CHECK(witness >= 0);
    puts("begun");
    fflush(stdout);
    while (times != 0) {
        HANDLE file = CreateFileA(arguments[1], GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_ALWAYS, 0, NULL);

        if (file == INVALID_HANDLE_VALUE) {
            CHECK(GetLastError() == ERROR_SHARING_VIOLATION);
            refused++;
            continue;
        }

        CHECK(flock(witness, LOCK_EX | LOCK_NB) == 0);
        CHECK(WriteFile(file, "x", 1, &done, NULL) && done == 1);

        /* As long as it takes another to come to the same place, if he can. */
        for (turn = 0; turn < 3; turn++) {
            sched_yield();
        }

        CHECK(flock(witness, LOCK_UN) == 0);
        CHECK(CloseHandle(file));
        times--;
    }

    printf("done, refused %s\n", refused ? "sometimes" : "never");
    return 0;
}
