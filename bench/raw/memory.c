/* Reading mapped memory through a raw pointer. */
#include "clock.h"

/* `sum` keeps the compiler from leaving the loop out, and lets the caller check that both sides read the same. */
int64_t bench_sum(const int64_t *numbers, int64_t count, int repeats, int64_t *sum)
{
    int64_t total = 0;
    int64_t start = now();
    for (int r = 0; r < repeats; r++) {
        for (int64_t i = 0; i < count; i++)
            total += numbers[i];
        __asm__ volatile("" : "+r"(total) : : "memory");
    }
    int64_t end = now();
    *sum = total;
    return end - start;
}

int64_t bench_random(const char *base, const int64_t *offsets, int64_t count, int repeats, int64_t *sum)
{
    int64_t total = 0;
    int64_t start = now();
    for (int r = 0; r < repeats; r++) {
        for (int64_t i = 0; i < count; i++)
            total += *(const int64_t *)(base + offsets[i]);
        __asm__ volatile("" : "+r"(total) : : "memory");
    }
    int64_t end = now();
    *sum = total;
    return end - start;
}
