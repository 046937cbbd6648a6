/* What is around the objects: texts of errors, security, the machine, and the way over to descriptors and back. argv: an error code each. */
#include "check.h"
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void texts(int count, char **codes)
{
    char text[300], *allocated;
    WCHAR wide[300];
    const char *arguments[] = {"program.exe", "two"};
    int i;

    for (i = 0; i < count; i++) {
        DWORD code = (DWORD)atoi(codes[i]), length = FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0, text, sizeof text, NULL);

        CHECK(length > 5 && length == strlen(text) && strcmp(text + length - 2, "\r\n") == 0);
        CHECK(FormatMessageW(FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS, NULL, code, 0, wide, 300, NULL) == length);
        CHECK(wide[length] == 0 && wide[0] == (WCHAR)text[0]);
    }

    CHECK(FormatMessageA(FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM, NULL, ERROR_ACCESS_DENIED, MAKELANGID(LANG_NEUTRAL, SUBLANG_DEFAULT), (LPSTR)&allocated, 0, NULL) == 19);
    CHECK(strcmp(allocated, "Access is denied.\r\n") == 0);
    CHECK(LocalFree(allocated) == NULL);
    FAILS(ERROR_MR_MID_NOT_FOUND, FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, 0x12345678, 0, text, sizeof text, NULL));
    FAILS(ERROR_INSUFFICIENT_BUFFER, FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, ERROR_ACCESS_DENIED, 0, text, 19, NULL));
    FAILS(ERROR_INVALID_PARAMETER, FormatMessageA(0, NULL, ERROR_ACCESS_DENIED, 0, text, sizeof text, NULL));
    FAILS(ERROR_INVALID_PARAMETER, FormatMessageA(FORMAT_MESSAGE_FROM_SYSTEM, NULL, ERROR_BAD_EXE_FORMAT, 0, text, sizeof text, NULL));
    CHECK(FormatMessageA(FORMAT_MESSAGE_FROM_STRING | FORMAT_MESSAGE_ARGUMENT_ARRAY, "%1: 100%% of %2%n", 0, 0, text, sizeof text, arguments) > 0);
    CHECK(strcmp(text, "program.exe: 100% of two\r\n") == 0);
}

static void security(void)
{
    SECURITY_DESCRIPTOR descriptor;
    SECURITY_ATTRIBUTES attributes = {sizeof attributes, &descriptor, FALSE};
    ACL list[2];
    HANDLE made;

    memset(&descriptor, 0, sizeof descriptor);
    FAILS(ERROR_UNKNOWN_REVISION, CreateEventA(&attributes, FALSE, FALSE, NULL));
    FAILS(ERROR_UNKNOWN_REVISION, InitializeSecurityDescriptor(&descriptor, 2));
    CHECK(InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION));
    CHECK((made = CreateEventA(&attributes, FALSE, FALSE, NULL)) != NULL && CloseHandle(made));
    CHECK(SetSecurityDescriptorDacl(&descriptor, TRUE, NULL, FALSE));
    CHECK((made = CreateSemaphoreA(&attributes, 0, 1, NULL)) != NULL && CloseHandle(made));
    CHECK((made = CreateFileMappingA(NULL, &attributes, PAGE_READWRITE, 0, 1, NULL)) != NULL && CloseHandle(made));
    CHECK(InitializeAcl(list, sizeof list, ACL_REVISION));
    CHECK(SetSecurityDescriptorDacl(&descriptor, TRUE, list, FALSE));
    CHECK((made = CreateMutexA(&attributes, FALSE, NULL)) != NULL && CloseHandle(made));
    FAILS(ERROR_NOT_SUPPORTED, CreateMutexA(&attributes, FALSE, "crossmap-test-named"));
    list[0].AceCount = 1;
    FAILS(ERROR_NOT_SUPPORTED, CreateMutexA(&attributes, FALSE, NULL));
    CHECK(SetSecurityDescriptorDacl(&descriptor, FALSE, NULL, FALSE));
    descriptor.Owner = list;
    FAILS(ERROR_NOT_SUPPORTED, CreateFileMappingA(NULL, &attributes, PAGE_READWRITE, 0, 1, NULL));
}

static void descriptors(void)
{
    int memory = memfd_create("test", MFD_CLOEXEC), back;
    HANDLE file, section, reader, event;
    LONGLONG start = -1;
    char *view, *mapped;

    CHECK(memory >= 0 && ftruncate(memory, 8192) == 0);
    file = crossmap_HandleFromDescriptor(memory);
    CHECK(file != INVALID_HANDLE_VALUE);
    section = CreateFileMappingA(file, NULL, PAGE_READWRITE, 0, 0, NULL);
    CHECK(section != NULL && CloseHandle(file));
    view = (char *)MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    CHECK(view != NULL);
    view[5000] = 'x';
    CHECK(pread(memory, &start, 1, 5000) == 1 && (char)start == 'x');
    CHECK(UnmapViewOfFile(view) && CloseHandle(section) && close(memory) == 0);
    CHECK(crossmap_HandleFromDescriptor(memory) == INVALID_HANDLE_VALUE && GetLastError() == ERROR_INVALID_HANDLE);

    section = CreateFileMappingA(NULL, NULL, PAGE_READWRITE, 0, 8192, NULL);
    back = crossmap_DescriptorFromHandle(section, &start);
    CHECK(back >= 0 && (fcntl(back, F_GETFD) & FD_CLOEXEC) != 0);
    view = (char *)MapViewOfFile(section, FILE_MAP_ALL_ACCESS, 0, 0, 0);
    mapped = (char *)mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, back, start);
    CHECK(view != NULL && mapped != MAP_FAILED);
    mapped[8191] = 'y';
    CHECK(view[8191] == 'y');
    CHECK(munmap(mapped, 8192) == 0 && close(back) == 0 && UnmapViewOfFile(view));
    CHECK(DuplicateHandle(GetCurrentProcess(), section, GetCurrentProcess(), &reader, FILE_MAP_READ, FALSE, 0));
    CHECK(crossmap_DescriptorFromHandle(reader, NULL) == -1 && GetLastError() == ERROR_ACCESS_DENIED);
    event = CreateEventA(NULL, FALSE, FALSE, NULL);
    CHECK(crossmap_DescriptorFromHandle(event, NULL) == -1 && GetLastError() == ERROR_INVALID_HANDLE);
    CHECK(CloseHandle(event) && CloseHandle(reader) && CloseHandle(section));
}

int main(int count, char **arguments)
{
    SYSTEM_INFO system;
    ULONGLONG before = GetTickCount64();

    CHECK(count > 1);
    texts(count - 1, arguments + 1);
    security();
    descriptors();
    GetSystemInfo(&system);
    CHECK(system.dwPageSize == 4096 && system.dwAllocationGranularity == 65536 && system.dwNumberOfProcessors >= 1);
    CHECK(GetCurrentProcessId() == (DWORD)getpid());
    Sleep(0);
    Sleep(20);
    CHECK(GetTickCount64() >= before + 19);
    puts("done");
    return 0;
}
