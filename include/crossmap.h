/*
 * crossmap.h: Win32 file mappings and named objects on Linux.
 *
 * Programs that were written against <windows.h> for shared memory compile with this header and link with -lcrossmap. Names, types, constants
 * and answers are Win32's; where Linux cannot give Windows' answer, the call below says so, and docs/win32.md says why.
 *
 * Each call is exported under a prefix (crossmap_CreateFileMappingW) and mapped onto it by a macro, so that the library takes no name from a
 * program that has its own CloseHandle or Sleep.
 *
 * TEXT
 *   WCHAR is char16_t, 16 bits. The W calls take UTF-16, any 16-bit units but 0; the A calls take UTF-8, and what is not UTF-8 fails with
 *   ERROR_NO_UNICODE_TRANSLATION. With UNICODE defined, CreateFileMapping is CreateFileMappingW, else CreateFileMappingA. TEXT("...") needs C11
 *   or C++11 when UNICODE is defined, because u"..." does.
 *
 * ERRORS
 *   A call that fails returns FALSE or NULL (CreateFile INVALID_HANDLE_VALUE, waits WAIT_FAILED) and sets the thread's last error. A call
 *   that succeeds leaves it alone, except CreateFileMapping, CreateSemaphore, CreateMutex, CreateEvent and CreateFile: they set it to 0 or, when
 *   the name existed, to ERROR_ALREADY_EXISTS. errno means nothing after these calls.
 *   Handles are checked: closed, foreign and invented ones, and ones to something of another kind, fail with ERROR_INVALID_HANDLE. Pointers
 *   are not: a bad one ends the process, as it mostly does on Windows; NULL where a call needs memory is ERROR_NOACCESS or
 *   ERROR_INVALID_PARAMETER.
 *
 * CRASHES
 *   A process that ends, however it ends, closes its handles: names are free again, and a mutex that it owned goes to the next waiter as
 *   WAIT_ABANDONED_0. Nobody has to clean up, and no time-out ever takes anything away from a process that lives. Bytes of a view are in
 *   the memory or the file the moment they are written, whatever becomes of the writer; FlushViewOfFile is for crashes of the machine.
 *   Who may write to an object's file may truncate it, and its users get SIGBUS: share with everyone only what may be lost.
 *
 * THREADS
 *   Any thread may make any call, and needs no preparation. A mutex belongs to the thread that waited for it; when the thread ends, it is
 *   abandoned. Signal handlers must make no calls.
 *
 * fork
 *   The library runs on the .NET runtime inside it, whose threads do not survive a fork. After fork a child may call exec or _exit, and no
 *   call of this header. exec'ed children are processes like others; they inherit handles that were made with bInheritHandle. vfork,
 *   posix_spawn and system are fine.
 *
 * SIGNALS
 *   With the first call the runtime installs handlers for SIGSEGV and SIGFPE, which pass on to the program's own what does not concern the
 *   runtime, and for SIGRTMIN, which it uses itself. All other dispositions, SIGPIPE's too, stay as they are. A program that installs handlers
 *   for SIGSEGV or SIGFPE after its first call must chain to the ones it finds. dlclose leaves the library loaded.
 */
#ifndef CROSSMAP_H
#define CROSSMAP_H

#include <stddef.h>
#include <stdint.h>
#ifndef __cplusplus
#include <uchar.h>
#endif

#if !defined(__linux__) || !defined(__x86_64__)
#error "crossmap.h is for Linux on x64; on Windows these calls are in <windows.h>."
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Types ---------------------------------------------------------------------------------------------------------------------- */

#ifndef WINAPI
#define WINAPI
#endif
#ifndef VOID
#define VOID void
#endif
#ifndef CONST
#define CONST const
#endif
#ifndef FALSE
#define FALSE 0
#endif
#ifndef TRUE
#define TRUE 1
#endif

typedef int BOOL;
typedef unsigned char BYTE;
typedef uint16_t WORD;
typedef uint32_t DWORD;
typedef int32_t LONG;
typedef uint32_t ULONG;
typedef unsigned int UINT;
typedef int INT;
typedef int16_t SHORT;
typedef uint16_t USHORT;
typedef int64_t LONGLONG;
typedef uint64_t ULONGLONG;
typedef uint64_t DWORD64;
typedef size_t SIZE_T;
typedef uintptr_t ULONG_PTR;
typedef uintptr_t DWORD_PTR;
typedef intptr_t LONG_PTR;
typedef char CHAR;
typedef char16_t WCHAR;
typedef void *PVOID, *LPVOID;
typedef const void *LPCVOID, *PCVOID;
typedef void *HANDLE, **PHANDLE, **LPHANDLE;
typedef BOOL *PBOOL, *LPBOOL;
typedef BYTE *PBYTE, *LPBYTE;
typedef WORD *PWORD, *LPWORD;
typedef DWORD *PDWORD, *LPDWORD;
typedef LONG *PLONG, *LPLONG;
typedef SIZE_T *PSIZE_T;
typedef CHAR *PSTR, *LPSTR;
typedef const CHAR *PCSTR, *LPCSTR;
typedef WCHAR *PWSTR, *LPWSTR;
typedef const WCHAR *PCWSTR, *LPCWSTR;

#ifdef UNICODE
typedef WCHAR TCHAR;
typedef LPWSTR LPTSTR;
typedef LPCWSTR LPCTSTR;
#define TEXT(text) CROSSMAP_WIDE(text)
#define CROSSMAP_WIDE(text) u##text
#else
typedef CHAR TCHAR;
typedef LPSTR LPTSTR;
typedef LPCSTR LPCTSTR;
#define TEXT(text) text
#endif

#define INVALID_HANDLE_VALUE ((HANDLE)(LONG_PTR)-1)
#define MAX_PATH 260

typedef struct _SECURITY_ATTRIBUTES {
    DWORD nLength;
    LPVOID lpSecurityDescriptor; /* NULL: for the user who creates the object; see InitializeSecurityDescriptor */
    BOOL bInheritHandle;         /* children inherit the handle, under the same value */
} SECURITY_ATTRIBUTES, *PSECURITY_ATTRIBUTES, *LPSECURITY_ATTRIBUTES;

/* ---- Security ------------------------------------------------------------------------------------------------------------------- */

#define InitializeSecurityDescriptor crossmap_InitializeSecurityDescriptor
#define SetSecurityDescriptorDacl crossmap_SetSecurityDescriptorDacl
#define InitializeAcl crossmap_InitializeAcl

#define SECURITY_DESCRIPTOR_REVISION 1
#define ACL_REVISION 2
#define SE_DACL_PRESENT 0x0004
#define SE_DACL_DEFAULTED 0x0008

typedef struct _ACL {
    BYTE AclRevision;
    BYTE Sbz1;
    WORD AclSize;
    WORD AceCount;
    WORD Sbz2;
} ACL, *PACL;

typedef struct _SECURITY_DESCRIPTOR {
    BYTE Revision;
    BYTE Sbz1;
    WORD Control;
    PVOID Owner;
    PVOID Group;
    PACL Sacl;
    PACL Dacl;
} SECURITY_DESCRIPTOR, *PISECURITY_DESCRIPTOR;

typedef PVOID PSECURITY_DESCRIPTOR;

/*
 * Who may open an object that is created with such a descriptor: without a list (or without a descriptor) the user who creates it, with a NULL
 * list everyone, which matters for Global\ names only. Who may write to an object may also truncate its file, and its users get SIGBUS: share
 * with everyone only what may be lost. Anything else cannot be honoured, and the creation fails with ERROR_NOT_SUPPORTED: an owner, a group, a
 * system list, lists with entries, and for a named object an empty list.
 * Errors: ERROR_UNKNOWN_REVISION, ERROR_NOACCESS (NULL).
 */
BOOL InitializeSecurityDescriptor(PSECURITY_DESCRIPTOR pSecurityDescriptor, DWORD dwRevision);
BOOL SetSecurityDescriptorDacl(PSECURITY_DESCRIPTOR pSecurityDescriptor, BOOL bDaclPresent, PACL pDacl, BOOL bDaclDefaulted);

/* An empty list. Errors: ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_PARAMETER (revision, length), ERROR_NOACCESS (NULL). */
BOOL InitializeAcl(PACL pAcl, DWORD nAclLength, DWORD dwAclRevision);

/* ---- Access rights -------------------------------------------------------------------------------------------------------------- */

#define DELETE 0x00010000u
#define READ_CONTROL 0x00020000u
#define WRITE_DAC 0x00040000u
#define WRITE_OWNER 0x00080000u
#define SYNCHRONIZE 0x00100000u
#define STANDARD_RIGHTS_REQUIRED 0x000F0000u
#define STANDARD_RIGHTS_READ READ_CONTROL
#define STANDARD_RIGHTS_WRITE READ_CONTROL
#define STANDARD_RIGHTS_EXECUTE READ_CONTROL
#define STANDARD_RIGHTS_ALL 0x001F0000u
#define ACCESS_SYSTEM_SECURITY 0x01000000u
#define MAXIMUM_ALLOWED 0x02000000u
#define GENERIC_READ 0x80000000u
#define GENERIC_WRITE 0x40000000u
#define GENERIC_EXECUTE 0x20000000u
#define GENERIC_ALL 0x10000000u

#define SECTION_QUERY 0x0001u
#define SECTION_MAP_WRITE 0x0002u
#define SECTION_MAP_READ 0x0004u
#define SECTION_MAP_EXECUTE 0x0008u
#define SECTION_EXTEND_SIZE 0x0010u
#define SECTION_MAP_EXECUTE_EXPLICIT 0x0020u
#define SECTION_ALL_ACCESS 0x000F001Fu

#define FILE_MAP_COPY 0x0001u
#define FILE_MAP_WRITE SECTION_MAP_WRITE
#define FILE_MAP_READ SECTION_MAP_READ
#define FILE_MAP_EXECUTE SECTION_MAP_EXECUTE_EXPLICIT
#define FILE_MAP_ALL_ACCESS SECTION_ALL_ACCESS

#define SEMAPHORE_QUERY_STATE 0x0001u
#define SEMAPHORE_MODIFY_STATE 0x0002u
#define SEMAPHORE_ALL_ACCESS 0x001F0003u
#define EVENT_QUERY_STATE 0x0001u
#define EVENT_MODIFY_STATE 0x0002u
#define EVENT_ALL_ACCESS 0x001F0003u
#define MUTANT_QUERY_STATE 0x0001u
#define MUTANT_ALL_ACCESS 0x001F0001u
#define MUTEX_MODIFY_STATE MUTANT_QUERY_STATE
#define MUTEX_ALL_ACCESS MUTANT_ALL_ACCESS

#define FILE_READ_DATA 0x0001u
#define FILE_WRITE_DATA 0x0002u
#define FILE_APPEND_DATA 0x0004u
#define FILE_EXECUTE 0x0020u
#define FILE_READ_ATTRIBUTES 0x0080u
#define FILE_WRITE_ATTRIBUTES 0x0100u

/* ---- Protections and sections --------------------------------------------------------------------------------------------------- */

#define PAGE_NOACCESS 0x01u
#define PAGE_READONLY 0x02u
#define PAGE_READWRITE 0x04u
#define PAGE_WRITECOPY 0x08u
#define PAGE_EXECUTE 0x10u
#define PAGE_EXECUTE_READ 0x20u
#define PAGE_EXECUTE_READWRITE 0x40u
#define PAGE_EXECUTE_WRITECOPY 0x80u
#define PAGE_GUARD 0x100u
#define PAGE_NOCACHE 0x200u
#define PAGE_WRITECOMBINE 0x400u

#define SEC_FILE 0x00800000u
#define SEC_IMAGE 0x01000000u
#define SEC_RESERVE 0x04000000u
#define SEC_COMMIT 0x08000000u
#define SEC_NOCACHE 0x10000000u
#define SEC_WRITECOMBINE 0x40000000u
#define SEC_LARGE_PAGES 0x80000000u

/* ---- Error codes that the calls return ------------------------------------------------------------------------------------------ */

#define NO_ERROR 0u
#define ERROR_SUCCESS 0u
#define ERROR_INVALID_FUNCTION 1u
#define ERROR_FILE_NOT_FOUND 2u
#define ERROR_PATH_NOT_FOUND 3u
#define ERROR_TOO_MANY_OPEN_FILES 4u
#define ERROR_ACCESS_DENIED 5u
#define ERROR_INVALID_HANDLE 6u
#define ERROR_NOT_ENOUGH_MEMORY 8u
#define ERROR_BAD_LENGTH 24u
#define ERROR_GEN_FAILURE 31u
#define ERROR_SHARING_VIOLATION 32u
#define ERROR_LOCK_VIOLATION 33u
#define ERROR_HANDLE_EOF 38u
#define ERROR_NOT_SUPPORTED 50u
#define ERROR_FILE_EXISTS 80u
#define ERROR_INVALID_PARAMETER 87u
#define ERROR_BUFFER_OVERFLOW 111u
#define ERROR_DISK_FULL 112u
#define ERROR_INSUFFICIENT_BUFFER 122u
#define ERROR_INVALID_NAME 123u
#define ERROR_NEGATIVE_SEEK 131u
#define ERROR_BAD_PATHNAME 161u
#define ERROR_BUSY 170u
#define ERROR_ALREADY_EXISTS 183u
#define ERROR_BAD_EXE_FORMAT 193u
#define ERROR_DIRECTORY 267u
#define ERROR_NOT_OWNER 288u
#define ERROR_TOO_MANY_POSTS 298u
#define ERROR_MR_MID_NOT_FOUND 317u
#define ERROR_INVALID_ADDRESS 487u
#define ERROR_MUTANT_LIMIT_EXCEEDED 587u
#define ERROR_NOACCESS 998u
#define ERROR_FILE_INVALID 1006u
#define ERROR_NO_UNICODE_TRANSLATION 1113u
#define ERROR_MAPPED_ALIGNMENT 1132u
#define ERROR_USER_MAPPED_FILE 1224u
#define ERROR_UNKNOWN_REVISION 1305u
#define ERROR_REVISION_MISMATCH 1306u
#define ERROR_PRIVILEGE_NOT_HELD 1314u
#define ERROR_FILE_CORRUPT 1392u
#define ERROR_NO_SYSTEM_RESOURCES 1450u
#define ERROR_COMMITMENT_LIMIT 1455u
#define ERROR_NOT_SAME_OBJECT 1656u
#define ERROR_INVALID_USER_BUFFER 1784u

/* ---- The last error ------------------------------------------------------------------------------------------------------------- */

#define GetLastError crossmap_GetLastError
#define SetLastError crossmap_SetLastError

/* The calling thread's last error: what its last call of this header that failed has set. */
DWORD GetLastError(void);
void SetLastError(DWORD dwErrCode);

#define FormatMessageA crossmap_FormatMessageA
#define FormatMessageW crossmap_FormatMessageW
#define LocalFree crossmap_LocalFree
#ifdef UNICODE
#define FormatMessage FormatMessageW
#else
#define FormatMessage FormatMessageA
#endif

#define FORMAT_MESSAGE_ALLOCATE_BUFFER 0x0100u
#define FORMAT_MESSAGE_IGNORE_INSERTS 0x0200u
#define FORMAT_MESSAGE_FROM_STRING 0x0400u
#define FORMAT_MESSAGE_FROM_HMODULE 0x0800u
#define FORMAT_MESSAGE_FROM_SYSTEM 0x1000u
#define FORMAT_MESSAGE_ARGUMENT_ARRAY 0x2000u
#define FORMAT_MESSAGE_MAX_WIDTH_MASK 0x00FFu
#define LANG_NEUTRAL 0x00
#define SUBLANG_NEUTRAL 0x00
#define SUBLANG_DEFAULT 0x01
#define MAKELANGID(primary, sub) ((((WORD)(sub)) << 10) | (WORD)(primary))

/*
 * The text of an error code (FORMAT_MESSAGE_FROM_SYSTEM), or a text of the caller's (FORMAT_MESSAGE_FROM_STRING). Returns its length without the
 * final 0; with FORMAT_MESSAGE_ALLOCATE_BUFFER, lpBuffer is a pointer to the pointer, which LocalFree frees.
 * Errors: ERROR_MR_MID_NOT_FOUND (a code that no call here returns), ERROR_INSUFFICIENT_BUFFER, ERROR_INVALID_PARAMETER.
 * Differences: English, whatever dwLanguageId is. Inserts are strings, and filled only from an array (FORMAT_MESSAGE_ARGUMENT_ARRAY): a va_list
 * fails with ERROR_INVALID_PARAMETER, as message tables of modules do.
 */
DWORD FormatMessageA(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId, LPSTR lpBuffer, DWORD nSize, void *Arguments);
DWORD FormatMessageW(DWORD dwFlags, LPCVOID lpSource, DWORD dwMessageId, DWORD dwLanguageId, LPWSTR lpBuffer, DWORD nSize, void *Arguments);

/* Frees what FormatMessage allocated; NULL. */
HANDLE LocalFree(HANDLE hMem);

/* ---- Handles -------------------------------------------------------------------------------------------------------------------- */

#define CloseHandle crossmap_CloseHandle
#define DuplicateHandle crossmap_DuplicateHandle
#define CompareObjectHandles crossmap_CompareObjectHandles
#define GetCurrentProcess crossmap_GetCurrentProcess

#define DUPLICATE_CLOSE_SOURCE 0x1u
#define DUPLICATE_SAME_ACCESS 0x2u
#define DUPLICATE_SAME_ATTRIBUTES 0x4u

/*
 * Closes a handle. The object ends with the last handle to it in any process; views keep a section's memory, not its name.
 * Errors: ERROR_INVALID_HANDLE.
 */
BOOL CloseHandle(HANDLE hObject);

/*
 * Another handle to the same object, with the rights asked for, or with the same ones (DUPLICATE_SAME_ACCESS). DUPLICATE_CLOSE_SOURCE closes the
 * source, also when the call fails; with the same rights the duplicate then has its value. With DUPLICATE_SAME_ATTRIBUTES children inherit it if they
 * inherit the source, whatever bInheritHandle says.
 * Errors: ERROR_INVALID_HANDLE (the source; a process that is not GetCurrentProcess()), ERROR_ACCESS_DENIED (rights that the kind of object
 * does not define, or that the caller cannot have), ERROR_INVALID_PARAMETER (dwOptions).
 * Difference: within the process only. Other processes open the object by its name, or inherit the handle.
 */
BOOL DuplicateHandle(HANDLE hSourceProcessHandle, HANDLE hSourceHandle, HANDLE hTargetProcessHandle, LPHANDLE lpTargetHandle,
                     DWORD dwDesiredAccess, BOOL bInheritHandle, DWORD dwOptions);

/* Whether two handles lead to one object. Errors: ERROR_NOT_SAME_OBJECT, ERROR_INVALID_HANDLE. */
BOOL CompareObjectHandles(HANDLE hFirstObjectHandle, HANDLE hSecondObjectHandle);

/* A pseudo handle, for DuplicateHandle. */
HANDLE GetCurrentProcess(void);

/* ---- File mappings -------------------------------------------------------------------------------------------------------------- */

#define CreateFileMappingA crossmap_CreateFileMappingA
#define CreateFileMappingW crossmap_CreateFileMappingW
#define OpenFileMappingA crossmap_OpenFileMappingA
#define OpenFileMappingW crossmap_OpenFileMappingW
#ifdef UNICODE
#define CreateFileMapping CreateFileMappingW
#define OpenFileMapping OpenFileMappingW
#else
#define CreateFileMapping CreateFileMappingA
#define OpenFileMapping OpenFileMappingA
#endif

/*
 * Creates a section over a file, or in memory (hFile INVALID_HANDLE_VALUE or NULL), or opens the one that the name leads to.
 *
 *   flProtect    one of the six protections, with SEC_ flags. Memory is provided now, or the call fails, unless SEC_RESERVE is given.
 *   size         0 means the whole file. More than a writable file has makes it longer, now.
 *   lpName       NULL or "" for none. Local\ is the user, Global\ the folder that `crossmap setup-global` makes.
 *
 * The last error is 0 when the section was created and ERROR_ALREADY_EXISTS when the name existed: then size and file are not looked at, and the
 * protection decides the rights of this handle only.
 *
 * Errors: ERROR_INVALID_PARAMETER (protection, flags that do not go together, memory without a size), ERROR_INVALID_HANDLE (hFile; or the name
 * belongs to another kind of object), ERROR_ACCESS_DENIED (the file's handle does not allow the protection; the object is another user's),
 * ERROR_FILE_INVALID (an empty file and no size), ERROR_NOT_ENOUGH_MEMORY (larger than a file that is only read; larger than can be),
 * ERROR_COMMITMENT_LIMIT, ERROR_DISK_FULL, ERROR_NO_SYSTEM_RESOURCES, ERROR_BAD_EXE_FORMAT (SEC_IMAGE), ERROR_INVALID_NAME, ERROR_PATH_NOT_FOUND and
 * ERROR_BAD_PATHNAME (the name), ERROR_FILE_CORRUPT (somebody wrote into the object's file), ERROR_NOT_SUPPORTED (a security descriptor
 * that cannot be honoured).
 *
 * Differences: SEC_IMAGE always fails with ERROR_BAD_EXE_FORMAT, SEC_LARGE_PAGES with ERROR_PRIVILEGE_NOT_HELD; SEC_NOCACHE and SEC_WRITECOMBINE
 * have no effect.
 */
HANDLE CreateFileMappingA(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes, DWORD flProtect, DWORD dwMaximumSizeHigh,
                          DWORD dwMaximumSizeLow, LPCSTR lpName);
HANDLE CreateFileMappingW(HANDLE hFile, LPSECURITY_ATTRIBUTES lpFileMappingAttributes, DWORD flProtect, DWORD dwMaximumSizeHigh,
                          DWORD dwMaximumSizeLow, LPCWSTR lpName);

/*
 * Opens a section by its name. dwDesiredAccess are the rights of the handle: FILE_MAP_READ, FILE_MAP_WRITE, FILE_MAP_ALL_ACCESS, generic ones.
 * Errors: ERROR_FILE_NOT_FOUND, ERROR_ACCESS_DENIED (no rights asked for; the object or the file under it is not for this user),
 * ERROR_INVALID_HANDLE (another kind of object), ERROR_INVALID_PARAMETER (lpName NULL), and the name's as above.
 */
HANDLE OpenFileMappingA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName);
HANDLE OpenFileMappingW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName);

/* ---- Views ---------------------------------------------------------------------------------------------------------------------- */

#define MapViewOfFile crossmap_MapViewOfFile
#define MapViewOfFileEx crossmap_MapViewOfFileEx
#define UnmapViewOfFile crossmap_UnmapViewOfFile
#define FlushViewOfFile crossmap_FlushViewOfFile

/*
 * Maps a section, or a part of it. The address is a multiple of 64 KiB, and so must be the offset. dwNumberOfBytesToMap 0 means to the end.
 * Errors: ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED (the handle has no right for the access; a range that is not inside the section),
 * ERROR_MAPPED_ALIGNMENT, ERROR_INVALID_PARAMETER (a length beyond the address space; an access that the section was not made for),
 * ERROR_NOT_ENOUGH_MEMORY (as many views as vm.max_map_count allows).
 */
LPVOID MapViewOfFile(HANDLE hFileMappingObject, DWORD dwDesiredAccess, DWORD dwFileOffsetHigh, DWORD dwFileOffsetLow,
                     SIZE_T dwNumberOfBytesToMap);

/*
 * The same at an address that the caller chooses, a multiple of 64 KiB, or NULL.
 * Errors also: ERROR_INVALID_ADDRESS (something lies there), ERROR_INVALID_PARAMETER (the kernel's addresses).
 */
LPVOID MapViewOfFileEx(HANDLE hFileMappingObject, DWORD dwDesiredAccess, DWORD dwFileOffsetHigh, DWORD dwFileOffsetLow,
                       SIZE_T dwNumberOfBytesToMap, LPVOID lpBaseAddress);

/* Unmaps the view that any address inside it names. Errors: ERROR_INVALID_ADDRESS (no view lies there). */
BOOL UnmapViewOfFile(LPCVOID lpBaseAddress);

/*
 * Writes the changed pages of a range to the disk; 0 bytes means to the end of the view. Durable when it returns, which on Windows takes
 * FlushFileBuffers too. Memory and private copies have nothing to flush, and succeed.
 * Errors: ERROR_INVALID_ADDRESS (no view lies there), ERROR_INVALID_PARAMETER (the range ends outside the view), ERROR_DISK_FULL, ERROR_GEN_FAILURE.
 */
BOOL FlushViewOfFile(LPCVOID lpBaseAddress, SIZE_T dwNumberOfBytesToFlush);

/* ---- Pages of views ------------------------------------------------------------------------------------------------------------- */

#define VirtualQuery crossmap_VirtualQuery
#define VirtualProtect crossmap_VirtualProtect
#define VirtualAlloc crossmap_VirtualAlloc
#define VirtualFree crossmap_VirtualFree

#define MEM_COMMIT 0x00001000u
#define MEM_RESERVE 0x00002000u
#define MEM_DECOMMIT 0x00004000u
#define MEM_RELEASE 0x00008000u
#define MEM_FREE 0x00010000u
#define MEM_PRIVATE 0x00020000u
#define MEM_MAPPED 0x00040000u
#define MEM_RESET 0x00080000u
#define MEM_IMAGE 0x01000000u

typedef struct _MEMORY_BASIC_INFORMATION {
    PVOID BaseAddress;
    PVOID AllocationBase;
    DWORD AllocationProtect;
    WORD PartitionId;
    SIZE_T RegionSize;
    DWORD State;
    DWORD Protect;
    DWORD Type;
} MEMORY_BASIC_INFORMATION, *PMEMORY_BASIC_INFORMATION;

/*
 * What lies at an address: of a view, the run of pages that are alike. A written page of a copy-on-write view is the process's own and reads
 * back as PAGE_READWRITE. Returns the size of the structure, or 0.
 * Errors: ERROR_BAD_LENGTH, ERROR_INVALID_PARAMETER (the kernel's addresses).
 * Differences: a page of a SEC_RESERVE section that was touched is committed. Memory that is no view is told of as the kernel lists it.
 */
SIZE_T VirtualQuery(LPCVOID lpAddress, PMEMORY_BASIC_INFORMATION lpBuffer, SIZE_T dwLength);

/*
 * Changes the protection of a view's pages, within what the view itself was mapped for.
 * Errors: ERROR_INVALID_PARAMETER (not one protection; more than the view allows; no bytes), ERROR_NOACCESS (lpflOldProtect NULL), ERROR_INVALID_ADDRESS (the
 * range does not lie inside a view, or is not committed), ERROR_NOT_SUPPORTED (PAGE_GUARD; PAGE_WRITECOPY when all handles to the section are
 * closed).
 * Difference: views only. Other memory is for mprotect.
 */
BOOL VirtualProtect(LPVOID lpAddress, SIZE_T dwSize, DWORD flNewProtect, PDWORD lpflOldProtect);

/*
 * MEM_COMMIT: provides the memory of a part of a SEC_RESERVE section, for all its views in all processes, and sets the protection of
 * this view's pages. MEM_RESET succeeds and does nothing.
 * Errors: ERROR_INVALID_ADDRESS (the range does not lie inside a view), ERROR_ACCESS_DENIED (a file's view, which is committed), ERROR_INVALID_PARAMETER
 * (a protection that the view does not allow), ERROR_COMMITMENT_LIMIT, ERROR_NOT_SUPPORTED (anything but MEM_COMMIT and MEM_RESET; a Linux before 5.14).
 * Differences: pages of a SEC_RESERVE section can be touched without this, and are committed then. Private memory is for mmap and malloc.
 */
LPVOID VirtualAlloc(LPVOID lpAddress, SIZE_T dwSize, DWORD flAllocationType, DWORD flProtect);

/* Always fails: ERROR_INVALID_PARAMETER for an address in a view, which only UnmapViewOfFile frees, ERROR_INVALID_ADDRESS for others. */
BOOL VirtualFree(LPVOID lpAddress, SIZE_T dwSize, DWORD dwFreeType);

/* ---- Waits ---------------------------------------------------------------------------------------------------------------------- */

#define WaitForSingleObject crossmap_WaitForSingleObject
#define WaitForSingleObjectEx crossmap_WaitForSingleObjectEx
#define WaitForMultipleObjects crossmap_WaitForMultipleObjects
#define WaitForMultipleObjectsEx crossmap_WaitForMultipleObjectsEx
#define SignalObjectAndWait crossmap_SignalObjectAndWait

#define INFINITE 0xFFFFFFFFu
#define WAIT_OBJECT_0 0u
#define WAIT_ABANDONED 0x80u
#define WAIT_ABANDONED_0 0x80u
#define WAIT_IO_COMPLETION 0xC0u
#define WAIT_TIMEOUT 258u
#define WAIT_FAILED 0xFFFFFFFFu
#define MAXIMUM_WAIT_OBJECTS 64

/*
 * Waits for a semaphore, a mutex or an event, no longer than so many milliseconds on the monotonic clock; 0 only tries. Returns WAIT_OBJECT_0,
 * WAIT_TIMEOUT, for a mutex whose last owner died WAIT_ABANDONED (the caller owns it), or WAIT_FAILED. The first three leave the last
 * error alone. A wait that meets a free object makes no system call.
 * Errors: ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED (the handle has no SYNCHRONIZE), ERROR_MUTANT_LIMIT_EXCEEDED, ERROR_FILE_CORRUPT (somebody wrote into
 * the object).
 * Differences: there are no APCs, so an alertable wait is a wait. Other kinds of handles cannot be waited for; the pseudo handle of
 * the process never is signaled.
 */
DWORD WaitForSingleObject(HANDLE hHandle, DWORD dwMilliseconds);
DWORD WaitForSingleObjectEx(HANDLE hHandle, DWORD dwMilliseconds, BOOL bAlertable);

/*
 * Waits for any of up to MAXIMUM_WAIT_OBJECTS objects of mixed kinds, the lowest index first, or for all: all are taken, or none. Returns
 * WAIT_OBJECT_0 or WAIT_ABANDONED_0 plus the index, WAIT_TIMEOUT or WAIT_FAILED.
 * Errors: as above; ERROR_INVALID_PARAMETER (no object, too many, or in a wait for all one twice); ERROR_NOT_SUPPORTED (a Linux before 5.16 cannot
 * sleep for several).
 * Difference: a wait for all takes one after the other, and gives back what it has when somebody else was faster at the next: others may
 * see an object taken for that moment.
 */
DWORD WaitForMultipleObjects(DWORD nCount, const HANDLE *lpHandles, BOOL bWaitAll, DWORD dwMilliseconds);
DWORD WaitForMultipleObjectsEx(DWORD nCount, const HANDLE *lpHandles, BOOL bWaitAll, DWORD dwMilliseconds, BOOL bAlertable);

/*
 * Sets an event, releases a mutex, or one count of a semaphore, and waits for another object. Others may see the signal before the wait begins.
 * Errors: as of a wait; ERROR_ACCESS_DENIED (no right to signal), ERROR_TOO_MANY_POSTS, ERROR_NOT_OWNER: then nothing is waited for.
 */
DWORD SignalObjectAndWait(HANDLE hObjectToSignal, HANDLE hObjectToWaitOn, DWORD dwMilliseconds, BOOL bAlertable);

/* ---- Semaphores ----------------------------------------------------------------------------------------------------------------- */

#define CreateSemaphoreA crossmap_CreateSemaphoreA
#define CreateSemaphoreW crossmap_CreateSemaphoreW
#define CreateSemaphoreExA crossmap_CreateSemaphoreExA
#define CreateSemaphoreExW crossmap_CreateSemaphoreExW
#define OpenSemaphoreA crossmap_OpenSemaphoreA
#define OpenSemaphoreW crossmap_OpenSemaphoreW
#ifdef UNICODE
#define CreateSemaphore CreateSemaphoreW
#define CreateSemaphoreEx CreateSemaphoreExW
#define OpenSemaphore OpenSemaphoreW
#else
#define CreateSemaphore CreateSemaphoreA
#define CreateSemaphoreEx CreateSemaphoreExA
#define OpenSemaphore OpenSemaphoreA
#endif
#define ReleaseSemaphore crossmap_ReleaseSemaphore

/*
 * Creates a semaphore, or opens the one that the name leads to, whatever its counts. The Ex form says which rights the handle shall have.
 * Errors: ERROR_INVALID_PARAMETER (counts that are not 0 <= initial <= maximum and 1 <= maximum; dwFlags not 0), ERROR_INVALID_HANDLE (the name belongs to
 * another kind of object), ERROR_ACCESS_DENIED (another user's; rights that semaphores do not define, or none for one that exists),
 * ERROR_COMMITMENT_LIMIT and ERROR_DISK_FULL (no memory), ERROR_TOO_MANY_OPEN_FILES, ERROR_FILE_CORRUPT, ERROR_NOT_SUPPORTED (a security descriptor that
 * cannot be honoured), and the name's as for CreateFileMapping.
 */
HANDLE CreateSemaphoreA(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount, LONG lMaximumCount, LPCSTR lpName);
HANDLE CreateSemaphoreW(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount, LONG lMaximumCount, LPCWSTR lpName);
HANDLE CreateSemaphoreExA(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount, LONG lMaximumCount, LPCSTR lpName, DWORD dwFlags,
                          DWORD dwDesiredAccess);
HANDLE CreateSemaphoreExW(LPSECURITY_ATTRIBUTES lpSemaphoreAttributes, LONG lInitialCount, LONG lMaximumCount, LPCWSTR lpName, DWORD dwFlags,
                          DWORD dwDesiredAccess);

/* Opens a semaphore by its name. Errors: ERROR_FILE_NOT_FOUND, ERROR_INVALID_PARAMETER (lpName NULL), and as above. */
HANDLE OpenSemaphoreA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName);
HANDLE OpenSemaphoreW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName);

/*
 * Gives counts back, all or nothing. *lpPreviousCount, unless NULL, becomes the count before.
 * Errors: ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED (no SEMAPHORE_MODIFY_STATE), ERROR_INVALID_PARAMETER (lReleaseCount below 1), ERROR_TOO_MANY_POSTS
 * (*lpPreviousCount is not written).
 */
BOOL ReleaseSemaphore(HANDLE hSemaphore, LONG lReleaseCount, LPLONG lpPreviousCount);

/* ---- Mutexes -------------------------------------------------------------------------------------------------------------------- */

#define CreateMutexA crossmap_CreateMutexA
#define CreateMutexW crossmap_CreateMutexW
#define CreateMutexExA crossmap_CreateMutexExA
#define CreateMutexExW crossmap_CreateMutexExW
#define OpenMutexA crossmap_OpenMutexA
#define OpenMutexW crossmap_OpenMutexW
#ifdef UNICODE
#define CreateMutex CreateMutexW
#define CreateMutexEx CreateMutexExW
#define OpenMutex OpenMutexW
#else
#define CreateMutex CreateMutexA
#define CreateMutexEx CreateMutexExA
#define OpenMutex OpenMutexA
#endif
#define ReleaseMutex crossmap_ReleaseMutex

#define CREATE_MUTEX_INITIAL_OWNER 0x1u

/*
 * Creates a mutex, or opens the one that the name leads to: then the caller does not own it, whatever it asked for.
 * Errors: as of CreateSemaphore; ERROR_NOT_SUPPORTED also for a mutex of another PID namespace, and where the C library has no robust locks.
 */
HANDLE CreateMutexA(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner, LPCSTR lpName);
HANDLE CreateMutexW(LPSECURITY_ATTRIBUTES lpMutexAttributes, BOOL bInitialOwner, LPCWSTR lpName);
HANDLE CreateMutexExA(LPSECURITY_ATTRIBUTES lpMutexAttributes, LPCSTR lpName, DWORD dwFlags, DWORD dwDesiredAccess);
HANDLE CreateMutexExW(LPSECURITY_ATTRIBUTES lpMutexAttributes, LPCWSTR lpName, DWORD dwFlags, DWORD dwDesiredAccess);

/* Opens a mutex by its name. Errors: as of OpenSemaphore and CreateMutex. */
HANDLE OpenMutexA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName);
HANDLE OpenMutexW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName);

/* Gives the mutex up once; any handle to it will do. Errors: ERROR_INVALID_HANDLE, ERROR_NOT_OWNER. */
BOOL ReleaseMutex(HANDLE hMutex);

/* ---- Events --------------------------------------------------------------------------------------------------------------------- */

#define CreateEventA crossmap_CreateEventA
#define CreateEventW crossmap_CreateEventW
#define CreateEventExA crossmap_CreateEventExA
#define CreateEventExW crossmap_CreateEventExW
#define OpenEventA crossmap_OpenEventA
#define OpenEventW crossmap_OpenEventW
#ifdef UNICODE
#define CreateEvent CreateEventW
#define CreateEventEx CreateEventExW
#define OpenEvent OpenEventW
#else
#define CreateEvent CreateEventA
#define CreateEventEx CreateEventExA
#define OpenEvent OpenEventA
#endif
#define SetEvent crossmap_SetEvent
#define ResetEvent crossmap_ResetEvent
#define PulseEvent crossmap_PulseEvent

#define CREATE_EVENT_MANUAL_RESET 0x1u
#define CREATE_EVENT_INITIAL_SET 0x2u

/* Creates an event, or opens the one that the name leads to, whatever its mode and state. Errors: as of CreateSemaphore. */
HANDLE CreateEventA(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset, BOOL bInitialState, LPCSTR lpName);
HANDLE CreateEventW(LPSECURITY_ATTRIBUTES lpEventAttributes, BOOL bManualReset, BOOL bInitialState, LPCWSTR lpName);
HANDLE CreateEventExA(LPSECURITY_ATTRIBUTES lpEventAttributes, LPCSTR lpName, DWORD dwFlags, DWORD dwDesiredAccess);
HANDLE CreateEventExW(LPSECURITY_ATTRIBUTES lpEventAttributes, LPCWSTR lpName, DWORD dwFlags, DWORD dwDesiredAccess);

/* Opens an event by its name. Errors: as of OpenSemaphore. */
HANDLE OpenEventA(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCSTR lpName);
HANDLE OpenEventW(DWORD dwDesiredAccess, BOOL bInheritHandle, LPCWSTR lpName);

/*
 * Set, reset; PulseEvent satisfies those who wait at this moment, all or one, and leaves the event reset.
 * Errors: ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED (no EVENT_MODIFY_STATE).
 */
BOOL SetEvent(HANDLE hEvent);
BOOL ResetEvent(HANDLE hEvent);
BOOL PulseEvent(HANDLE hEvent);

/* ---- Files ---------------------------------------------------------------------------------------------------------------------- */

/*
 * Paths are Linux' own: "/" parts them, a backslash is a character of a name, upper and lower case differ, there are no drives, and a name ends
 * as it ends, spaces and dots included. A relative path starts at the working directory.
 *
 * Share modes hold among all processes of one user that use this library, in C through these calls and in C# through MappedFiles. Other
 * programs, and other users, ask nobody before they open, shorten or delete a file (docs/win32.md).
 */
#define CreateFileA crossmap_CreateFileA
#define CreateFileW crossmap_CreateFileW
#define DeleteFileA crossmap_DeleteFileA
#define DeleteFileW crossmap_DeleteFileW
#define GetTempPathA crossmap_GetTempPathA
#define GetTempPathW crossmap_GetTempPathW
#define GetTempFileNameA crossmap_GetTempFileNameA
#define GetTempFileNameW crossmap_GetTempFileNameW
#ifdef UNICODE
#define CreateFile CreateFileW
#define DeleteFile DeleteFileW
#define GetTempPath GetTempPathW
#define GetTempFileName GetTempFileNameW
#else
#define CreateFile CreateFileA
#define DeleteFile DeleteFileA
#define GetTempPath GetTempPathA
#define GetTempFileName GetTempFileNameA
#endif
#define ReadFile crossmap_ReadFile
#define WriteFile crossmap_WriteFile
#define FlushFileBuffers crossmap_FlushFileBuffers
#define SetFilePointer crossmap_SetFilePointer
#define SetFilePointerEx crossmap_SetFilePointerEx
#define SetEndOfFile crossmap_SetEndOfFile
#define GetFileSize crossmap_GetFileSize
#define GetFileSizeEx crossmap_GetFileSizeEx
#define GetFileType crossmap_GetFileType

#define FILE_SHARE_READ 0x1u
#define FILE_SHARE_WRITE 0x2u
#define FILE_SHARE_DELETE 0x4u

#define CREATE_NEW 1u
#define CREATE_ALWAYS 2u
#define OPEN_EXISTING 3u
#define OPEN_ALWAYS 4u
#define TRUNCATE_EXISTING 5u

#define FILE_ATTRIBUTE_READONLY 0x1u
#define FILE_ATTRIBUTE_HIDDEN 0x2u
#define FILE_ATTRIBUTE_SYSTEM 0x4u
#define FILE_ATTRIBUTE_ARCHIVE 0x20u
#define FILE_ATTRIBUTE_NORMAL 0x80u
#define FILE_ATTRIBUTE_TEMPORARY 0x100u
#define FILE_ATTRIBUTE_OFFLINE 0x1000u
#define FILE_ATTRIBUTE_NOT_CONTENT_INDEXED 0x2000u
#define FILE_ATTRIBUTE_ENCRYPTED 0x4000u
#define FILE_FLAG_WRITE_THROUGH 0x80000000u
#define FILE_FLAG_OVERLAPPED 0x40000000u
#define FILE_FLAG_NO_BUFFERING 0x20000000u
#define FILE_FLAG_RANDOM_ACCESS 0x10000000u
#define FILE_FLAG_SEQUENTIAL_SCAN 0x08000000u
#define FILE_FLAG_DELETE_ON_CLOSE 0x04000000u
#define FILE_FLAG_BACKUP_SEMANTICS 0x02000000u
#define FILE_FLAG_POSIX_SEMANTICS 0x01000000u
#define FILE_FLAG_OPEN_REPARSE_POINT 0x00200000u
#define FILE_FLAG_OPEN_NO_RECALL 0x00100000u

#define FILE_BEGIN 0u
#define FILE_CURRENT 1u
#define FILE_END 2u
#define INVALID_SET_FILE_POINTER 0xFFFFFFFFu
#define INVALID_FILE_SIZE 0xFFFFFFFFu

#define FILE_TYPE_UNKNOWN 0u
#define FILE_TYPE_DISK 1u
#define FILE_TYPE_CHAR 2u
#define FILE_TYPE_PIPE 3u

typedef union _LARGE_INTEGER {
    __extension__ struct {
        DWORD LowPart;
        LONG HighPart;
    };
    struct {
        DWORD LowPart;
        LONG HighPart;
    } u;
    LONGLONG QuadPart;
} LARGE_INTEGER, *PLARGE_INTEGER;

typedef struct _OVERLAPPED {
    ULONG_PTR Internal;     /* set to an NTSTATUS: 0, or 0xC0000011 behind the end */
    ULONG_PTR InternalHigh; /* set to the bytes that were transferred */
    __extension__ union {
        __extension__ struct {
            DWORD Offset;
            DWORD OffsetHigh;
        };
        PVOID Pointer;
    };
    HANDLE hEvent; /* NULL, or an event that is reset at the start and set at the end */
} OVERLAPPED, *LPOVERLAPPED;

/*
 * Opens a file, or creates one.
 *
 *   dwDesiredAccess   the rights of the handle: GENERIC_READ, GENERIC_WRITE, GENERIC_EXECUTE (which a section to be executed takes), DELETE, single
 *                     ones; FILE_APPEND_DATA without FILE_WRITE_DATA always writes at the end; 0 for looking at the file.
 *   dwShareMode       what others may do while the handle is open. Who wants more, or denies what this handle has, gets
 *                     ERROR_SHARING_VIOLATION, whoever comes first. Handles with neither data nor DELETE rights take no part. A section
 *                     that may be written refuses opens that do not share writing, also when no handle is left.
 *   lpSecurityAttributes  for a file that is created: a NULL list makes it everybody's to read and write, else the umask decides.
 *   dwCreationDisposition CREATE_NEW, CREATE_ALWAYS (shortens to 0 bytes what exists), OPEN_EXISTING, OPEN_ALWAYS, TRUNCATE_EXISTING.
 *   dwFlagsAndAttributes  FILE_FLAG_DELETE_ON_CLOSE deletes the file with the last handle of this call, or at the process's exit.
 *                     FILE_FLAG_WRITE_THROUGH makes each write durable. FILE_ATTRIBUTE_READONLY creates the file without write permission.
 *                     FILE_ATTRIBUTE_TEMPORARY and the other attributes, and the flags about buffering, scanning, backup and case, change nothing.
 *   hTemplateFile     is not looked at.
 *
 * The last error is 0, or ERROR_ALREADY_EXISTS when CREATE_ALWAYS or OPEN_ALWAYS found the file.
 *
 * Errors: ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND (its folder; no name), ERROR_FILE_EXISTS (CREATE_NEW), ERROR_ACCESS_DENIED (the file's mode, or
 * the folder's; a directory, always), ERROR_SHARING_VIOLATION (a handle or a section is in the way; a running program), ERROR_USER_MAPPED_FILE
 * (CREATE_ALWAYS and TRUNCATE_EXISTING: the file is mapped), ERROR_INVALID_PARAMETER (disposition, share mode, flags; TRUNCATE_EXISTING without
 * GENERIC_WRITE), ERROR_NOT_SUPPORTED (FILE_FLAG_OVERLAPPED, FILE_FLAG_OPEN_REPARSE_POINT, FILE_ATTRIBUTE_ENCRYPTED; a FIFO, socket or block device;
 * a security descriptor that cannot be honoured), ERROR_TOO_MANY_OPEN_FILES, ERROR_DISK_FULL, ERROR_BAD_PATHNAME (too long).
 *
 * Differences: reads and writes are complete when the call returns, so FILE_FLAG_OVERLAPPED is refused. Who is killed deletes nothing that
 * was to be deleted on close. A link that leads to nothing is not created through. On a file system without unnamed files (O_TMPFILE: NFS, FAT)
 * another opener may get in between the creation of a file and its share mode.
 */
HANDLE CreateFileA(LPCSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode, LPSECURITY_ATTRIBUTES lpSecurityAttributes,
                   DWORD dwCreationDisposition, DWORD dwFlagsAndAttributes, HANDLE hTemplateFile);
HANDLE CreateFileW(LPCWSTR lpFileName, DWORD dwDesiredAccess, DWORD dwShareMode, LPSECURITY_ATTRIBUTES lpSecurityAttributes,
                   DWORD dwCreationDisposition, DWORD dwFlagsAndAttributes, HANDLE hTemplateFile);

/*
 * Reads from the handle's position, or from the offset in lpOverlapped, and leaves the position behind what was read. Fewer bytes than asked for
 * mean that the file ended there (or a device had no more): at the end a call without lpOverlapped succeeds with 0 bytes, one with it
 * fails with ERROR_HANDLE_EOF. What a view holds is read at once, flushed or not.
 * Errors: ERROR_INVALID_HANDLE (also of hEvent), ERROR_ACCESS_DENIED (no FILE_READ_DATA), ERROR_HANDLE_EOF, ERROR_NOACCESS (a bad buffer),
 * ERROR_INVALID_PARAMETER (an offset of 2^63 or more), ERROR_GEN_FAILURE (the disk).
 */
BOOL ReadFile(HANDLE hFile, LPVOID lpBuffer, DWORD nNumberOfBytesToRead, LPDWORD lpNumberOfBytesRead, LPOVERLAPPED lpOverlapped);

/*
 * Writes all bytes at the handle's position or at the offset in lpOverlapped; an offset of 0xFFFFFFFF and 0xFFFFFFFF means the end. The
 * position is behind them then. Complete, not durable: see FlushFileBuffers.
 * Errors: ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED (neither FILE_WRITE_DATA nor FILE_APPEND_DATA), ERROR_DISK_FULL (*lpNumberOfBytesWritten says
 * how much was written; also a file larger than it may be), ERROR_INVALID_USER_BUFFER (a bad buffer), ERROR_INVALID_PARAMETER (an offset),
 * ERROR_GEN_FAILURE (the disk).
 */
BOOL WriteFile(HANDLE hFile, LPCVOID lpBuffer, DWORD nNumberOfBytesToWrite, LPDWORD lpNumberOfBytesWritten, LPOVERLAPPED lpOverlapped);

/*
 * Returns when everything that was written to the file, by whomever, is on the disk.
 * Errors: ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED (no right to write), ERROR_DISK_FULL, ERROR_GEN_FAILURE.
 */
BOOL FlushFileBuffers(HANDLE hFile);

/*
 * Moves the position, which all handles that were duplicated from one share, and gives it back. It may lie behind the end.
 * SetFilePointer takes and gives the high half through lpDistanceToMoveHigh; without it, the distance is signed and the position must
 * be below 2^32. INVALID_SET_FILE_POINTER can be a good low half: then the last error is NO_ERROR.
 * Errors: ERROR_NEGATIVE_SEEK (before the start; the position stays), ERROR_INVALID_PARAMETER (dwMoveMethod; a position that cannot be given back, or
 * that the file system does not have), ERROR_INVALID_HANDLE, ERROR_INVALID_FUNCTION (a device).
 * Difference: a handle without any right to data has no position: ERROR_ACCESS_DENIED.
 */
DWORD SetFilePointer(HANDLE hFile, LONG lDistanceToMove, PLONG lpDistanceToMoveHigh, DWORD dwMoveMethod);
BOOL SetFilePointerEx(HANDLE hFile, LARGE_INTEGER liDistanceToMove, PLARGE_INTEGER lpNewFilePointer, DWORD dwMoveMethod);

/*
 * Makes the file end at the handle's position. What is gained reads as zeros; it may take its disk space only when it is written or mapped.
 * Errors: ERROR_USER_MAPPED_FILE (shorter, and mapped by anybody, by a section without views too), ERROR_INVALID_HANDLE, ERROR_ACCESS_DENIED (no
 * FILE_WRITE_DATA), ERROR_DISK_FULL, ERROR_NOT_ENOUGH_MEMORY (larger than a file may be), ERROR_INVALID_FUNCTION (a device).
 */
BOOL SetEndOfFile(HANDLE hFile);

/*
 * The size in bytes. GetFileSize gives the high half through lpFileSizeHigh, if that is not NULL; INVALID_FILE_SIZE can be a good low half: then the
 * last error is NO_ERROR.
 * Errors: ERROR_INVALID_HANDLE, ERROR_INVALID_PARAMETER (lpFileSize NULL), ERROR_INVALID_FUNCTION (a device).
 */
DWORD GetFileSize(HANDLE hFile, LPDWORD lpFileSizeHigh);
BOOL GetFileSizeEx(HANDLE hFile, PLARGE_INTEGER lpFileSize);

/* FILE_TYPE_DISK, FILE_TYPE_CHAR or FILE_TYPE_PIPE; FILE_TYPE_UNKNOWN with ERROR_INVALID_HANDLE for what is no file. */
DWORD GetFileType(HANDLE hFile);

/*
 * Deletes a file, or a link and not what it leads to. The name is free at once; handles and sections keep the bytes.
 * Errors: ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND, ERROR_SHARING_VIOLATION (a handle does not share it for deletion), ERROR_ACCESS_DENIED (it is mapped; a
 * directory; the folder's mode).
 * Difference: the folder's mode decides, not the file's: a file that is read-only is deleted.
 */
BOOL DeleteFileA(LPCSTR lpFileName);
BOOL DeleteFileW(LPCWSTR lpFileName);

/*
 * The folder for temporary files, with "/" at its end: the environment's TMPDIR, or /tmp/. Returns the length without the NUL; a buffer that is too
 * short is left alone, and the length that it needs is returned, with the NUL.
 */
DWORD GetTempPathA(DWORD nBufferLength, LPSTR lpBuffer);
DWORD GetTempPathW(DWORD nBufferLength, LPWSTR lpBuffer);

/*
 * Makes up a name in a folder: up to three characters of the prefix, up to four hexadecimal digits, ".tmp". lpTempFileName has room for MAX_PATH
 * characters (GetTempFileNameA: bytes). With uUnique 0 (in its low 16 bits) the file did not exist before and does now, empty, for its owner alone;
 * else nothing is created. Returns the number.
 * Errors: ERROR_INVALID_PARAMETER (a NULL), ERROR_DIRECTORY (lpPathName is no folder), ERROR_BUFFER_OVERFLOW (too long), ERROR_INVALID_NAME (a "/" in the
 * prefix), ERROR_FILE_EXISTS (all 65,535 names are taken), and CreateFile's.
 */
UINT GetTempFileNameA(LPCSTR lpPathName, LPCSTR lpPrefixString, UINT uUnique, LPSTR lpTempFileName);
UINT GetTempFileNameW(LPCWSTR lpPathName, LPCWSTR lpPrefixString, UINT uUnique, LPWSTR lpTempFileName);

/* ---- The process and the clock -------------------------------------------------------------------------------------------------- */

#define GetCurrentProcessId crossmap_GetCurrentProcessId
#define GetSystemInfo crossmap_GetSystemInfo
#define GetTickCount64 crossmap_GetTickCount64
#define Sleep crossmap_Sleep

/* The process's id, in its own PID namespace. */
DWORD GetCurrentProcessId(void);

typedef struct _SYSTEM_INFO {
    WORD wProcessorArchitecture; /* PROCESSOR_ARCHITECTURE_AMD64 */
    WORD wReserved;
    DWORD dwPageSize;
    LPVOID lpMinimumApplicationAddress;
    LPVOID lpMaximumApplicationAddress;
    DWORD_PTR dwActiveProcessorMask;
    DWORD dwNumberOfProcessors;
    DWORD dwProcessorType;
    DWORD dwAllocationGranularity; /* of views: 64 KiB */
    WORD wProcessorLevel;
    WORD wProcessorRevision;
} SYSTEM_INFO, *LPSYSTEM_INFO;

#define PROCESSOR_ARCHITECTURE_AMD64 9

void GetSystemInfo(LPSYSTEM_INFO lpSystemInfo);

/* Milliseconds since the machine started. */
ULONGLONG GetTickCount64(void);

/* Sleeps at least so long; 0 gives the processor away, INFINITE never returns. */
void Sleep(DWORD dwMilliseconds);

/* ---- Over to Linux and back (not of Windows) ------------------------------------------------------------------------------------ */

/*
 * A handle to the open file behind a descriptor, with the descriptor's access; both have one position, and the descriptor stays the caller's.
 * INVALID_HANDLE_VALUE with ERROR_INVALID_HANDLE (no open descriptor) or ERROR_TOO_MANY_OPEN_FILES.
 */
HANDLE crossmap_HandleFromDescriptor(int descriptor);

/*
 * A descriptor, close-on-exec and the caller's to close, for what a handle leads to: a file, or the memory or file under a section, where
 * *start (unless NULL) becomes the offset at which the section begins: mmap(NULL, size, ..., descriptor, start) maps it. It keeps no name alive.
 * -1 with ERROR_INVALID_HANDLE (another kind), ERROR_ACCESS_DENIED (a handle for reading to a section for writing) or ERROR_TOO_MANY_OPEN_FILES.
 */
int crossmap_DescriptorFromHandle(HANDLE handle, LONGLONG *start);

#ifdef __cplusplus
}
#endif

#endif
