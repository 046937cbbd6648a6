namespace Crossmap.Tests;

/// <summary>An endless, seeded stream of object files that are not quite what they should be.</summary>
internal sealed class ObjectMutator
{
    private static readonly long[] Interesting =
    [
        0, 1, 2, 3, -1, -2, 64, 255, 256, 511, 512, 513, 4095, 4096, 4097, 8191, 8192, 8193, 65535, 65536, 65537, 69632, 100_000, 100_001, 102_400,
        int.MaxValue, int.MinValue, uint.MaxValue, long.MaxValue, long.MinValue, long.MaxValue - 4095, 1L << 32, 1L << 40, 1L << 46, 1L << 47, 32766, 32767, 0x0080_0000, 0x0800_0000, 0x0400_0000,
    ];

    private static readonly (int At, int Bytes)[] Fields =
    [
        (0, 8), (ObjectFile.Version, 4), (ObjectFile.Kind, 4), (ObjectFile.DataOffset, 8), (ObjectFile.Size, 8), (ObjectFile.NameLength, 4),
        (ObjectFile.PathLength, 4), (ObjectFile.Protection, 4), (ObjectFile.Options, 4), (ObjectFile.BackingDevice, 8), (ObjectFile.BackingInode, 8),
        (64, 4), (ObjectFile.MaximumCount, 4), (ObjectFile.Inode, 8), (ObjectFile.Checksum, 8), .. ObjectFile.States.Select(at => (at, 8)),
    ];

    private readonly Random _random;
    private readonly ObjectFile[] _sound;

    /// <param name="backing">A file that the objects over files name.</param>
    /// <param name="seed">The same seed gives the same stream.</param>
    public ObjectMutator(string backing, int seed)
    {
        _random = new Random(seed);
        ObjectFile memory, large, semaphore, reserved;
        using (FileMapping.CreateInMemory(1, "name"))
        {
            memory = ObjectFile.Of("name");
        }

        using (FileMapping.CreateInMemory(200_000, "name"))
        {
            large = ObjectFile.Of("name");
        }

        using (NamedSemaphore.Create("name", 1, 3))
        {
            semaphore = ObjectFile.Of("name");
        }

        using (FileMapping.CreateInMemory(20_000, "name", options: new FileMappingOptions { Section = SectionOptions.Reserve }))
        {
            reserved = ObjectFile.Of("name");
        }

        _sound = [memory, large, semaphore, reserved, ObjectFile.Over("name", backing), semaphore];
    }

    /// <summary>The file that the mutants are written to.</summary>
    public void AimAt(long inode)
    {
        for (int i = 0; i < _sound.Length; i++)
        {
            _sound[i] = _sound[i].With(o => o.Set(ObjectFile.Inode, inode));
        }
    }

    public byte[] Next()
    {
        ObjectFile sound = _sound[_random.Next(_sound.Length)];
        int kind = _random.Next(16);
        return kind switch
        {
            0 => Random(_random.Next(12_000)),
            1 => sound.Bytes[.._random.Next(sound.Bytes.Length)],
            2 => sound.With(o => o.Resize(_random.Next(16_384))).Bytes,
            3 => Flip(sound, _random.Next(1, 4), fix: false),
            4 => sound.With(o => Random(_random.Next(1, 512)).CopyTo(o.Bytes, _random.Next(512))).Bytes,
            < 9 => Flip(sound, _random.Next(1, 9), fix: true),
            _ => sound.With(SetFields).Bytes,
        };
    }

    private byte[] Random(int length)
    {
        byte[] bytes = new byte[length];
        _random.NextBytes(bytes);
        return bytes;
    }

    private byte[] Flip(ObjectFile sound, int count, bool fix)
    {
        void Change(ObjectFile file)
        {
            for (int i = 0; i < count; i++)
            {
                // The header mostly, where the bits mean something.
                int at = _random.Next(4) == 0 ? _random.Next(file.Bytes.Length) : _random.Next(96);
                file.Bytes[at] ^= (byte)(1 << _random.Next(8));
            }
        }

        if (fix)
        {
            return sound.With(Change).Bytes;
        }

        var flipped = new ObjectFile([.. sound.Bytes]);
        Change(flipped);
        return flipped.Bytes;
    }

    private void SetFields(ObjectFile file)
    {
        for (int count = _random.Next(1, 4); count > 0; count--)
        {
            (int at, int bytes) = Fields[_random.Next(Fields.Length)];
            long value = _random.Next(3) switch
            {
                0 => _random.NextInt64(),
                1 => (bytes == 8 ? file.Int64(at) : file.Int32(at)) + _random.Next(-2, 3),
                _ => Interesting[_random.Next(Interesting.Length)],
            };
            if (bytes == 8)
            {
                file.Set(at, value);
            }
            else
            {
                file.Set(at, (int)value);
            }
        }

        if (_random.Next(3) == 0)
        {
            file.Resize(_random.Next(512, 300_000));
        }
    }
}
