/* Semaphores, mutexes, events and the handles to them, in one process: argv[1] is a name, free for three objects. */
#include "check.h"
#include <pthread.h>
#include <string.h>

static char names[3][200];
static WCHAR wide[200];

static void semaphores(void)
{
    HANDLE made, opened, lesser;
    LONG previous = 77;

    FAILS(ERROR_INVALID_PARAMETER, CreateSemaphoreA(NULL, 2, 1, NULL));
    FAILS(ERROR_INVALID_PARAMETER, CreateSemaphoreA(NULL, 0, 0, NULL));
    FAILS(ERROR_INVALID_PARAMETER, CreateSemaphoreA(NULL, -1, 1, NULL));
    FAILS(ERROR_INVALID_PARAMETER, CreateSemaphoreExA(NULL, 0, 1, NULL, 1, SEMAPHORE_ALL_ACCESS));
    FAILS(ERROR_FILE_NOT_FOUND, OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, names[0]));
    FAILS(ERROR_INVALID_PARAMETER, OpenSemaphoreW(SEMAPHORE_ALL_ACCESS, FALSE, NULL));
    FAILS(ERROR_INVALID_HANDLE, OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, ""));
    SetLastError(0xdeadbeefu);
    made = CreateSemaphoreA(NULL, 1, 2, names[0]);
    CHECK(made != NULL && GetLastError() == 0);
    opened = CreateSemaphoreW(NULL, 0, 100, wide);
    CHECK(opened != NULL && GetLastError() == ERROR_ALREADY_EXISTS);
    SetLastError(0xdeadbeefu);
    CHECK(WaitForSingleObject(opened, INFINITE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(made, 0) == WAIT_TIMEOUT);
    CHECK(WaitForSingleObjectEx(made, 10, TRUE) == WAIT_TIMEOUT);
    CHECK(GetLastError() == 0xdeadbeefu);
    FAILS(ERROR_TOO_MANY_POSTS, ReleaseSemaphore(made, 3, &previous));
    FAILS(ERROR_INVALID_PARAMETER, ReleaseSemaphore(made, 0, &previous));
    FAILS(ERROR_INVALID_PARAMETER, ReleaseSemaphore(made, -1, &previous));
    CHECK(previous == 77);
    CHECK(ReleaseSemaphore(made, 1, &previous) && previous == 0);
    CHECK(ReleaseSemaphore(opened, 1, &previous) && previous == 1);
    FAILS(ERROR_TOO_MANY_POSTS, ReleaseSemaphore(opened, 1, NULL));
    CHECK(WaitForSingleObject((HANDLE)((ULONG_PTR)made + 3), 0) == WAIT_OBJECT_0);

    lesser = OpenSemaphoreA(SYNCHRONIZE, FALSE, names[0]);
    CHECK(lesser != NULL);
    FAILS(ERROR_ACCESS_DENIED, ReleaseSemaphore(lesser, 1, NULL));
    CHECK(WaitForSingleObject(lesser, 0) == WAIT_OBJECT_0);
    CHECK(CloseHandle(lesser));
    lesser = OpenSemaphoreA(GENERIC_WRITE, FALSE, names[0]);
    CHECK(lesser != NULL);
    FAILS(ERROR_ACCESS_DENIED, WaitForSingleObject(lesser, 0) != WAIT_FAILED);
    CHECK(ReleaseSemaphore(lesser, 1, NULL));
    CHECK(CloseHandle(lesser));
    FAILS(ERROR_ACCESS_DENIED, OpenSemaphoreA(0, FALSE, names[0]));
    FAILS(ERROR_ACCESS_DENIED, OpenSemaphoreA(SYNCHRONIZE | 0x10, FALSE, names[0]));
    FAILS(ERROR_PRIVILEGE_NOT_HELD, OpenSemaphoreA(SYNCHRONIZE | ACCESS_SYSTEM_SECURITY, FALSE, names[0]));
    FAILS(ERROR_INVALID_HANDLE, OpenMutexA(MUTEX_ALL_ACCESS, FALSE, names[0]));
    FAILS(ERROR_INVALID_HANDLE, CreateEventA(NULL, FALSE, FALSE, names[0]));
    FAILS(ERROR_INVALID_HANDLE, SetEvent(made));
    FAILS(ERROR_INVALID_HANDLE, ReleaseMutex(made));
    FAILS(ERROR_INVALID_HANDLE, MapViewOfFile(made, FILE_MAP_READ, 0, 0, 0));
    CHECK(CloseHandle(made));
    CHECK(WaitForSingleObject(opened, 0) == WAIT_OBJECT_0);
    CHECK(CloseHandle(opened));
    FAILS(ERROR_INVALID_HANDLE, WaitForSingleObject(opened, 0) != WAIT_FAILED);
    FAILS(ERROR_FILE_NOT_FOUND, OpenSemaphoreA(SEMAPHORE_ALL_ACCESS, FALSE, names[0]));
}

static void *abandon(void *handle)
{
    CHECK(WaitForSingleObject(handle, INFINITE) == WAIT_OBJECT_0);
    CHECK(WaitForSingleObject(handle, INFINITE) == WAIT_OBJECT_0);
    return NULL;
}

static void mutexes(void)
{
    HANDLE made = CreateMutexA(NULL, TRUE, names[1]), opened = CreateMutexA(NULL, TRUE, names[1]);
    HANDLE both[2];
    pthread_t thread;

    CHECK(made != NULL && opened != NULL && GetLastError() == ERROR_ALREADY_EXISTS);
    CHECK(ReleaseMutex(opened));
    FAILS(ERROR_NOT_OWNER, ReleaseMutex(made));
    CHECK(pthread_create(&thread, NULL, abandon, opened) == 0 && pthread_join(thread, NULL) == 0);
    CHECK(WaitForSingleObject(made, 0) == WAIT_ABANDONED);
    CHECK(WaitForSingleObject(made, 0) == WAIT_OBJECT_0);
    CHECK(ReleaseMutex(made) && ReleaseMutex(made));
    CHECK(pthread_create(&thread, NULL, abandon, opened) == 0 && pthread_join(thread, NULL) == 0);
    both[0] = CreateEventA(NULL, TRUE, FALSE, NULL);
    both[1] = made;
    CHECK(WaitForMultipleObjects(2, both, FALSE, INFINITE) == WAIT_ABANDONED_0 + 1);
    FAILS(ERROR_INVALID_PARAMETER, CreateMutexExA(NULL, NULL, 2, MUTEX_ALL_ACCESS));
    CHECK(ReleaseMutex(made));
    CHECK(CloseHandle(both[0]) && CloseHandle(made) && CloseHandle(opened));
}

static void *setter(void *events)
{
    HANDLE *handles = (HANDLE *)events;

    CHECK(SignalObjectAndWait(handles[0], handles[1], INFINITE, FALSE) == WAIT_OBJECT_0);
    return NULL;
}

static void events(void)
{
    HANDLE automatic = CreateEventExA(NULL, names[2], CREATE_EVENT_INITIAL_SET, EVENT_ALL_ACCESS), manual = CreateEventW(NULL, TRUE, FALSE, NULL);
    HANDLE many[MAXIMUM_WAIT_OBJECTS + 1], pair[2];
    pthread_t thread;
    int i;

    CHECK(automatic != NULL && manual != NULL);
    CHECK(WaitForSingleObject(automatic, 0) == WAIT_OBJECT_0 && WaitForSingleObject(automatic, 0) == WAIT_TIMEOUT);
    CHECK(SetEvent(manual) && WaitForSingleObject(manual, 0) == WAIT_OBJECT_0 && WaitForSingleObject(manual, 0) == WAIT_OBJECT_0);
    CHECK(ResetEvent(manual) && WaitForSingleObject(manual, 0) == WAIT_TIMEOUT);
    CHECK(PulseEvent(manual) && WaitForSingleObject(manual, 0) == WAIT_TIMEOUT);
    pair[0] = automatic;
    pair[1] = manual;
    CHECK(pthread_create(&thread, NULL, setter, pair) == 0);
    CHECK(WaitForSingleObject(automatic, INFINITE) == WAIT_OBJECT_0);
    CHECK(SetEvent(manual));
    CHECK(pthread_join(thread, NULL) == 0);
    for (i = 0; i < 1000; i++) {
        CHECK(SignalObjectAndWait(automatic, automatic, INFINITE, FALSE) == WAIT_OBJECT_0);
    }

    CHECK(WaitForSingleObject(automatic, 0) == WAIT_TIMEOUT);
    for (i = 0; i <= MAXIMUM_WAIT_OBJECTS; i++) {
        many[i] = CreateEventA(NULL, FALSE, i == 5 || i == 40, NULL);
        CHECK(many[i] != NULL);
    }

    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, many, FALSE, 0) == WAIT_OBJECT_0 + 5);
    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, many, TRUE, 0) == WAIT_TIMEOUT);
    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, many, FALSE, 10) == WAIT_OBJECT_0 + 40);
    CHECK(WaitForMultipleObjectsEx(MAXIMUM_WAIT_OBJECTS, many, FALSE, 10, TRUE) == WAIT_TIMEOUT);
    for (i = 0; i < MAXIMUM_WAIT_OBJECTS; i++) {
        CHECK(SetEvent(many[i]));
    }

    CHECK(WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS, many, TRUE, INFINITE) == WAIT_OBJECT_0);
    FAILS(ERROR_INVALID_PARAMETER, WaitForMultipleObjects(MAXIMUM_WAIT_OBJECTS + 1, many, FALSE, 0) != WAIT_FAILED);
    FAILS(ERROR_INVALID_PARAMETER, WaitForMultipleObjects(0, many, FALSE, 0) != WAIT_FAILED);
    many[1] = many[0];
    FAILS(ERROR_INVALID_PARAMETER, WaitForMultipleObjects(2, many, TRUE, 0) != WAIT_FAILED);
    CHECK(SetEvent(many[0]));
    CHECK(WaitForMultipleObjects(2, many, FALSE, 0) == WAIT_OBJECT_0);
    many[1] = GetCurrentProcess();
    FAILS(ERROR_INVALID_HANDLE, WaitForMultipleObjects(2, many, FALSE, 0) != WAIT_FAILED);
    CHECK(WaitForSingleObject(GetCurrentProcess(), 1) == WAIT_TIMEOUT);
    FAILS(ERROR_INVALID_HANDLE, SignalObjectAndWait(NULL, automatic, 0, FALSE) != WAIT_FAILED);
    FAILS(ERROR_INVALID_HANDLE, SignalObjectAndWait(automatic, NULL, 0, FALSE) != WAIT_FAILED);
    CHECK(WaitForSingleObject(automatic, 0) == WAIT_TIMEOUT);
    for (i = 0; i <= MAXIMUM_WAIT_OBJECTS; i++) {
        CHECK(i == 1 || CloseHandle(many[i]));
    }

    CHECK(CloseHandle(automatic) && CloseHandle(manual));
}

static void duplicates(void)
{
    HANDLE self = GetCurrentProcess(), event = CreateEventA(NULL, TRUE, FALSE, NULL), other = CreateEventA(NULL, TRUE, FALSE, NULL), copy, section;

    CHECK(DuplicateHandle(self, event, self, &copy, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(copy != event && CompareObjectHandles(copy, event));
    FAILS(ERROR_NOT_SAME_OBJECT, CompareObjectHandles(copy, other));
    FAILS(ERROR_INVALID_HANDLE, CompareObjectHandles(copy, NULL));
    CHECK(CloseHandle(event));
    CHECK(SetEvent(copy) && WaitForSingleObject(copy, 0) == WAIT_OBJECT_0);
    CHECK(DuplicateHandle(self, copy, self, &event, 0, FALSE, DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE) && event == copy);
    CHECK(WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    CHECK(DuplicateHandle(self, event, self, &copy, SYNCHRONIZE, FALSE, DUPLICATE_CLOSE_SOURCE) && event != copy);
    FAILS(ERROR_INVALID_HANDLE, CloseHandle(event));
    FAILS(ERROR_ACCESS_DENIED, ResetEvent(copy));
    CHECK(WaitForSingleObject(copy, 0) == WAIT_OBJECT_0);
    FAILS(ERROR_ACCESS_DENIED, DuplicateHandle(self, copy, self, &event, ~0u, FALSE, 0));
    CHECK(event == NULL);
    FAILS(ERROR_INVALID_HANDLE, DuplicateHandle(self, (HANDLE)0xdead4, self, &event, 0, FALSE, DUPLICATE_SAME_ACCESS));
    FAILS(ERROR_INVALID_HANDLE, DuplicateHandle(self, copy, copy, &event, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(CloseHandle(copy) && CloseHandle(other));

    section = CreateFileMappingA(NULL, NULL, PAGE_READWRITE, 0, 4096, NULL);
    CHECK(section != NULL);
    CHECK(DuplicateHandle(self, section, self, &copy, FILE_MAP_READ, FALSE, 0) && CompareObjectHandles(section, copy));
    FAILS(ERROR_ACCESS_DENIED, MapViewOfFile(copy, FILE_MAP_WRITE, 0, 0, 0));
    CHECK(CloseHandle(section));
    section = MapViewOfFile(copy, FILE_MAP_READ, 0, 0, 0);
    CHECK(section != NULL && UnmapViewOfFile(section));
    CHECK(DuplicateHandle(self, copy, self, &other, 0, FALSE, 0));
    FAILS(ERROR_ACCESS_DENIED, MapViewOfFile(other, 0, 0, 0, 0));
    CHECK(CloseHandle(copy) && CloseHandle(other));
}

int main(int count, char **arguments)
{
    int i;

    CHECK(count == 2);
    for (i = 0; i < 3; i++) {
        snprintf(names[i], sizeof names[i], "%s-%d", arguments[1], i);
    }

    for (i = 0; names[0][i] != 0; i++) {
        wide[i] = (WCHAR)names[0][i];
    }

    semaphores();
    mutexes();
    events();
    duplicates();
    puts("done");
    return 0;
}
