"""The same as c/turns.c in Python. Arguments: the library, the name, and this program's own place."""
import ctypes
import sys

ALL = 0x001F0003
FILE_MAP_ALL_ACCESS, MUTEX_ALL_ACCESS = 0x000F001F, 0x001F0001
INFINITE, WAIT_OBJECT_0, WAIT_ABANDONED_0 = 0xFFFFFFFF, 0, 0x80

library = ctypes.CDLL(sys.argv[1])
HANDLE, DWORD = ctypes.c_void_p, ctypes.c_uint32


def call(name, result, *arguments):
    function = getattr(library, "crossmap_" + name)
    function.restype = result
    function.argtypes = arguments
    return function


OpenFileMapping = call("OpenFileMappingA", HANDLE, DWORD, ctypes.c_int, ctypes.c_char_p)
OpenMutex = call("OpenMutexA", HANDLE, DWORD, ctypes.c_int, ctypes.c_char_p)
OpenSemaphore = call("OpenSemaphoreA", HANDLE, DWORD, ctypes.c_int, ctypes.c_char_p)
MapViewOfFile = call("MapViewOfFile", ctypes.c_void_p, HANDLE, DWORD, DWORD, DWORD, ctypes.c_size_t)
Wait = call("WaitForSingleObject", DWORD, HANDLE, DWORD)
ReleaseMutex = call("ReleaseMutex", ctypes.c_int, HANDLE)
ReleaseSemaphore = call("ReleaseSemaphore", ctypes.c_int, HANDLE, ctypes.c_int32, ctypes.c_void_p)
GetLastError = call("GetLastError", DWORD)


def check(condition, what):
    if not condition:
        sys.exit(f"{what} (last error {GetLastError()})")
    return condition


name, place = sys.argv[2].encode(), 8 + int(sys.argv[3])
mapping = check(OpenFileMapping(FILE_MAP_ALL_ACCESS, False, name), "the mapping")
mutex = check(OpenMutex(MUTEX_ALL_ACCESS, False, name + b".mutex"), "the mutex")
tokens = check(OpenSemaphore(ALL, False, name + b".tokens"), "the tokens")
told = check(OpenSemaphore(ALL, False, name + b".told"), "who is told")
numbers = ctypes.cast(check(MapViewOfFile(mapping, FILE_MAP_ALL_ACCESS, 0, 0, 0), "the view"), ctypes.POINTER(ctypes.c_int64))
while True:
    check(Wait(tokens, INFINITE) == WAIT_OBJECT_0, "a token")
    got = Wait(mutex, INFINITE)
    check(got in (WAIT_OBJECT_0, WAIT_ABANDONED_0), "the mutex")
    if got == WAIT_ABANDONED_0:
        numbers[1] = numbers[0]
        numbers[2] += 1

    check(numbers[0] == numbers[1], "nobody told that the last owner had died")
    numbers[0] += 1
    numbers[1] += 1
    numbers[place] += 1
    check(ReleaseMutex(mutex), "the mutex's release")
    check(ReleaseSemaphore(tokens, 1, None), "the token's return")
    check(ReleaseSemaphore(told, 1, None), "telling")
