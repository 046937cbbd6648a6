using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.InteropServices;

namespace Crossmap.Bench;

/// <summary>bench/raw/*.c, compiled by the gcc of this machine and loaded. The loops are in C and measure themselves.</summary>
internal static unsafe partial class RawLibrary
{
    private const string Name = "crossmap-bench-raw";

    private const string BoostName = "libcrossmap-bench-boost.so";

    private static string s_path = "";

    /// <summary>The library; its calls for exchanges are found by their names.</summary>
    public static nint Loaded { get; private set; }

    /// <summary>The one that has what is Boost's.</summary>
    public static nint Boost => NativeLibrary.Load(Path.Combine(Path.GetDirectoryName(s_path)!, BoostName));

    /// <summary>Why there is no such; null where there is. Of the bench's own process: it does not start others for what it has not.</summary>
    public static string? BoostComplaint { get; private set; }

    public static bool TryCompile(string folder, [NotNullWhen(true)] out string? library, [NotNullWhen(false)] out string? complaint)
    {
        library = Path.Combine(folder, $"lib{Name}.so");
        complaint = Compile("gcc", library, "*.c");
        if (complaint is not null)
        {
            library = null;
            return false;
        }

        BoostComplaint = Compile("g++", Path.Combine(folder, BoostName), "boost.cpp") is { } why
            ? $"It needs g++ and Boost (Debian: g++, libboost-dev): {why.Split('\n').FirstOrDefault(line => line.Contains("error", StringComparison.Ordinal)) ?? why}"
            : null;
        return true;
    }

    public static void Load(string library)
    {
        s_path = library;
        Loaded = NativeLibrary.Load(library);
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Name ? Loaded : 0);
    }

    /// <summary>What the compiler says against it; null for nothing.</summary>
    private static string? Compile(string compiler, string library, string sources)
    {
        try
        {
            string[] files = Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "raw"), sources);
            using Process process = Process.Start(new ProcessStartInfo(compiler, ["-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-pthread", "-o", library, .. files])
            {
                RedirectStandardError = true,
            })!;
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? null : errors;
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            return $"The raw C needs {compiler}: {e.Message}";
        }
    }

    /// <summary>What a loop in C took, in nanoseconds, or an exception: a call in it failed.</summary>
    public static double Took(long nanoseconds) =>
        nanoseconds >= 0 ? nanoseconds : throw new InvalidOperationException("A system call of the raw C failed, so there is nothing to compare with.");

    [LibraryImport(Name)]
    public static partial long bench_sum(long* numbers, long count, int repeats, long* sum);

    [LibraryImport(Name)]
    public static partial long bench_random(byte* start, long* offsets, long count, int repeats, long* sum);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long bench_create(string path, long size, int count);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long bench_open(string path, long size, int count);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long bench_open_same_calls(string folder, string name, long size, int count);

    [LibraryImport(Name)]
    public static partial void bench_die_with_parent();

    [LibraryImport(Name)]
    public static partial void bench_run_on(int which);

    [LibraryImport(Name)]
    public static partial int bench_mutex_size();

    [LibraryImport(Name)]
    public static partial int bench_mutex_init(void* at);

    [LibraryImport(Name)]
    public static partial long bench_mutex_cycle(void* at, int count);

    [LibraryImport(Name)]
    public static partial long bench_mutex_contend(void* at, int* stop, long* guarded);

    [LibraryImport(Name)]
    public static partial long bench_sem_contend(void* at, int* stop, long* guarded);

    [LibraryImport(Name)]
    public static partial int bench_rwlock_size();

    [LibraryImport(Name)]
    public static partial int bench_rwlock_init(void* at);

    [LibraryImport(Name)]
    public static partial long bench_rwlock_read_cycle(void* at, int count);

    [LibraryImport(Name)]
    public static partial long bench_rwlock_write_cycle(void* at, int count);

    [LibraryImport(Name)]
    public static partial int bench_cond_init(void* at);

    [LibraryImport(Name)]
    public static partial long bench_cond_ping_pong(void* mutex, void* cond, int* turn, int side, int rounds);

    [LibraryImport(Name)]
    public static partial int bench_sem_size();

    [LibraryImport(Name)]
    public static partial int bench_sem_init(void* at);

    [LibraryImport(Name)]
    public static partial long bench_sem_cycle(void* at, int count);

    [LibraryImport(Name)]
    public static partial long bench_thread_cpu();

    [LibraryImport(Name)]
    public static partial long bench_ping_pong(void* line, int side, int rounds);

    [LibraryImport(Name)]
    public static partial void bench_futex_wait(void* at, long* woken);

    [LibraryImport(Name)]
    public static partial void bench_futex_wake(void* at, long* posted);

    [LibraryImport(Name, StringMarshalling = StringMarshalling.Utf8)]
    public static partial long bench_start(string program, string variable);

    [LibraryImport(Name)]
    public static partial long bench_msync(byte* from, long length, byte value);
}
