/*
 * Makes one file call for each line of its input and prints the answer, so that tests can have several processes at one file. Numbers are in
 * C's notation; a slot holds what a call gave.
 *
 *   open SLOT ACCESS SHARE DISPOSITION FLAGS PATH    0, or the last error of a failure; then the last error of a success, if that is not 0
 *   map SLOT FILE PROTECTION SIZE | view SLOT MAPPING ACCESS | close SLOT | unmap SLOT | end FILE LENGTH | size FILE | delete PATH
 */
#include "check.h"
#include <string.h>

static HANDLE slots[16];
static char path[4096];

static void answer(BOOL done)
{
    printf("%u\n", done ? 0 : GetLastError());
}

int main(void)
{
    char line[5000];

    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin) != NULL) {
        unsigned slot, first, second, third, fourth;
        LARGE_INTEGER size;

        if (sscanf(line, "open %u %i %i %i %i %4095s", &slot, (int *)&first, (int *)&second, (int *)&third, (int *)&fourth, path) == 6) {
            slots[slot] = CreateFileA(path, first, second, NULL, third, fourth, NULL);
            printf(slots[slot] != INVALID_HANDLE_VALUE && GetLastError() ? "0, %u\n" : "%u\n", GetLastError());
        } else if (sscanf(line, "map %u %u %i %u", &slot, &first, (int *)&second, &third) == 4) {
            slots[slot] = CreateFileMappingA(slots[first], NULL, second, 0, third, NULL);
            answer(slots[slot] != NULL);
        } else if (sscanf(line, "view %u %u %i", &slot, &first, (int *)&second) == 3) {
            slots[slot] = MapViewOfFile(slots[first], second, 0, 0, 0);
            answer(slots[slot] != NULL);
        } else if (sscanf(line, "close %u", &slot) == 1) {
            answer(CloseHandle(slots[slot]));
        } else if (sscanf(line, "unmap %u", &slot) == 1) {
            answer(UnmapViewOfFile(slots[slot]));
        } else if (sscanf(line, "end %u %u", &slot, &first) == 2) {
            answer(SetFilePointer(slots[slot], (LONG)first, NULL, FILE_BEGIN) == first && SetEndOfFile(slots[slot]));
        } else if (sscanf(line, "size %u", &slot) == 1) {
            CHECK(GetFileSizeEx(slots[slot], &size));
            printf("%d\n", (int)size.QuadPart);
        } else if (sscanf(line, "delete %4095s", path) == 1) {
            answer(DeleteFileA(path));
        } else {
            printf("what? %s", line);
        }
    }

    return 0;
}
