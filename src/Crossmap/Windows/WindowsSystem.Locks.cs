using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Crossmap.Objects;
using static Crossmap.Objects.Win32Error;
using static Crossmap.Windows.Kernel32;

namespace Crossmap.Windows;

/// <summary>How reader-writer locks come about, of which the kernel has none: several objects, one of which has the name.</summary>
internal sealed unsafe partial class WindowsSystem
{
    /// <summary>Tries to open a lock whose last other holder is ending: its parts go one by one.</summary>
    private const int MostTries = 1000;

    public override Objects.ReaderWriterLock CreateReaderWriterLock(ObjectName name, ObjectAudience audience)
    {
        string what = $"The reader-writer lock {name}";
        string? key = name.IsUnnamed ? null : KeyOf(name.Original);
        using var mutexSecurity = ObjectSecurity.Of(audience, inheritable: false, ObjectSecurity.AllOfMutex);
        Kernel32.SecurityAttributes mutexes = mutexSecurity.Attributes;

        // The mutexes first: whoever finds the name finds them.
        KernelHandle Part(string part)
        {
            KernelHandle handle = CreateMutexEx(in mutexes, key is null ? null : key + part, 0, WindowsMutex.Rights);
            _ = IsNew(handle, what);
            return handle;
        }

        using var parts = new Parts(Part);
        using var security = ObjectSecurity.Of(audience, inheritable: false, ObjectSecurity.AllOfSemaphore);
        Kernel32.SecurityAttributes attributes = security.Attributes;
        KernelHandle mark = CreateSemaphoreEx(in attributes, 1, WindowsReaderWriterLock.MaximumOfMark, NullIfUnnamed(name), 0, WindowsSemaphore.Rights);
        bool isNew = IsNew(mark, what);
        RequireKind(mark, name, isLock: true);
        return parts.Lock(mark, key, isNew);
    }

    public override Objects.ReaderWriterLock? OpenReaderWriterLock(ObjectName name)
    {
        for (int attempt = 0; ; attempt++)
        {
            KernelHandle mark = Kernel32.OpenSemaphore(WindowsSemaphore.Rights, 0, name.Original);
            if (IsGone(mark, name.Original))
            {
                return null;
            }

            RequireKind(mark, name, isLock: true);
            string key = KeyOf(name.Original);
            try
            {
                KernelHandle Part(string part)
                {
                    KernelHandle handle = Kernel32.OpenMutex(WindowsMutex.Rights, 0, key + part);
                    return handle.IsInvalid ? throw WindowsError.Last($"The reader-writer lock {name} cannot be opened") : handle;
                }

                using var parts = new Parts(Part);
                return parts.Lock(mark, key, createdNew: false);
            }
            catch (FileNotFoundException) when (attempt < MostTries)
            {
                // Its last holder was killed between our two calls. We have the name alone, and let it go too.
                mark.Dispose();
                Thread.Yield();
            }
            catch
            {
                mark.Dispose();
                throw;
            }
        }
    }

    /// <summary>What a lock's mutexes are named by: the same folder of names, and what no user's name is by chance.</summary>
    internal static string KeyOf(string name)
    {
        int plain = name.LastIndexOf('\\') + 1;
        string hash = Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes(name.AsSpan(plain))));
        return $"{name[..plain]}{ObjectListing.LockPrefix}{hash}";
    }

    /// <summary>Locks have semaphores' names: neither is opened as the other (fact 70).</summary>
    private static void RequireKind(KernelHandle semaphore, ObjectName name, bool isLock)
    {
        if (WindowsSemaphore.Query(semaphore).MaximumCount == WindowsReaderWriterLock.MaximumOfMark != isLock)
        {
            semaphore.Dispose();
            throw WindowsError.Of(ERROR_INVALID_HANDLE, $"The name {name} belongs to a {(isLock ? "semaphore" : "reader-writer lock")}");
        }
    }

    /// <summary>The mutexes of a lock, closed unless it has come about.</summary>
    private sealed class Parts : IDisposable
    {
        private readonly KernelHandle[] _handles = new KernelHandle[1 + Objects.ReaderWriterLock.MaximumReaders];
        private bool _isTaken;

        public Parts(Func<string, KernelHandle> part)
        {
            try
            {
                for (int i = 0; i < _handles.Length; i++)
                {
                    _handles[i] = part(i == 0 ? ObjectListing.WriterPart : ObjectListing.ReaderPart(i - 1));
                }
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public WindowsReaderWriterLock Lock(KernelHandle mark, string? key, bool createdNew)
        {
            _isTaken = true;
            return new WindowsReaderWriterLock(mark, _handles[0], _handles[1..], key, createdNew);
        }

        public void Dispose()
        {
            if (!_isTaken)
            {
                Array.ForEach(_handles, handle => handle?.Dispose());
            }
        }
    }
}
