/* What a program in C would write to share memory by a path, without any promise about names, kills or limits; and the library's own
   system calls, in its order, from C. -1 when a call fails: then the comparison would be of nothing. */
#include "clock.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { PAGE = 4096 };

static void touch(volatile char *memory, int64_t size)
{
    for (int64_t at = 0; at < size; at += PAGE)
        memory[at] = 1;
}

int64_t bench_create(const char *path, int64_t size, int count)
{
    int64_t start = now();
    for (int i = 0; i < count; i++) {
        int fd = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
        if (fd < 0 || fallocate(fd, 0, 0, size) != 0)
            return -1;
        char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memory == MAP_FAILED)
            return -1;
        touch(memory, size);
        munmap(memory, size);
        close(fd);
        unlink(path);
    }
    return now() - start;
}

int64_t bench_open(const char *path, int64_t size, int count)
{
    int64_t start = now();
    for (int i = 0; i < count; i++) {
        int fd = open(path, O_RDWR | O_CLOEXEC);
        if (fd < 0)
            return -1;
        char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        if (memory == MAP_FAILED)
            return -1;
        munmap(memory, size);
        close(fd);
    }
    return now() - start;
}

static int lock(int fd, short type)
{
    struct flock request = { .l_type = type, .l_whence = SEEK_SET, .l_start = 0, .l_len = 1 };
    return fcntl(fd, F_OFD_SETLK, &request);
}

/* The calls of FileMapping.Open, MapView and both Disposes, traced: open; is it a leftover; hold it; open what has the name now, and which
   file is that; what does it say, and of which file; map into the reservation; and back: reserve again, let go, is nobody left, close both. */
int64_t bench_open_same_calls(const char *folder, const char *name, int64_t size, int count)
{
    /* Of the reservation that views lie in, a piece amidst the rest of it, as there. */
    enum { AROUND = 1 << 20 };
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    char *reservation = mmap(NULL, size + 2 * AROUND, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (dir < 0 || reservation == MAP_FAILED)
        return -1;
    char *place = reservation + AROUND;
    char header[1024];
    uint64_t inode;
    struct statx named;
    int64_t start = now();
    for (int i = 0; i < count; i++) {
        int fd = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd < 0)
            return -1;
        if (lock(fd, F_WRLCK) == 0 || lock(fd, F_RDLCK) != 0)
            return -1;
        int mapped = openat(dir, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (mapped < 0 || statx(mapped, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &named) != 0)
            return -1;
        if (pread(fd, header, sizeof header, 0) < 512)
            return -1;
        memcpy(&inode, header + 72, sizeof inode);
        if (inode != named.stx_ino)
            return -1;
        if (mmap(place, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, mapped, PAGE) == MAP_FAILED)
            return -1;
        if (mmap(place, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED)
            return -1;
        if (lock(fd, F_UNLCK) != 0 || lock(fd, F_WRLCK) == 0)
            return -1;
        if (mapped != fd + 1 || syscall(SYS_close_range, fd, mapped, 0) != 0) {
            close(mapped);
            close(fd);
        }
    }
    int64_t took = now() - start;
    munmap(reservation, size + 2 * AROUND);
    close(dir);
    return took;
}
