/*
 * A program that makes shared memory by a name, touches it and says so: how long that is from its start is the bench's to measure
 * (bench/raw/processes.c). Built against libcrossmap.so, and with RAW defined against nothing but libc.
 */
#include <unistd.h>
#ifdef RAW
#include <fcntl.h>
#include <sys/mman.h>
#else
#include "crossmap.h"
#endif

#define BYTES 65536

int main(void)
{
#ifdef RAW
    static const char name[] = "/crossmap-bench-start";
    int file = shm_open(name, O_CREAT | O_RDWR, 0600);
    volatile char *view = file >= 0 && ftruncate(file, BYTES) == 0 ? mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0) : MAP_FAILED;
    int done = view != MAP_FAILED;
#else
    HANDLE section = CreateFileMappingA(INVALID_HANDLE_VALUE, NULL, PAGE_READWRITE, 0, BYTES, "bench-c-start");
    volatile char *view = section ? MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0) : NULL;
    int done = view != NULL;
#endif
    if (done) {
        *view = 1;
        done = write(STDOUT_FILENO, "1", 1) == 1;
    }
#ifdef RAW
    shm_unlink(name);
#endif
    return !done;
}
