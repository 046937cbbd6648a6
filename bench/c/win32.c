/*
 * A plain Win32 program that times the calls around shared memory: built here against crossmap.h, and with a Windows compiler against
 * <windows.h> to run under Wine. It answers each line "WHAT TIMES" with the nanoseconds that one took. What two processes do to each other
 * it does with itself, started again: two runs of eng/wine.sh have a server each, and their programs never meet.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#ifdef _WIN32
#include <windows.h>
#else
#include "crossmap.h"
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#endif

#define VIEW_BYTES 65536

static double now(void)
{
#ifdef _WIN32
    LARGE_INTEGER ticks, second;
    QueryPerformanceCounter(&ticks);
    QueryPerformanceFrequency(&second);
    return (double)ticks.QuadPart * 1e9 / (double)second.QuadPart;
#else
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
#endif
}

static void need(int ok, const char *what)
{
    if (!ok) {
        printf("%s failed: %u\n", what, (unsigned)GetLastError());
        exit(1);
    }
}

static HANDLE s_semaphore, s_mutex, s_section, s_there, s_back;

static void semaphore_cycle(void)
{
    need(ReleaseSemaphore(s_semaphore, 1, NULL) && WaitForSingleObject(s_semaphore, INFINITE) == WAIT_OBJECT_0, "a semaphore");
}

static void mutex_cycle(void)
{
    need(WaitForSingleObject(s_mutex, INFINITE) == WAIT_OBJECT_0 && ReleaseMutex(s_mutex), "a mutex");
}

static void view_cycle(void)
{
    void *view = MapViewOfFile(s_section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    need(view != NULL && UnmapViewOfFile(view), "a view");
}

static void object_cycle(void)
{
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, VIEW_BYTES, "bench-c-object");
    volatile char *view = section ? MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0) : NULL;
    need(view != NULL, "a section");
    *view = 1;
    need(UnmapViewOfFile((void *)view) && CloseHandle(section), "the end of a section");
}

static void hand_off_cycle(void)
{
    need(ReleaseSemaphore(s_there, 1, NULL) && WaitForSingleObject(s_back, INFINITE) == WAIT_OBJECT_0, "a turn there and back");
}

/* Two semaphores, by their names: both processes call this. */
static void open_hand_off(void)
{
    s_there = CreateSemaphoreA(NULL, 0, 1, "bench-c-there");
    s_back = CreateSemaphoreA(NULL, 0, 1, "bench-c-back");
    need(s_there && s_back, "the semaphores of a hand-off");
}

/* The other process: until the first ends it, or its parent's death does. */
static void answer(void)
{
    open_hand_off();
    for (;;)
        need(WaitForSingleObject(s_there, INFINITE) == WAIT_OBJECT_0 && ReleaseSemaphore(s_back, 1, NULL), "an answer");
}

#ifdef _WIN32
static PROCESS_INFORMATION s_peer;

static void start_peer(void)
{
    char self[MAX_PATH], line[MAX_PATH + 16];
    STARTUPINFOA how = { .cb = sizeof how };
    DWORD length = GetModuleFileNameA(NULL, self, sizeof self);
    need(length > 0 && length < sizeof self, "this program's path");
    snprintf(line, sizeof line, "\"%s\" answer", self);
    need(CreateProcessA(self, line, NULL, NULL, FALSE, 0, NULL, NULL, &how, &s_peer), "starting the other process");
}

static void end_peer(void)
{
    if (s_peer.hProcess)
        need(TerminateProcess(s_peer.hProcess, 0) && WaitForSingleObject(s_peer.hProcess, INFINITE) == WAIT_OBJECT_0, "ending the other process");
}
#else
static pid_t s_peer;

static void start_peer(void)
{
    char parent[16];
    char *const arguments[] = { "win32", "answer", parent, NULL };
    snprintf(parent, sizeof parent, "%d", (int)getpid());
    need(posix_spawn(&s_peer, "/proc/self/exe", NULL, NULL, arguments, environ) == 0, "starting the other process");
}

static void end_peer(void)
{
    if (s_peer)
        need(kill(s_peer, SIGKILL) == 0 && waitpid(s_peer, NULL, 0) == s_peer, "ending the other process");
}
#endif

/* Before the clock: the other process runs, and has answered once. */
static void prepare_hand_off(void)
{
    if (!s_there) {
        open_hand_off();
        start_peer();
        hand_off_cycle();
    }
}

#ifndef _WIN32
/* The raw calls, in the same program. */
static sem_t s_raw;
static int s_file;

static void raw_semaphore_cycle(void)
{
    need(sem_post(&s_raw) == 0 && sem_wait(&s_raw) == 0, "sem_t");
}

static void raw_view_cycle(void)
{
    void *view = mmap(NULL, VIEW_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, s_file, 0);
    need(view != MAP_FAILED && munmap(view, VIEW_BYTES) == 0, "mmap");
}
#endif

static const struct { const char *name; void (*cycle)(void); void (*prepare)(void); } s_deeds[] = {
    { "semaphore", semaphore_cycle },
    { "mutex", mutex_cycle },
    { "view", view_cycle },
    { "object", object_cycle },
    { "hand-off", hand_off_cycle, prepare_hand_off },
#ifndef _WIN32
    { "raw-semaphore", raw_semaphore_cycle },
    { "raw-view", raw_view_cycle },
#endif
};

int main(int argc, char **argv)
{
    char what[32];
    int times;
#ifndef _WIN32
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (argc > 2 && getppid() != atoi(argv[2]))
        return 1; /* The parent died before. */
#endif
    if (argc > 1 && strcmp(argv[1], "answer") == 0)
        answer();
#ifndef _WIN32
    s_file = memfd_create("bench", 0);
    need(sem_init(&s_raw, 1, 0) == 0 && s_file >= 0 && ftruncate(s_file, VIEW_BYTES) == 0, "the raw objects");
#endif
    s_semaphore = CreateSemaphoreA(NULL, 0, 1, NULL);
    s_mutex = CreateMutexA(NULL, FALSE, NULL);
    s_section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, VIEW_BYTES, NULL);
    need(s_semaphore && s_mutex && s_section, "an object");
    printf("ready\n");
    fflush(stdout);
    while (scanf("%31s %d", what, &times) == 2) {
        double took = -1;
        for (size_t i = 0; i < sizeof s_deeds / sizeof *s_deeds; i++) {
            if (strcmp(what, s_deeds[i].name) == 0) {
                if (s_deeds[i].prepare)
                    s_deeds[i].prepare();
                double start = now();
                for (int n = 0; n < times; n++)
                    s_deeds[i].cycle();
                took = (now() - start) / times;
            }
        }
        printf("%.3f\n", took);
        fflush(stdout);
    }
    end_peer();
    return 0;
}
