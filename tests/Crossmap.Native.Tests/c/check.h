/* What the C programs of the tests share: a check that failed says where and with which last error, and ends the program. */
#ifndef CHECK_H
#define CHECK_H

#include <crossmap.h>
#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                                                     \
    do {                                                                                                     \
        if (!(condition)) {                                                                                  \
            fprintf(stderr, "%s:%d: %s (last error %u)\n", __FILE__, __LINE__, #condition, GetLastError());  \
            exit(1);                                                                                         \
        }                                                                                                    \
    } while (0)

/* The call fails with exactly this error. */
#define FAILS(error, call)                                                                                   \
    do {                                                                                                     \
        SetLastError(0xdeadbeefu);                                                                           \
        CHECK(!(call));                                                                                      \
        CHECK(GetLastError() == (error));                                                                    \
    } while (0)

#endif
