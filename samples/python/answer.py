"""Opens a mapping that a C# program made (Share/), reads its question, and writes an answer.

    dotnet run --project Share         in one terminal
    python3 answer.py                  in another

libcrossmap.so is the one that is installed, or the one that CROSSMAP_LIBRARY names.
"""
import ctypes
import os
import sys

library = ctypes.CDLL(os.environ.get("CROSSMAP_LIBRARY", "libcrossmap.so"))

# The calls are exported under a prefix; crossmap.h tells their arguments.
FILE_MAP_ALL_ACCESS = 0x000F001F
SEMAPHORE_ALL_ACCESS = 0x001F0003
INFINITE = 0xFFFFFFFF
WAIT_OBJECT_0 = 0


def call(name, result, *arguments):
    function = getattr(library, "crossmap_" + name)
    function.restype = result
    function.argtypes = arguments
    return function


HANDLE, DWORD, BOOL = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_int
OpenFileMapping = call("OpenFileMappingA", HANDLE, DWORD, BOOL, ctypes.c_char_p)
MapViewOfFile = call("MapViewOfFile", ctypes.c_void_p, HANDLE, DWORD, DWORD, DWORD, ctypes.c_size_t)
UnmapViewOfFile = call("UnmapViewOfFile", BOOL, ctypes.c_void_p)
OpenSemaphore = call("OpenSemaphoreA", HANDLE, DWORD, BOOL, ctypes.c_char_p)
ReleaseSemaphore = call("ReleaseSemaphore", BOOL, HANDLE, ctypes.c_int32, ctypes.c_void_p)
WaitForSingleObject = call("WaitForSingleObject", DWORD, HANDLE, DWORD)
CloseHandle = call("CloseHandle", BOOL, HANDLE)
GetLastError = call("GetLastError", DWORD)


def check(result, what):
    if not result:
        sys.exit(f"{what}: error {GetLastError()}")
    return result


name = (sys.argv[1] if len(sys.argv) > 1 else "python-sample").encode()
mapping = check(OpenFileMapping(FILE_MAP_ALL_ACCESS, False, name), "the mapping")
asked = check(OpenSemaphore(SEMAPHORE_ALL_ACCESS, False, name + b".asked"), "the first semaphore")
answered = check(OpenSemaphore(SEMAPHORE_ALL_ACCESS, False, name + b".answered"), "the second semaphore")
address = check(MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0), "the view")

check(WaitForSingleObject(asked, INFINITE) == WAIT_OBJECT_0, "the wait")
print("The question:", ctypes.string_at(address).decode())
answer = str(6 * 7).encode() + b"\0"
ctypes.memmove(address, answer, len(answer))
check(ReleaseSemaphore(answered, 1, None), "the answer")

check(UnmapViewOfFile(address), "the view")
for handle in (mapping, asked, answered):
    check(CloseHandle(handle), "a handle")
