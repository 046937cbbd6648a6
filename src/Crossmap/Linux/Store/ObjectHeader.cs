using System.Runtime.InteropServices;
using Crossmap.Objects;
using static Crossmap.Linux.Libc;
using static Crossmap.Objects.Win32Error;

namespace Crossmap.Linux;

/// <summary>
/// The first page of an object's file; docs/format.md draws it. Everything but the state words is written once, before the file gets
/// its name, and never again. Whoever opens the file checks all of it: the file may be corrupt or forged.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 512)]
internal struct ObjectHeader
{
    /// <summary>"CROSSMAP" in the order of its bytes.</summary>
    public const ulong MagicValue = 0x50414D53_534F5243;

    /// <summary>A reader refuses any other: the layout may have changed under its feet.</summary>
    public const uint CurrentVersion = 1;

    /// <summary>
    /// The first place for the word of a semaphore, an event or a condition. Each of the <see cref="StatePlaces"/> is a cache line of its own: whoever
    /// contends for it disturbs no reader of the fields.
    /// </summary>
    public const int StateOffset = 256;

    /// <summary>
    /// How many places there are: with one, the words of all objects would meet in the same set of the processor's first cache, which holds some ten,
    /// and a look at many objects would find none of them there.
    /// </summary>
    public const int StatePlaces = 4;

    /// <summary>The length of a cache line, and of a place.</summary>
    private const int StatePlace = 64;

    /// <summary>
    /// The last bytes of the header of a mutex or reader-writer lock, from its word to the end. The word lies there because the kernel expects its owner's list entry at a
    /// fixed distance behind it, and that must be in the next page, which is private to each process (<see cref="OwnedWord"/>).
    /// </summary>
    public const int OwnerWordFromEnd = RobustList.EntryBehindWord - sizeof(long);

    /// <summary>What such a header keeps free at its end: the cache line of its word.</summary>
    private const int MutexTail = 64;

    /// <summary>The name begins here, in UTF-16 units; behind it lies the path, in bytes.</summary>
    public const int TextOffset = 512;

    /// <summary>Bytes: a limit for what a reader believes. 64 KiB of name, 4 KiB of path, rounded up to pages.</summary>
    public const int MaximumLength = 18 * PageSize;

    /// <summary>What Linux allows (<c>PATH_MAX</c>).</summary>
    public const int MaximumPath = 4096;

    [FieldOffset(0)] public ulong Magic;
    [FieldOffset(8)] public uint Version;
    [FieldOffset(12)] public NamedObjectKind Kind;

    /// <summary>Where a memory section's bytes begin in the file; the header's length for all other objects.</summary>
    [FieldOffset(16)] public long DataOffset;

    /// <summary>The section's size in bytes.</summary>
    [FieldOffset(24)] public long Size;

    /// <summary>UTF-16 units; 0 for an unnamed object.</summary>
    [FieldOffset(32)] public int NameLength;

    /// <summary>Bytes; 0 when no file is mapped.</summary>
    [FieldOffset(36)] public int PathLength;

    [FieldOffset(40)] public PageProtection Protection;
    [FieldOffset(44)] public SectionOptions Options;

    /// <summary>The mapped file: device (major in the high half), inode and path as at creation.</summary>
    [FieldOffset(48)] public ulong BackingDevice;
    [FieldOffset(56)] public ulong BackingInode;

    /// <summary>The PID namespace of the creator of a mutex or reader-writer lock: in another the owner's thread id would be another thread's.</summary>
    [FieldOffset(56)] public ulong PidNamespace;

    /// <summary>The event's way of being reset: 1 by hand, 0 by the wait that it satisfies.</summary>
    [FieldOffset(64)] public int ManualReset;

    /// <summary>The semaphore's maximum.</summary>
    [FieldOffset(68)] public int MaximumCount;

    /// <summary>
    /// The inode number of the file that this header stands in. Who has locked an open file learns from it, without another call, whether the
    /// name still leads to that file.
    /// </summary>
    [FieldOffset(72)] public ulong Inode;

    /// <summary>FNV-1a over all fields above, the name and the path: tells a damaged file from a good one, not a forged one.</summary>
    [FieldOffset(80)] public ulong Checksum;

    /// <summary>In pages that <see cref="Build"/> made it stands at the first place, in a file at <see cref="StateOffsetIn"/>.</summary>
    [FieldOffset(StateOffset)] public ulong State;

    /// <summary>Where the word stands in the file of that number: files that are made one after the other have it at different places.</summary>
    public static int StateOffsetIn(ulong inode) => StateOffset + ((int)(inode % StatePlaces) * StatePlace);

    /// <summary>The header's pages, all but for what <see cref="Seal"/> adds once there is a file.</summary>
    public static byte[] Build(ObjectHeader fields, string name, ReadOnlySpan<byte> path)
    {
        fields.Magic = MagicValue;
        fields.Version = CurrentVersion;
        fields.NameLength = name.Length;
        fields.PathLength = path.Length;
        fields.DataOffset = LengthFor(fields.Kind, name.Length, path.Length);
        byte[] pages = new byte[fields.DataOffset];
        MemoryMarshal.AsBytes(name.AsSpan()).CopyTo(pages.AsSpan(TextOffset));
        path.CopyTo(pages.AsSpan(TextOffset + (name.Length * 2)));
        MemoryMarshal.Write(pages, in fields);
        return pages;
    }

    /// <summary>Finishes the pages for one file; also pages that were finished for another before.</summary>
    public static void Seal(Span<byte> pages, ulong inode)
    {
        ref ObjectHeader fields = ref MemoryMarshal.AsRef<ObjectHeader>(pages);
        ulong state = StateIn(pages, fields.Inode);
        StateIn(pages, fields.Inode) = 0;
        StateIn(pages, inode) = state;
        fields.Inode = inode;
        fields.Checksum = ChecksumOf(in fields, pages.Slice(TextOffset, (fields.NameLength * 2) + fields.PathLength));
    }

    /// <summary>
    /// Reads and checks the header of an open object file.
    /// </summary>
    /// <param name="fd">The file.</param>
    /// <param name="status">Of the file, as the caller has just seen it; or of the one that has the name now, and then a header that is sound
    /// says that they are the same.</param>
    /// <param name="subject">How messages call the object.</param>
    /// <exception cref="InvalidDataException">Damaged (1392), of another version (1306) or of another file (1392).</exception>
    public static unsafe ObjectContents Read(int fd, in FileStatus status, Subject subject)
    {
        if (!status.IsRegular)
        {
            throw Corrupt(subject, "it is no regular file");
        }

        byte* first = stackalloc byte[1024];
        nint got = pread(fd, first, 1024, 0);
        if (got < 0)
        {
            // Not the object's fault, and nothing to remove it for.
            throw LinuxError.Last($"The file of {subject} cannot be read");
        }

        if (got < TextOffset)
        {
            throw Corrupt(subject, "it is shorter than a header");
        }

        ObjectHeader header = *(ObjectHeader*)first;
        if (header.Magic != MagicValue)
        {
            throw Corrupt(subject, "it does not begin as one");
        }

        if (header.Version != CurrentVersion)
        {
            throw Errors.Of(ERROR_REVISION_MISMATCH,
                $"The file of {subject} has layout version {header.Version}; this library knows version {CurrentVersion}. Let all processes use the same version.");
        }

        // Lengths first, in an order in which nothing overflows; only then is anything read by them.
        if ((uint)header.NameLength > 32766 + 7 || (uint)header.PathLength > MaximumPath || header.DataOffset != LengthFor(header.Kind, header.NameLength, header.PathLength))
        {
            throw Corrupt(subject, "its lengths do not fit each other");
        }

        int textLength = (header.NameLength * 2) + header.PathLength;
        Span<byte> text = new(first + TextOffset, 512);
        if (textLength > text.Length)
        {
            text = new byte[textLength];
            fixed (byte* p = text)
            {
                got = pread(fd, p, textLength, TextOffset) + TextOffset;
            }
        }

        if (got < TextOffset + textLength || ChecksumOf(in header, text[..textLength]) != header.Checksum)
        {
            throw Corrupt(subject, "its checksum does not match");
        }

        if (header.Inode != status.Inode)
        {
            throw Corrupt(subject, "it is a copy of another file");
        }

        header.State = *(ulong*)(first + StateOffsetIn(header.Inode));

        bool isMapping = header.Kind == NamedObjectKind.Mapping;
        bool isMemory = isMapping && header.PathLength == 0;
        if (isMapping && (header.Size == 0 || (header.Options & SectionOptions.File) != 0 == isMemory))
        {
            throw Corrupt(subject, "its size or options are none that a section has");
        }

        if (header.Size < 0 || (isMemory ? header.Size == 0 || header.Size > status.Size - header.DataOffset : status.Size - LengthBehind(header.Kind) < header.DataOffset))
        {
            throw Corrupt(subject, "its file is too short");
        }

        return new ObjectContents(
            in header,
            new string(MemoryMarshal.Cast<byte, char>(text[..(header.NameLength * 2)])),
            header.PathLength == 0 ? null : text.Slice(header.NameLength * 2, header.PathLength).ToArray());
    }

    /// <summary>The readers' words of a reader-writer lock at this moment, and the mark of a writer who is inside; 0 for what cannot be read.</summary>
    public static unsafe void ReadReaderWords(int fd, in ObjectHeader header, Span<uint> words, out uint mark)
    {
        uint found = 0;
        mark = Libc.pread(fd, (byte*)&found, sizeof(uint), header.DataOffset - OwnerWordFromEnd + sizeof(uint)) == sizeof(uint) ? found : 0;
        for (int slot = 0; slot < words.Length; slot++)
        {
            words[slot] = Libc.pread(fd, (byte*)&found, sizeof(uint), header.DataOffset + LinuxReaderWriterLock.PositionOf(slot)) == sizeof(uint) ? found : 0;
        }
    }

    /// <summary>Bytes behind the header that belong to an object of that kind, but for a section's memory.</summary>
    public static int LengthBehind(NamedObjectKind kind) => kind == NamedObjectKind.ReaderWriterLock ? LinuxReaderWriterLock.SlotsLength : 0;

    /// <summary>A mutex's word at this moment; 0 when it cannot be read.</summary>
    public static unsafe uint ReadOwnerWord(int fd, in ObjectHeader header)
    {
        uint word;
        return Libc.pread(fd, (byte*)&word, sizeof(uint), header.DataOffset - OwnerWordFromEnd) == sizeof(uint) ? word : 0;
    }

    public static Exception Corrupt(Subject subject, string why) =>
        Errors.Of(ERROR_FILE_CORRUPT, $"The file of {subject} is not a sound object: {why}. Remove it when no process uses it any more.");

    private static ref ulong StateIn(Span<byte> pages, ulong inode) => ref MemoryMarshal.AsRef<ulong>(pages[StateOffsetIn(inode)..]);

    private static int LengthFor(NamedObjectKind kind, int nameLength, int pathLength) =>
        (TextOffset + (nameLength * 2) + pathLength + (kind is NamedObjectKind.Mutex or NamedObjectKind.ReaderWriterLock ? MutexTail : 0) + PageSize - 1) & -PageSize;

    private static ulong ChecksumOf(in ObjectHeader fields, ReadOnlySpan<byte> text)
    {
        ulong hash = 0xCBF2_9CE4_8422_2325;
        foreach (byte b in MemoryMarshal.AsBytes(new ReadOnlySpan<ObjectHeader>(in fields))[..80])
        {
            hash = (hash ^ b) * 0x100_0000_01B3;
        }

        foreach (byte b in text)
        {
            hash = (hash ^ b) * 0x100_0000_01B3;
        }

        return hash;
    }
}
