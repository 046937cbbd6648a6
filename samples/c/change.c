/*
 * Process B: opens by its name the file that process A shares, and changes it.
 *
 *   ./change TEXT
 */
#include "error_handler.h"

static HANDLE hMapFile, hSemaphore, hChanged;
static char *MapAddress;

int main(int count, char **arguments)
{
    if (count != 2)
    {
        fprintf(stderr, "usage: %s TEXT\n", arguments[0]);
        return 2;
    }

    hMapFile = OpenFileMapping(FILE_MAP_ALL_ACCESS, FALSE, "MyFileMappingObject");

    if (hMapFile == NULL)
    {
        ErrorHandler("Could not open file mapping object.");
    }

    MapAddress = MapViewOfFile(hMapFile, FILE_MAP_ALL_ACCESS, 0, 0, 0);

    if (MapAddress == NULL)
    {
        ErrorHandler("Could not map view of file.");
    }

    hSemaphore = OpenSemaphore(SEMAPHORE_ALL_ACCESS, FALSE, "MySemaphore");
    hChanged = OpenEvent(EVENT_MODIFY_STATE, FALSE, "MyChange");

    if (hSemaphore == NULL || hChanged == NULL)
    {
        ErrorHandler("Could not open semaphore or event.");
    }

    if (WaitForSingleObject(hSemaphore, INFINITE) != WAIT_OBJECT_0)
    {
        ErrorHandler("Could not wait.");
    }

    snprintf(MapAddress, 60, "%s", arguments[1]);

    if (!ReleaseSemaphore(hSemaphore, 1, NULL) || !SetEvent(hChanged))
    {
        ErrorHandler("Could not release semaphore or set event.");
    }

    if (!UnmapViewOfFile(MapAddress))
    {
        ErrorHandler("Could not unmap view of file.");
    }

    CloseHandle(hChanged);
    CloseHandle(hSemaphore);
    CloseHandle(hMapFile);
    return 0;
}
