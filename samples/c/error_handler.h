/* What both programs do when a call fails. */
#ifndef ERROR_HANDLER_H
#define ERROR_HANDLER_H

#include <crossmap.h>
#include <stdio.h>
#include <stdlib.h>

static void ErrorHandler(const char *message)
{
    fprintf(stderr, "%s Error %u.\n", message, GetLastError());
    exit(1);
}

#endif
