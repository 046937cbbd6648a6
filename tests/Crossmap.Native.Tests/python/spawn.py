"""A Python program that uses the library and then starts others: by multiprocessing's spawn, and by subprocess (fork and exec)."""
import ctypes
import multiprocessing
import subprocess
import sys

INFINITE = 0xFFFFFFFF
SEMAPHORE_ALL_ACCESS = 0x001F0003


def calls(path):
    library = ctypes.CDLL(path)
    handle, dword = ctypes.c_void_p, ctypes.c_uint32

    def call(name, result, *arguments):
        function = getattr(library, "crossmap_" + name)
        function.restype, function.argtypes = result, arguments
        return function

    return (
        call("CreateSemaphoreA", handle, ctypes.c_void_p, ctypes.c_int32, ctypes.c_int32, ctypes.c_char_p),
        call("OpenSemaphoreA", handle, dword, ctypes.c_int, ctypes.c_char_p),
        call("ReleaseSemaphore", ctypes.c_int, handle, ctypes.c_int32, ctypes.c_void_p),
        call("WaitForSingleObject", dword, handle, dword),
    )


def release(path, name):
    _, open_semaphore, release_semaphore, _ = calls(path)
    semaphore = open_semaphore(SEMAPHORE_ALL_ACCESS, False, name)
    if not semaphore or not release_semaphore(semaphore, 1, None):
        sys.exit("a child could not release the semaphore")


if __name__ == "__main__":
    path, name = sys.argv[1], sys.argv[2].encode()
    if len(sys.argv) > 3:
        release(path, name)
        sys.exit(0)

    create_semaphore, _, _, wait = calls(path)
    semaphore = create_semaphore(None, 0, 10, name)
    spawned = multiprocessing.get_context("spawn").Process(target=release, args=(path, name))
    spawned.start()
    if wait(semaphore, INFINITE) != 0:
        sys.exit("the wait")
    spawned.join()
    executed = subprocess.run([sys.executable, __file__, path, sys.argv[2], "child"]).returncode
    if wait(semaphore, 0) != 0:
        sys.exit("the second wait")
    print(spawned.exitcode, executed)
