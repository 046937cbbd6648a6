/*
 * Process A: shares a file that exists, waits until another process has changed it, and makes the change durable.
 *
 *   ./share FILE
 */
#include "error_handler.h"
#include <string.h>

static HANDLE hFile, hMapFile, hSemaphore, hChanged;
static char *MapAddress;

int main(int count, char **arguments)
{
    LARGE_INTEGER size;
    DWORD dwBytesToFlush = 64;

    if (count != 2)
    {
        fprintf(stderr, "usage: %s FILE\n", arguments[0]);
        return 2;
    }

    hFile = CreateFile(arguments[1], GENERIC_READ | GENERIC_WRITE, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, NULL);

    if (hFile == INVALID_HANDLE_VALUE)
    {
        ErrorHandler("Could not open file.");
    }

    if (!GetFileSizeEx(hFile, &size) || size.QuadPart < 64)
    {
        ErrorHandler("The file needs 64 bytes at least.");
    }

    hMapFile = CreateFileMapping(hFile, (LPSECURITY_ATTRIBUTES) NULL, PAGE_READWRITE, 0, 0, "MyFileMappingObject");

    if (hMapFile == NULL)
    {
        ErrorHandler("Could not create file mapping object.");
    }

    MapAddress = MapViewOfFile(hMapFile, FILE_MAP_ALL_ACCESS, 0, 0, 0);

    if (MapAddress == NULL)
    {
        ErrorHandler("Could not map view of file.");
    }

    /* One at a time changes the file, and says so. */
    hSemaphore = CreateSemaphore(NULL, 1, 1, "MySemaphore");
    hChanged = CreateEvent(NULL, FALSE, FALSE, "MyChange");

    if (hSemaphore == NULL || hChanged == NULL)
    {
        ErrorHandler("Could not create semaphore or event.");
    }

    puts("Shared. Now run ./change TEXT in another terminal.");
    fflush(stdout);

    if (WaitForSingleObject(hChanged, INFINITE) != WAIT_OBJECT_0 || WaitForSingleObject(hSemaphore, INFINITE) != WAIT_OBJECT_0)
    {
        ErrorHandler("Could not wait.");
    }

    printf("The file begins with: %.60s\n", MapAddress);

    if (!FlushViewOfFile(MapAddress, dwBytesToFlush))
    {
        ErrorHandler("Could not flush memory to disk.");
    }

    puts("Flushed. Press ENTER to add to it.");
    fflush(stdout);
    getchar();

    strcpy(MapAddress + strlen(MapAddress), "!");

    if (!ReleaseSemaphore(hSemaphore, 1, NULL))
    {
        ErrorHandler("Could not release semaphore.");
    }

    if (!UnmapViewOfFile(MapAddress))
    {
        ErrorHandler("Could not unmap view of file.");
    }

    CloseHandle(hChanged);
    CloseHandle(hSemaphore);
    CloseHandle(hMapFile);
    CloseHandle(hFile);
    puts("Unmapped.");
    return 0;
}
