/* The file calls in one process: argv[1] is an empty folder. */
#include "check.h"
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[200];
static char buffer[100];

#define ALL (FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE)

/* CreateFile failed with this error. */
#define NOT_OPENED(error, call)                                \
    do {                                                       \
        SetLastError(0xdeadbeefu);                             \
        CHECK((call) == INVALID_HANDLE_VALUE);                 \
        CHECK(GetLastError() == (error));                      \
    } while (0)

static const char *path(const char *name)
{
    static char paths[4][300];
    static int next;

    next = (next + 1) % 4;
    snprintf(paths[next], sizeof paths[next], "%s/%s", folder, name);
    return paths[next];
}

static HANDLE open_file(const char *name, DWORD access, DWORD disposition, DWORD flags)
{
    return CreateFileA(path(name), access, ALL, NULL, disposition, flags, NULL);
}

static DWORD size_of(HANDLE file)
{
    LARGE_INTEGER size;

    CHECK(GetFileSizeEx(file, &size));
    return (DWORD)size.QuadPart;
}

static void dispositions(void)
{
    HANDLE file;
    DWORD done;

    NOT_OPENED(ERROR_FILE_NOT_FOUND, open_file("a", GENERIC_READ, OPEN_EXISTING, 0));
    NOT_OPENED(ERROR_FILE_NOT_FOUND, open_file("a", GENERIC_WRITE, TRUNCATE_EXISTING, 0));
    NOT_OPENED(ERROR_PATH_NOT_FOUND, open_file("b/a", GENERIC_READ, OPEN_EXISTING, 0));
    NOT_OPENED(ERROR_PATH_NOT_FOUND, open_file("b/a", GENERIC_WRITE, CREATE_ALWAYS, 0));
    NOT_OPENED(ERROR_PATH_NOT_FOUND, CreateFileA("", GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
    NOT_OPENED(ERROR_PATH_NOT_FOUND, CreateFileA(NULL, GENERIC_READ, 0, NULL, OPEN_EXISTING, 0, NULL));
    NOT_OPENED(ERROR_INVALID_PARAMETER, open_file("a", GENERIC_WRITE, 0, 0));
    NOT_OPENED(ERROR_INVALID_PARAMETER, open_file("a", GENERIC_WRITE, 6, 0));
    NOT_OPENED(ERROR_INVALID_PARAMETER, CreateFileA(path("a"), GENERIC_WRITE, 8, NULL, CREATE_NEW, 0, NULL));
    NOT_OPENED(ERROR_INVALID_PARAMETER, open_file("a", GENERIC_READ, TRUNCATE_EXISTING, 0));
    NOT_OPENED(ERROR_INVALID_PARAMETER, open_file("a", GENERIC_WRITE, CREATE_NEW, 0x10));
    NOT_OPENED(ERROR_NOT_SUPPORTED, open_file("a", GENERIC_WRITE, CREATE_NEW, FILE_FLAG_OVERLAPPED));
    NOT_OPENED(ERROR_NOT_SUPPORTED, open_file("a", GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_ENCRYPTED));
    NOT_OPENED(ERROR_NOT_SUPPORTED, open_file("a", GENERIC_WRITE, CREATE_NEW, FILE_FLAG_OPEN_REPARSE_POINT));
    NOT_OPENED(ERROR_ACCESS_DENIED, open_file("a", 0x00000200, CREATE_NEW, 0));
    CHECK(access(path("a"), F_OK) != 0);

    SetLastError(0xdeadbeefu);
    file = open_file("a", GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_NORMAL | FILE_FLAG_SEQUENTIAL_SCAN | FILE_FLAG_WRITE_THROUGH);
    CHECK(file != INVALID_HANDLE_VALUE && GetLastError() == 0);
    CHECK(WriteFile(file, "12345", 5, &done, NULL) && done == 5);
    CHECK(CloseHandle(file));
    NOT_OPENED(ERROR_FILE_EXISTS, open_file("a", GENERIC_WRITE, CREATE_NEW, 0));
    SetLastError(0xdeadbeefu);
    file = open_file("a", GENERIC_READ, OPEN_EXISTING, 0);
    CHECK(file != INVALID_HANDLE_VALUE && GetLastError() == 0 && size_of(file) == 5);
    CHECK(CloseHandle(file));
    file = open_file("a", GENERIC_READ, OPEN_ALWAYS, 0);
    CHECK(file != INVALID_HANDLE_VALUE && GetLastError() == ERROR_ALREADY_EXISTS && size_of(file) == 5);
    CHECK(CloseHandle(file));
    file = open_file("b", GENERIC_READ, OPEN_ALWAYS, 0);
    CHECK(file != INVALID_HANDLE_VALUE && GetLastError() == 0 && size_of(file) == 0);
    CHECK(CloseHandle(file));
    SetLastError(0xdeadbeefu);
    file = open_file("a", GENERIC_WRITE, TRUNCATE_EXISTING, 0);
    CHECK(file != INVALID_HANDLE_VALUE && GetLastError() == 0 && size_of(file) == 0);
    CHECK(WriteFile(file, "123", 3, &done, NULL) && done == 3);
    CHECK(CloseHandle(file));

    /* Shortened although the handle may only read. */
    file = open_file("a", GENERIC_READ, CREATE_ALWAYS, 0);
    CHECK(file != INVALID_HANDLE_VALUE && GetLastError() == ERROR_ALREADY_EXISTS && size_of(file) == 0);
    FAILS(ERROR_ACCESS_DENIED, WriteFile(file, "123", 3, &done, NULL));
    CHECK(CloseHandle(file));
    file = open_file("c", 0, CREATE_ALWAYS, FILE_ATTRIBUTE_TEMPORARY);
    CHECK(file != INVALID_HANDLE_VALUE && GetLastError() == 0 && size_of(file) == 0);
    CHECK(CloseHandle(file));
    CHECK(DeleteFileA(path("a")) && DeleteFileA(path("b")) && DeleteFileA(path("c")));
    FAILS(ERROR_FILE_NOT_FOUND, DeleteFileA(path("a")));
    FAILS(ERROR_PATH_NOT_FOUND, DeleteFileA(path("a/b")));
    FAILS(ERROR_PATH_NOT_FOUND, DeleteFileA(""));
    FAILS(ERROR_PATH_NOT_FOUND, DeleteFileW(NULL));
}

/* What is no file, or no plain one. */
static void others(void)
{
    HANDLE file;
    struct stat status;
    DWORD done;

    CHECK(mkdir(path("folder"), 0700) == 0);
    NOT_OPENED(ERROR_ACCESS_DENIED, open_file("folder", GENERIC_READ, OPEN_EXISTING, 0));
    NOT_OPENED(ERROR_ACCESS_DENIED, open_file("folder", GENERIC_READ, OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS));
    NOT_OPENED(ERROR_FILE_EXISTS, open_file("folder", GENERIC_READ, CREATE_NEW, 0));
    FAILS(ERROR_ACCESS_DENIED, DeleteFileA(path("folder")));
    CHECK(rmdir(path("folder")) == 0);

    CHECK(mkfifo(path("fifo"), 0600) == 0);
    NOT_OPENED(ERROR_NOT_SUPPORTED, open_file("fifo", GENERIC_READ, OPEN_EXISTING, 0));
    CHECK(DeleteFileA(path("fifo")));

    CHECK(symlink("nowhere", path("link")) == 0);
    NOT_OPENED(ERROR_FILE_NOT_FOUND, open_file("link", GENERIC_WRITE, OPEN_ALWAYS, 0));
    NOT_OPENED(ERROR_FILE_EXISTS, open_file("link", GENERIC_WRITE, CREATE_NEW, 0));
    CHECK(DeleteFileA(path("link")) && lstat(path("link"), &status) != 0);

    file = open_file("plain", GENERIC_READ | GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_READONLY);
    CHECK(file != INVALID_HANDLE_VALUE && GetFileType(file) == FILE_TYPE_DISK);
    CHECK(WriteFile(file, "x", 1, &done, NULL) && done == 1);
    CHECK(stat(path("plain"), &status) == 0 && (status.st_mode & 0222) == 0);
    CHECK(symlink("plain", path("link")) == 0);
    CHECK(DeleteFileA(path("link")) && stat(path("plain"), &status) == 0);
    CHECK(CloseHandle(file));
    FAILS(ERROR_INVALID_HANDLE, GetFileType(file));
    CHECK(DeleteFileA(path("plain")));

    file = CreateFileA("/dev/zero", GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE && GetFileType(file) == FILE_TYPE_CHAR);
    memset(buffer, 1, sizeof buffer);
    CHECK(ReadFile(file, buffer, 10, &done, NULL) && done == 10 && buffer[9] == 0 && buffer[10] == 1);
    CHECK(WriteFile(file, buffer, 10, &done, NULL) && done == 10);
    FAILS(ERROR_INVALID_FUNCTION, SetEndOfFile(file));
    FAILS(ERROR_INVALID_FUNCTION, GetFileSizeEx(file, (PLARGE_INTEGER)(void *)buffer));
    CHECK(SetFilePointer(file, 0, NULL, FILE_BEGIN) == INVALID_SET_FILE_POINTER && GetLastError() == ERROR_INVALID_FUNCTION);
    CHECK(CloseHandle(file));
}

static void transfers(void)
{
    HANDLE file = open_file("t", GENERIC_READ | GENERIC_WRITE, CREATE_NEW, 0), other, event, appender;
    DWORD done;
    OVERLAPPED at;

    memset(&at, 0, sizeof at);
    CHECK(ReadFile(file, buffer, 10, &done, NULL) && done == 0);
    CHECK(WriteFile(file, "0123456789", 10, &done, NULL) && done == 10);
    done = 1;
    CHECK(ReadFile(file, buffer, 10, &done, NULL) && done == 0);
    CHECK(SetFilePointer(file, 2, NULL, FILE_BEGIN) == 2);
    CHECK(ReadFile(file, buffer, 3, &done, NULL) && done == 3 && memcmp(buffer, "234", 3) == 0);
    CHECK(ReadFile(file, buffer, 100, NULL, NULL) && memcmp(buffer, "56789", 5) == 0);
    CHECK(ReadFile(file, NULL, 0, &done, NULL) && WriteFile(file, NULL, 0, &done, NULL));
    CHECK(SetFilePointer(file, 0, NULL, FILE_BEGIN) == 0);
    FAILS(ERROR_NOACCESS, ReadFile(file, NULL, 5, &done, NULL));
    FAILS(ERROR_INVALID_USER_BUFFER, WriteFile(file, NULL, 5, &done, NULL));

    /* At an offset: the position is behind it afterwards. */
    at.Offset = 4;
    CHECK(ReadFile(file, buffer, 2, &done, &at) && done == 2 && memcmp(buffer, "45", 2) == 0);
    CHECK(at.Internal == 0 && at.InternalHigh == 2 && SetFilePointer(file, 0, NULL, FILE_CURRENT) == 6);
    at.Offset = 8;
    CHECK(ReadFile(file, buffer, 10, &done, &at) && done == 2 && at.InternalHigh == 2);
    at.Offset = 10;
    FAILS(ERROR_HANDLE_EOF, ReadFile(file, buffer, 10, &done, &at));
    CHECK(done == 0 && at.Internal == 0xC0000011u && at.InternalHigh == 0);
    at.Offset = 11;
    FAILS(ERROR_HANDLE_EOF, ReadFile(file, buffer, 1, NULL, &at));
    CHECK(ReadFile(file, buffer, 0, &done, &at));
    at.OffsetHigh = 0x80000000u;
    FAILS(ERROR_INVALID_PARAMETER, ReadFile(file, buffer, 1, &done, &at));
    FAILS(ERROR_INVALID_PARAMETER, WriteFile(file, buffer, 1, &done, &at));
    at.Offset = at.OffsetHigh = 0xFFFFFFFFu;
    FAILS(ERROR_INVALID_PARAMETER, ReadFile(file, buffer, 1, &done, &at));
    CHECK(WriteFile(file, "ab", 2, &done, &at) && done == 2 && size_of(file) == 12);
    CHECK(SetFilePointer(file, 0, NULL, FILE_CURRENT) == 12);
    at.Offset = 1;
    at.OffsetHigh = 0;
    event = CreateEventA(NULL, TRUE, FALSE, NULL);
    at.hEvent = event;
    CHECK(WriteFile(file, "x", 1, &done, &at) && WaitForSingleObject(event, 0) == WAIT_OBJECT_0);
    at.hEvent = file;
    FAILS(ERROR_INVALID_HANDLE, WriteFile(file, "x", 1, &done, &at));
    CHECK(CloseHandle(event));

    /* Another handle has its own position, a duplicate the same one. */
    other = open_file("t", GENERIC_READ, OPEN_EXISTING, 0);
    CHECK(ReadFile(other, buffer, 3, &done, NULL) && done == 3 && memcmp(buffer, "0x2", 3) == 0);
    FAILS(ERROR_ACCESS_DENIED, WriteFile(other, "x", 1, &done, NULL));
    FAILS(ERROR_ACCESS_DENIED, SetEndOfFile(other));
    FAILS(ERROR_ACCESS_DENIED, FlushFileBuffers(other));
    CHECK(CloseHandle(file));
    CHECK(DuplicateHandle(GetCurrentProcess(), other, GetCurrentProcess(), &file, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(CloseHandle(other));
    CHECK(ReadFile(file, buffer, 1, &done, NULL) && done == 1 && buffer[0] == '3');
    CHECK(CloseHandle(file));
    FAILS(ERROR_INVALID_HANDLE, ReadFile(file, buffer, 1, &done, NULL));

    file = open_file("t", GENERIC_WRITE, OPEN_EXISTING, 0);
    FAILS(ERROR_ACCESS_DENIED, ReadFile(file, buffer, 1, &done, NULL));
    CHECK(FlushFileBuffers(file));
    appender = open_file("t", FILE_APPEND_DATA, OPEN_EXISTING, 0);
    at.hEvent = NULL;
    at.Offset = 0;
    CHECK(WriteFile(appender, "cd", 2, &done, NULL) && done == 2);
    CHECK(SetFilePointer(file, 0, NULL, FILE_END) == 14 && WriteFile(file, "ef", 2, &done, NULL));
    CHECK(WriteFile(appender, "gh", 2, &done, &at) && size_of(file) == 18);
    FAILS(ERROR_ACCESS_DENIED, SetEndOfFile(appender));
    CHECK(FlushFileBuffers(appender));
    CHECK(CloseHandle(file) && CloseHandle(appender));

    /* The same from a handle that lost the right to write anywhere. */
    file = open_file("t", GENERIC_READ | GENERIC_WRITE, OPEN_EXISTING, 0);
    CHECK(DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &appender, FILE_APPEND_DATA, FALSE, 0));
    CHECK(WriteFile(appender, "ij", 2, &done, NULL) && size_of(file) == 20);
    FAILS(ERROR_ACCESS_DENIED, ReadFile(appender, buffer, 1, &done, NULL));
    at.Offset = 10;
    CHECK(ReadFile(file, buffer, 100, &done, &at) && done == 10 && memcmp(buffer, "abcdefghij", 10) == 0);
    CHECK(CloseHandle(file) && CloseHandle(appender));

    other = open_file("t", 0, OPEN_EXISTING, 0);
    CHECK(other != INVALID_HANDLE_VALUE && size_of(other) == 20 && GetFileType(other) == FILE_TYPE_DISK);
    FAILS(ERROR_ACCESS_DENIED, ReadFile(other, buffer, 1, &done, NULL));
    FAILS(ERROR_ACCESS_DENIED, CreateFileMappingA(other, NULL, PAGE_READONLY, 0, 0, NULL));
    CHECK(CloseHandle(other) && DeleteFileA(path("t")));
}

static void positions(void)
{
    HANDLE file = open_file("p", GENERIC_READ | GENERIC_WRITE, CREATE_NEW, 0);
    LONG high;
    DWORD sizeHigh;
    LARGE_INTEGER to, now;

    CHECK(SetFilePointer(file, 100, NULL, FILE_BEGIN) == 100 && SetEndOfFile(file) && GetFileSize(file, NULL) == 100);
    CHECK(SetFilePointer(file, -1, NULL, FILE_CURRENT) == 99 && SetFilePointer(file, -10, NULL, FILE_END) == 90);
    FAILS(ERROR_NEGATIVE_SEEK, SetFilePointer(file, -91, NULL, FILE_CURRENT) != INVALID_SET_FILE_POINTER);
    FAILS(ERROR_NEGATIVE_SEEK, SetFilePointer(file, -1, NULL, FILE_BEGIN) != INVALID_SET_FILE_POINTER);
    FAILS(ERROR_NEGATIVE_SEEK, SetFilePointer(file, -101, NULL, FILE_END) != INVALID_SET_FILE_POINTER);
    FAILS(ERROR_INVALID_PARAMETER, SetFilePointer(file, 0, NULL, 3) != INVALID_SET_FILE_POINTER);
    CHECK(SetFilePointer(file, 0, NULL, FILE_CURRENT) == 90);
    high = 2;
    CHECK(SetFilePointer(file, -16, &high, FILE_BEGIN) == 0xFFFFFFF0u && high == 2);
    FAILS(ERROR_INVALID_PARAMETER, SetFilePointer(file, 0, NULL, FILE_CURRENT) != INVALID_SET_FILE_POINTER);
    CHECK(SetEndOfFile(file));
    SetLastError(0xdeadbeefu);
    sizeHigh = 7;
    CHECK(GetFileSize(file, &sizeHigh) == 0xFFFFFFF0u && sizeHigh == 2 && GetLastError() == 0xdeadbeefu);
    high = 0;
    SetLastError(0xdeadbeefu);
    CHECK(SetFilePointer(file, -1, &high, FILE_BEGIN) == INVALID_SET_FILE_POINTER && high == 0 && GetLastError() == NO_ERROR);
    CHECK(SetEndOfFile(file));
    SetLastError(0xdeadbeefu);
    CHECK(GetFileSize(file, NULL) == INVALID_FILE_SIZE && GetLastError() == NO_ERROR);
    FAILS(ERROR_INVALID_HANDLE, GetFileSize(NULL, NULL) != INVALID_FILE_SIZE);
    FAILS(ERROR_INVALID_PARAMETER, GetFileSizeEx(file, NULL));
    high = -1;
    CHECK(SetFilePointer(file, -5, &high, FILE_CURRENT) == 0xFFFFFFFAu && high == 0);
    to.QuadPart = 0x123456789LL;
    CHECK(SetFilePointerEx(file, to, &now, FILE_BEGIN) && now.QuadPart == to.QuadPart);
    to.QuadPart = -0x123456789LL;
    CHECK(SetFilePointerEx(file, to, NULL, FILE_CURRENT) && SetFilePointer(file, 0, NULL, FILE_CURRENT) == 0);
    FAILS(ERROR_NEGATIVE_SEEK, SetFilePointerEx(file, to, &now, FILE_BEGIN));
    to.QuadPart = 1;
    CHECK(SetFilePointerEx(file, to, NULL, FILE_BEGIN));
    to.QuadPart = INT64_MAX;
    FAILS(ERROR_INVALID_PARAMETER, SetFilePointerEx(file, to, &now, FILE_CURRENT));
    CHECK(SetFilePointer(file, 0, NULL, FILE_CURRENT) == 1);
    CHECK(CloseHandle(file) && DeleteFileA(path("p")));
}

/* A write or an end beyond RLIMIT_FSIZE is an error and no SIGXFSZ. */
static void limits(void)
{
    HANDLE file = open_file("l", GENERIC_WRITE, CREATE_NEW, 0);
    struct rlimit before, limit;
    DWORD done;

    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0);
    limit = before;
    limit.rlim_cur = 1000;
    CHECK(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    CHECK(WriteFile(file, buffer, 10, &done, NULL));
    CHECK(SetFilePointer(file, 995, NULL, FILE_BEGIN) == 995);
    FAILS(ERROR_DISK_FULL, WriteFile(file, buffer, 10, &done, NULL));
    CHECK(SetFilePointer(file, 1001, NULL, FILE_BEGIN) == 1001);
    FAILS(ERROR_NOT_ENOUGH_MEMORY, SetEndOfFile(file));
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK(size_of(file) == 10 && CloseHandle(file) && DeleteFileA(path("l")));
}

static void temporary(void)
{
    WCHAR wide[MAX_PATH];
    char narrow[MAX_PATH], long_folder[MAX_PATH];
    struct stat status;
    DWORD length;
    UINT number;

    CHECK(setenv("TMPDIR", folder, 1) == 0);
    length = GetTempPathA(0, NULL);
    CHECK(length == strlen(folder) + 2);
    narrow[0] = 'x';
    CHECK(GetTempPathA(length - 1, narrow) == length && narrow[0] == 'x');
    CHECK(GetTempPathA(length, narrow) == length - 1 && strncmp(narrow, folder, length - 2) == 0 && strcmp(narrow + length - 2, "/") == 0);
    CHECK(GetTempPathW(MAX_PATH, wide) == length - 1 && wide[length - 2] == u'/' && wide[length - 1] == 0);
    CHECK(unsetenv("TMPDIR") == 0 && GetTempPathA(MAX_PATH, narrow) == 5 && strcmp(narrow, "/tmp/") == 0);

    number = GetTempFileNameA(folder, "prefix", 0, narrow);
    CHECK(number != 0 && stat(narrow, &status) == 0 && status.st_size == 0 && (status.st_mode & 0777) == 0600);
    snprintf(long_folder, sizeof long_folder, "%s/pre%X.tmp", folder, number);
    CHECK(strcmp(narrow, long_folder) == 0 && DeleteFileA(narrow));
    CHECK(GetTempFileNameA(folder, "prefix", number, narrow) == number && strcmp(narrow, long_folder) == 0 && stat(narrow, &status) != 0);
    CHECK(GetTempFileNameW(u"/tmp/", NULL, 0x1ABCD, wide) == 0xABCD && memcmp(wide, u"/tmp/ABCD.tmp", 28) == 0);
    FAILS(ERROR_DIRECTORY, GetTempFileNameA(narrow, "a", 0, long_folder));
    FAILS(ERROR_INVALID_PARAMETER, GetTempFileNameA(NULL, "a", 0, narrow));
    FAILS(ERROR_INVALID_PARAMETER, GetTempFileNameA(folder, "a", 0, NULL));
    FAILS(ERROR_INVALID_NAME, GetTempFileNameA(folder, "../", 0, narrow));
    memset(long_folder, '/', 251);
    long_folder[251] = 0;
    FAILS(ERROR_BUFFER_OVERFLOW, GetTempFileNameA(long_folder, "a", 0, narrow));
}

static void deleted_on_close(void)
{
    HANDLE file = open_file("d", GENERIC_READ | GENERIC_WRITE, CREATE_NEW, FILE_ATTRIBUTE_TEMPORARY | FILE_FLAG_DELETE_ON_CLOSE), duplicate;

    CHECK(file != INVALID_HANDLE_VALUE && access(path("d"), F_OK) == 0);
    NOT_OPENED(ERROR_SHARING_VIOLATION, CreateFileA(path("d"), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE, NULL, OPEN_EXISTING, 0, NULL));
    CHECK(DuplicateHandle(GetCurrentProcess(), file, GetCurrentProcess(), &duplicate, 0, FALSE, DUPLICATE_SAME_ACCESS));
    CHECK(CloseHandle(file) && access(path("d"), F_OK) == 0);
    CHECK(rename(path("d"), path("e")) == 0);
    CHECK(CloseHandle(duplicate) && access(path("e"), F_OK) != 0);

    /* A file that existed. */
    file = open_file("d", 0, CREATE_NEW, 0);
    CHECK(CloseHandle(file));
    file = open_file("d", GENERIC_READ, OPEN_EXISTING, FILE_FLAG_DELETE_ON_CLOSE);
    CHECK(CloseHandle(file) && access(path("d"), F_OK) != 0);

    /* What has the name by now stays. */
    file = open_file("d", GENERIC_READ, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE);
    CHECK(DeleteFileA(path("d")));
    duplicate = open_file("d", GENERIC_READ, CREATE_NEW, 0);
    CHECK(CloseHandle(file) && CloseHandle(duplicate) && access(path("d"), F_OK) == 0);
    CHECK(DeleteFileA(path("d")));

    /* Open at the end of the process. */
    CHECK(open_file("left", GENERIC_READ, CREATE_NEW, FILE_FLAG_DELETE_ON_CLOSE) != INVALID_HANDLE_VALUE);
}

/* A section over a file that was made by this call leads to it by its path. */
static void mapped(void)
{
    HANDLE file = open_file("s", GENERIC_READ | GENERIC_WRITE, CREATE_NEW, 0), mapping, opened;
    char name[50], *view;
    DWORD done;

    snprintf(name, sizeof name, "crossmap-test-files-%d", (int)getpid());
    mapping = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 5000, name);
    CHECK(mapping != NULL && GetLastError() == 0 && size_of(file) == 5000);
    opened = OpenFileMappingA(FILE_MAP_ALL_ACCESS, FALSE, name);
    CHECK(opened != NULL);
    view = (char *)MapViewOfFile(opened, FILE_MAP_WRITE, 0, 0, 0);
    CHECK(view != NULL);

    /* Views and calls see the same bytes (fact 168). */
    strcpy(view, "by the view");
    CHECK(ReadFile(file, buffer, 11, &done, NULL) && done == 11 && memcmp(buffer, "by the view", 11) == 0);
    CHECK(WriteFile(file, "by the call", 11, &done, NULL) && memcmp(view + 11, "by the call", 11) == 0);
    CHECK(GetFileType(mapping) == FILE_TYPE_UNKNOWN && GetLastError() == ERROR_INVALID_HANDLE);
    FAILS(ERROR_USER_MAPPED_FILE, SetFilePointer(file, 4999, NULL, FILE_BEGIN) != 4999 || SetEndOfFile(file));
    FAILS(ERROR_INVALID_HANDLE, SetEndOfFile(mapping));
    FAILS(ERROR_INVALID_HANDLE, ReadFile(mapping, buffer, 1, &done, NULL));
    CHECK(UnmapViewOfFile(view) && CloseHandle(opened) && CloseHandle(mapping));
    CHECK(SetEndOfFile(file) && size_of(file) == 4999);
    CHECK(CloseHandle(file) && DeleteFileA(path("s")));
}

static void audience(void)
{
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, NULL, FALSE};
    HANDLE file;
    struct stat status;

    umask(027);
    file = CreateFileA(path("m"), GENERIC_WRITE, ALL, &attributes, CREATE_NEW, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE && stat(path("m"), &status) == 0 && (status.st_mode & 0777) == 0640);
    CHECK(CloseHandle(file) && DeleteFileA(path("m")));
    umask(0777);
    file = CreateFileA(path("m"), GENERIC_READ, ALL, NULL, CREATE_NEW, 0, NULL);
    CHECK(file != INVALID_HANDLE_VALUE && stat(path("m"), &status) == 0 && (status.st_mode & 0777) == 0);
    CHECK(CloseHandle(file) && DeleteFileA(path("m")));
    umask(022);
}

int main(int count, char **arguments)
{
    CHECK(count == 2);
    snprintf(folder, sizeof folder, "%s", arguments[1]);
    dispositions();
    others();
    transfers();
    positions();
    limits();
    temporary();
    mapped();
    audience();
    deleted_on_close();
    puts("done");
    return 0;
}
