/* Pages of views: argv[1] is a file of 8192 bytes. */
#include "check.h"
#include <string.h>

#define PAGE 4096u

static MEMORY_BASIC_INFORMATION at(const void *address)
{
    MEMORY_BASIC_INFORMATION information;

    memset(&information, 0xAA, sizeof information);
    CHECK(VirtualQuery(address, &information, sizeof information) == sizeof information);
    return information;
}

static void expect(const void *address, const void *base, SIZE_T size, DWORD state, DWORD protect)
{
    MEMORY_BASIC_INFORMATION found = at(address);

    if (found.AllocationBase != base || found.BaseAddress != address || found.RegionSize != size || found.State != state || found.Protect != protect || found.Type != MEM_MAPPED) {
        fprintf(stderr, "%p: base %p size %zx state %x protect %x type %x\n", address, found.AllocationBase, found.RegionSize, found.State, found.Protect, found.Type);
        exit(1);
    }
}

static void reserved(void)
{
    HANDLE section = CreateFileMappingA(NULL, NULL, PAGE_READWRITE | SEC_RESERVE, 0, 0x100000, NULL);
    char *first = (char *)MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0), *second = (char *)MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    DWORD old;

    CHECK(first != NULL && second != NULL);
    expect(first, first, 0x100000, MEM_RESERVE, 0);
    CHECK(at(first).AllocationProtect == PAGE_READWRITE);
    FAILS(ERROR_INVALID_ADDRESS, VirtualProtect(first, PAGE, PAGE_READONLY, &old));
    CHECK(VirtualAlloc(first, 0x10000, MEM_COMMIT, PAGE_READONLY) == first);
    expect(first, first, 0x10000, MEM_COMMIT, PAGE_READONLY);
    expect(second, second, 0x10000, MEM_COMMIT, PAGE_READWRITE);
    expect(second + 0x10000, second, 0xF0000, MEM_RESERVE, 0);
    second[100] = 7;
    CHECK(first[100] == 7);
    CHECK(VirtualAlloc(first + PAGE, PAGE, MEM_COMMIT, PAGE_READWRITE) == first + PAGE);
    expect(first, first, PAGE, MEM_COMMIT, PAGE_READONLY);
    expect(first + PAGE, first, PAGE, MEM_COMMIT, PAGE_READWRITE);
    expect(first + 2 * PAGE, first, 0xE000, MEM_COMMIT, PAGE_READONLY);
    FAILS(ERROR_INVALID_ADDRESS, VirtualAlloc(first + 0xFF000, 2 * PAGE, MEM_COMMIT, PAGE_READWRITE));
    FAILS(ERROR_INVALID_PARAMETER, VirtualAlloc(first, PAGE, MEM_COMMIT, PAGE_EXECUTE_READ));
    FAILS(ERROR_INVALID_PARAMETER, VirtualFree(first, PAGE, MEM_DECOMMIT));
    FAILS(ERROR_INVALID_PARAMETER, VirtualFree(first, 0, MEM_RELEASE));
    CHECK(CloseHandle(section));
    CHECK(VirtualAlloc(second + 0x40000, 1, MEM_COMMIT, PAGE_READWRITE) == second + 0x40000);
    expect(first + 0x10000, first, 0x30000, MEM_RESERVE, 0);
    expect(first + 0x40000, first, PAGE, MEM_COMMIT, PAGE_READWRITE);
    CHECK(UnmapViewOfFile(second) && UnmapViewOfFile(first));
    CHECK(at(first).State == MEM_FREE && at(first).Protect == PAGE_NOACCESS && at(first).AllocationBase == NULL && at(first).Type == 0);
    CHECK(at(first).AllocationProtect == 0 && at(first).RegionSize >= 0x100000);
}

static void protections(void)
{
    static const DWORD all[] = {PAGE_NOACCESS, PAGE_READONLY, PAGE_READWRITE, PAGE_WRITECOPY, PAGE_EXECUTE, PAGE_EXECUTE_READ, PAGE_EXECUTE_READWRITE, PAGE_EXECUTE_WRITECOPY};
    static const char *allowed[] = {/* readonly */ "11010000", /* readwrite */ "11110000", /* copy */ "11010000", /* no access */ "10000000"};
    static const DWORD access[] = {FILE_MAP_READ, FILE_MAP_ALL_ACCESS, FILE_MAP_COPY, 0};
    HANDLE section = CreateFileMappingA(NULL, NULL, PAGE_EXECUTE_READWRITE | SEC_COMMIT | SEC_NOCACHE, 0, 4 * PAGE, NULL);
    DWORD old;
    size_t i, j;

    CHECK(section != NULL);
    for (i = 0; i < 4; i++) {
        char *view = (char *)MapViewOfFile(section, access[i], 0, 0, 0);

        CHECK(view != NULL);
        for (j = 0; j < 8; j++) {
            BOOL done = VirtualProtect(view, 1, all[j], &old);

            CHECK(done == (allowed[i][j] == '1'));
            CHECK(done || GetLastError() == ERROR_INVALID_PARAMETER);
            CHECK(!done || at(view).Protect == (all[j] | PAGE_NOCACHE));
        }

        CHECK(UnmapViewOfFile(view));
    }

    CHECK(CloseHandle(section));
    FAILS(ERROR_INVALID_ADDRESS, VirtualProtect(&section, 1, PAGE_READONLY, &old));
    CHECK(at(&section).State == MEM_COMMIT && at(&section).Protect == PAGE_READWRITE);
}

static void copies(const char *path)
{
    HANDLE file = CreateFileA(path, GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL), section;
    char *copy, *shared;
    DWORD old;

    section = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    CHECK(section != NULL);
    copy = (char *)MapViewOfFile(section, FILE_MAP_COPY, 0, 0, 0);
    shared = (char *)MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    CHECK(copy != NULL && shared != NULL);
    FAILS(ERROR_ACCESS_DENIED, VirtualAlloc(shared, PAGE, MEM_COMMIT, PAGE_READWRITE));
    CHECK(VirtualAlloc(shared, PAGE, MEM_RESET, PAGE_READONLY) == shared);
    expect(copy, copy, 2 * PAGE, MEM_COMMIT, PAGE_WRITECOPY);
    copy[0] = 'c';
    expect(copy, copy, PAGE, MEM_COMMIT, PAGE_READWRITE);
    expect(copy + PAGE, copy, PAGE, MEM_COMMIT, PAGE_WRITECOPY);
    CHECK(VirtualProtect(copy, PAGE, PAGE_READONLY, &old) && old == PAGE_READWRITE);
    CHECK(VirtualProtect(copy, PAGE, PAGE_WRITECOPY, &old) && old == PAGE_READONLY);
    expect(copy, copy, PAGE, MEM_COMMIT, PAGE_READWRITE);

    /* A shared view's page becomes a copy at its first write, and one that was not written is shared again. */
    CHECK(VirtualProtect(shared, 2 * PAGE, PAGE_WRITECOPY, &old) && old == PAGE_READWRITE);
    expect(shared, shared, 2 * PAGE, MEM_COMMIT, PAGE_WRITECOPY);
    shared[0] = 's';
    expect(shared, shared, PAGE, MEM_COMMIT, PAGE_READWRITE);
    CHECK(VirtualProtect(shared, 2 * PAGE, PAGE_READWRITE, &old) && old == PAGE_READWRITE);
    shared[1] = 'p';
    shared[PAGE] = 'f';
    CHECK(copy[0] == 'c' && copy[1] == 0 && copy[PAGE] == 'f');
    CHECK(UnmapViewOfFile(shared));
    shared = (char *)MapViewOfFile(section, FILE_MAP_READ, 0, 0, 0);
    CHECK(shared != NULL && shared[0] == 0 && shared[1] == 0 && shared[PAGE] == 'f');
    CHECK(UnmapViewOfFile(shared) && UnmapViewOfFile(copy) && CloseHandle(section) && CloseHandle(file));
}

int main(int count, char **arguments)
{
    MEMORY_BASIC_INFORMATION information;

    CHECK(count == 2);
    reserved();
    protections();
    copies(arguments[1]);
    FAILS(ERROR_BAD_LENGTH, VirtualQuery(&count, &information, sizeof information - 1));
    FAILS(ERROR_INVALID_PARAMETER, VirtualQuery((void *)0x7FFFFFFF0000, &information, sizeof information));
    puts("done");
    return 0;
}
