/* A file and memory, mapped by name: argv[1] is a file of 5000 bytes, argv[2] a name. */
#include "check.h"
#include <string.h>

static void memory(const char *name)
{
    HANDLE made, opened;
    char *first, *second;

    FAILS(ERROR_FILE_NOT_FOUND, OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name));
    FAILS(ERROR_INVALID_PARAMETER, OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, NULL));
    SetLastError(0xdeadbeefu);
    made = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, 0x20000, name);
    CHECK(made != NULL);
    CHECK(GetLastError() == 0);
    opened = CreateFileMappingA(NULL, NULL, PAGE_READONLY, 0, 1, name);
    CHECK(opened != NULL && opened != made);
    CHECK(GetLastError() == ERROR_ALREADY_EXISTS);
    first = (char *)MapViewOfFile(made, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    CHECK(first != NULL && ((ULONG_PTR)first & 0xFFFF) == 0);
    FAILS(ERROR_ACCESS_DENIED, MapViewOfFile(opened, FILE_MAP_WRITE, 0, 0, 0));
    second = (char *)MapViewOfFile(opened, FILE_MAP_READ, 0, 0x10000, 0x10000);
    CHECK(second != NULL && second != first);
    strcpy(first + 0x10000, "shared");
    CHECK(strcmp(second, "shared") == 0);
    FAILS(ERROR_MAPPED_ALIGNMENT, MapViewOfFile(made, FILE_MAP_READ, 0, 4, 0));
    CHECK(FlushViewOfFile(first + 5000, 10));
    CHECK(FlushViewOfFile(first, 0));
    FAILS(ERROR_INVALID_PARAMETER, FlushViewOfFile(first + 0x10000, 0x10001));
    CHECK(UnmapViewOfFile(second + 4196));
    FAILS(ERROR_INVALID_ADDRESS, UnmapViewOfFile(second));
    FAILS(ERROR_INVALID_ADDRESS, FlushViewOfFile(second, 0));
    CHECK(MapViewOfFileEx(made, FILE_MAP_READ, 0, 0, 0, second) == second);
    FAILS(ERROR_INVALID_ADDRESS, MapViewOfFileEx(made, FILE_MAP_READ, 0, 0, 0, second));
    FAILS(ERROR_MAPPED_ALIGNMENT, MapViewOfFileEx(made, FILE_MAP_READ, 0, 0, 0, second + 4096));
    CHECK(UnmapViewOfFile(second));
    CHECK(CloseHandle(made));
    FAILS(ERROR_INVALID_HANDLE, CloseHandle(made));
    FAILS(ERROR_INVALID_HANDLE, MapViewOfFile(made, FILE_MAP_READ, 0, 0, 0));
    CHECK(CloseHandle((HANDLE)((ULONG_PTR)opened | 3)));
    FAILS(ERROR_FILE_NOT_FOUND, OpenFileMappingA(FILE_MAP_READ, FALSE, name));
    CHECK(strcmp(first + 0x10000, "shared") == 0);
    CHECK(UnmapViewOfFile(first));
    FAILS(ERROR_INVALID_ADDRESS, UnmapViewOfFile(&made));
    FAILS(ERROR_INVALID_ADDRESS, UnmapViewOfFile(NULL));
}

static void file(const char *path, const char *name)
{
    HANDLE reader = CreateFileA(path, GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL), opened, mapping, again;
    char *view;

    CHECK(reader != INVALID_HANDLE_VALUE);
    FAILS(ERROR_ACCESS_DENIED, CreateFileMappingA(reader, NULL, PAGE_READWRITE, 0, 0, NULL));
    FAILS(ERROR_NOT_ENOUGH_MEMORY, CreateFileMappingA(reader, NULL, PAGE_READONLY, 0, 5001, NULL));
    FAILS(ERROR_ACCESS_DENIED, CreateFileMappingA(reader, NULL, PAGE_EXECUTE_READ, 0, 0, NULL));
    CHECK(CloseHandle(reader));
    FAILS(ERROR_INVALID_HANDLE, CreateFileMappingA(reader, NULL, PAGE_READONLY, 0, 0, NULL));
    opened = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(opened != INVALID_HANDLE_VALUE);
    mapping = CreateFileMappingA(opened, NULL, PAGE_READWRITE, 0, 0, name);
    CHECK(mapping != NULL && GetLastError() == 0);
    FAILS(ERROR_INVALID_HANDLE, MapViewOfFile(opened, FILE_MAP_READ, 0, 0, 0));
    CHECK(CloseHandle(opened));
    again = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name);
    CHECK(again != NULL);
    FAILS(ERROR_ACCESS_DENIED, MapViewOfFile(again, FILE_MAP_ALL_ACCESS, 0, 0, 5001));
    view = (char *)MapViewOfFile(again, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    CHECK(view != NULL);
    strcpy(view + 4096, "in the file");
    CHECK(FlushViewOfFile(view + 4096, 11));
    CHECK(UnmapViewOfFile(view));
    CHECK(CloseHandle(again));
    CHECK(CloseHandle(mapping));
}

/* Everything that is no handle, whatever it looks like. */
static void handles(void)
{
    static const ULONG_PTR invented[] = {0, 1, 3, 4, 8, 0x100, 0xFFFC, 0x7FFFFFFC, 0x80000000, 0xFFFFFFFC, 0x100000004, (ULONG_PTR)-3, (ULONG_PTR)-12, (ULONG_PTR)1 << 63};
    HANDLE one = CreateFileMappingA(NULL, NULL, PAGE_READWRITE, 0, 4096, NULL), other;
    size_t i;

    CHECK(one != NULL && ((ULONG_PTR)one & 3) == 0 && (ULONG_PTR)one < 0x80000000u);
    for (i = 0; i < sizeof invented / sizeof *invented; i++) {
        if ((invented[i] & ~(ULONG_PTR)3) != (ULONG_PTR)one) {
            FAILS(ERROR_INVALID_HANDLE, CloseHandle((HANDLE)invented[i]));
            FAILS(ERROR_INVALID_HANDLE, MapViewOfFile((HANDLE)invented[i], FILE_MAP_READ, 0, 0, 0));
        }
    }

    CHECK(CloseHandle(one));
    for (i = 0; i < 5000; i++) {
        other = CreateFileMappingA(NULL, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 4096, NULL);
        CHECK(other != NULL && other != one);
        FAILS(ERROR_INVALID_HANDLE, CloseHandle(one));
        CHECK(CloseHandle(other));
    }
}

int main(int count, char **arguments)
{
    CHECK(count == 3);
    handles();
    memory(arguments[2]);
    file(arguments[1], arguments[2]);
    puts("done");
    return 0;
}
