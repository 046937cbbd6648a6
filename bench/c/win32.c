/*
 * A plain Win32 program that times the calls around shared memory: built here against crossmap.h, and with a Windows compiler against
 * <windows.h> to run under Wine. It answers each line "WHAT TIMES" with the nanoseconds that one took.
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
#include <sys/mman.h>
#include <sys/prctl.h>
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

static HANDLE s_semaphore, s_mutex, s_section;

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

static const struct { const char *name; void (*cycle)(void); } s_deeds[] = {
    { "semaphore", semaphore_cycle },
    { "mutex", mutex_cycle },
    { "view", view_cycle },
    { "object", object_cycle },
#ifndef _WIN32
    { "raw-semaphore", raw_semaphore_cycle },
    { "raw-view", raw_view_cycle },
#endif
};

int main(void)
{
    char what[32];
    int times;
#ifndef _WIN32
    prctl(PR_SET_PDEATHSIG, SIGKILL);
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
                double start = now();
                for (int n = 0; n < times; n++)
                    s_deeds[i].cycle();
                took = (now() - start) / times;
            }
        }
        printf("%.3f\n", took);
        fflush(stdout);
    }
    return 0;
}
