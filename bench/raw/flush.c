/* Dirties one byte of every page of a range and makes the range durable. Counts only the msync. */
#include "clock.h"
#include <sys/mman.h>

int64_t bench_msync(char *from, int64_t length, char value)
{
    for (int64_t at = 0; at < length; at += 4096)
        *(volatile char *)(from + at) = value;
    int64_t start = now();
    return msync(from, length, MS_SYNC) == 0 ? now() - start : -1;
}
