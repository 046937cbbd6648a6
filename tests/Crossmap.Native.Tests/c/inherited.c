/*
 * Handles that exec'ed children inherit under their values: argv[1] is a file. The program starts itself as its child, and the child itself as
 * the grandchild: argv[2] is the generation then, and the values follow.
 */
#include "check.h"
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { SECTION, READER, SEMAPHORE, MUTEX, EVENT, FILE_SECTION, NAMED, KINDS };

static HANDLE handles[KINDS];

static void start(const char *self, char *file, char *generation, int posix)
{
    char text[KINDS][20], *arguments[KINDS + 4];
    int i, status;
    pid_t child = -1;

    arguments[0] = (char *)self;
    arguments[1] = file;
    arguments[2] = generation;
    for (i = 0; i < KINDS; i++) {
        snprintf(text[i], sizeof text[i], "%zx", (size_t)handles[i]);
        arguments[i + 3] = text[i];
    }

    arguments[KINDS + 3] = NULL;
    if (posix) {
        CHECK(posix_spawn(&child, self, NULL, NULL, arguments, environ) == 0);
    } else if ((child = fork()) == 0) {
        execv(self, arguments);
        _exit(99);
    }

    CHECK(child > 0 && waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static void use(int generation)
{
    LONG *shared = (LONG *)MapViewOfFile(handles[SECTION], FILE_MAP_ALL_ACCESS, 0, 0, 0);
    LONG previous;
    char *file;

    CHECK(shared != NULL);
    FAILS(ERROR_ACCESS_DENIED, MapViewOfFile(handles[READER], FILE_MAP_WRITE, 0, 0, 0));
    CHECK(*shared == generation - 1);
    ++*shared;
    CHECK(ReleaseSemaphore(handles[SEMAPHORE], 1, &previous) && previous == generation - 1);
    CHECK(WaitForSingleObject(handles[MUTEX], 0) == (generation > 1 ? WAIT_TIMEOUT : WAIT_OBJECT_0));
    FAILS(ERROR_INVALID_HANDLE, SetEvent(handles[EVENT]));
    file = (char *)MapViewOfFile(handles[FILE_SECTION], FILE_MAP_ALL_ACCESS, 0, 0, 0);
    CHECK(file != NULL);
    file[generation] = (char)('0' + generation);
    CHECK(SetEvent(handles[NAMED]));
    CHECK(UnmapViewOfFile(file) && UnmapViewOfFile(shared));
}

int main(int count, char **arguments)
{
    SECURITY_ATTRIBUTES inherited = {sizeof inherited, NULL, TRUE};
    HANDLE file, copy;
    LONG *shared;
    int i;

    if (count > 3) {
        CHECK(count == KINDS + 3);
        for (i = 0; i < KINDS; i++) {
            handles[i] = (HANDLE)strtoull(arguments[i + 3], NULL, 16);
        }

        use(atoi(arguments[2]));
        if (arguments[2][0] == '1') {
            start(arguments[0], arguments[1], "2", 0);
        }

        return 0;
    }

    handles[SECTION] = CreateFileMappingA(NULL, &inherited, PAGE_READWRITE, 0, 4096, NULL);
    CHECK(handles[SECTION] != NULL);
    CHECK(DuplicateHandle(GetCurrentProcess(), handles[SECTION], GetCurrentProcess(), &handles[READER], FILE_MAP_READ, TRUE, 0));
    handles[SEMAPHORE] = CreateSemaphoreA(&inherited, 0, 10, NULL);
    handles[MUTEX] = CreateMutexA(NULL, FALSE, NULL);
    CHECK(DuplicateHandle(GetCurrentProcess(), handles[MUTEX], GetCurrentProcess(), &copy, 0, TRUE, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE));
    CHECK(copy == handles[MUTEX]);
    handles[EVENT] = CreateEventA(NULL, TRUE, FALSE, NULL);
    file = CreateFileA(arguments[1], GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE);
    handles[FILE_SECTION] = CreateFileMappingA(file, &inherited, PAGE_READWRITE, 0, 0, NULL);
    CHECK(handles[FILE_SECTION] != NULL && CloseHandle(file));
    handles[NAMED] = CreateEventA(&inherited, FALSE, FALSE, arguments[2]);
    CHECK(handles[NAMED] != NULL);
    start(arguments[0], arguments[1], "1", 1);
    CHECK(WaitForSingleObject(handles[NAMED], 0) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(handles[MUTEX], 0) == WAIT_ABANDONED && ReleaseMutex(handles[MUTEX]));
    CHECK(WaitForSingleObject(handles[SEMAPHORE], 0) == WAIT_OBJECT_0 && WaitForSingleObject(handles[SEMAPHORE], 0) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(handles[SEMAPHORE], 0) == WAIT_TIMEOUT);
    shared = (LONG *)MapViewOfFile(handles[SECTION], FILE_MAP_READ, 0, 0, 0);
    CHECK(shared != NULL && *shared == 2);
    for (i = 0; i < KINDS; i++) {
        CHECK(CloseHandle(handles[i]));
    }

    FAILS(ERROR_FILE_NOT_FOUND, OpenEventA(SYNCHRONIZE, FALSE, arguments[2]));
    puts("done");
    return 0;
}
