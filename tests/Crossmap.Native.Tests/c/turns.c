/*
 * One of three programs in three languages that do the same until they are killed (see ThreeLanguages.cs): take a token of a semaphore, and
 * under a mutex count in two places, which are the same whenever nobody is inside. Arguments: the name, and this program's own place.
 */
#include "check.h"

static HANDLE open_semaphore(const char *name, const char *suffix)
{
    char whole[256];

    snprintf(whole, sizeof whole, "%s.%s", name, suffix);
    return OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, whole);
}

int main(int argc, char **argv)
{
    HANDLE mapping, mutex, tokens, told;
    volatile int64_t *numbers;
    char whole[256];
    int place;

    CHECK(argc == 3);
    place = 8 + atoi(argv[2]);
    snprintf(whole, sizeof whole, "%s.mutex", argv[1]);
    CHECK((mapping = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, argv[1])) != NULL);
    CHECK((mutex = OpenMutexA(MUTEX_ALL_ACCESS, FALSE, whole)) != NULL);
    CHECK((tokens = open_semaphore(argv[1], "tokens")) != NULL);
    CHECK((told = open_semaphore(argv[1], "told")) != NULL);
    CHECK((numbers = MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0)) != NULL);
    for (;;) {
        DWORD got;

        CHECK(WaitForSingleObject(tokens, INFINITE) == WAIT_OBJECT_0);
        got = WaitForSingleObject(mutex, INFINITE);
        CHECK(got == WAIT_OBJECT_0 || got == WAIT_ABANDONED_0);
        if (got == WAIT_ABANDONED_0) {
            numbers[1] = numbers[0];
            numbers[2]++;
        }

        CHECK(numbers[0] == numbers[1]);
        numbers[0]++;
        numbers[1]++;
        numbers[place]++;
        CHECK(ReleaseMutex(mutex));
        CHECK(ReleaseSemaphore(tokens, 1, NULL));
        CHECK(ReleaseSemaphore(told, 1, NULL));
    }
}
