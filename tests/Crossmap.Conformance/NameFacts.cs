using Crossmap.Testing;

namespace Crossmap.Conformance;

/// <summary>D. What a name leads to.</summary>
public class NameFacts
{
    /// <summary>The kinds of objects that share the names, what creates one and tells whether it is new, and what opens one.</summary>
    private static readonly (string Kind, Func<string, (IDisposable Handle, bool CreatedNew)> Create, Func<string, IDisposable> Open)[] Kinds =
    [
        ("mapping", name => FileMapping.CreateInMemory(4096, name) is var o ? (o, o.CreatedNew) : default, name => FileMapping.Open(name)),
        ("semaphore", name => Waitable(NamedSemaphore.Create(name, 1, 1)), NamedSemaphore.Open),
        ("mutex", name => Waitable(NamedMutex.Create(name)), NamedMutex.Open),
        ("event", name => Waitable(NamedEvent.Create(name, EventResetMode.AutoReset)), NamedEvent.Open),
    ];

    [Fact]
    public void Fact_061_Creating_an_existing_name_opens_the_same_object()
    {
        string name = UniqueName.Create();
        using FileMapping first = FileMapping.CreateInMemory(4096, name);
        using FileMapping second = FileMapping.CreateInMemory(100_000, name);
        Answer.Is(61, "created", (true, false), (first.CreatedNew, second.CreatedNew));
        Answer.Is(61, "size", 4096, second.Size);
        using MappedView one = first.MapView(), two = second.MapView();
        one.At<int>(0) = 61;
        Answer.Is(61, "bytes", 61, two.At<int>(0));
    }

    [Fact]
    public void Fact_062_Existing_name_with_another_protection_gets_that_protections_rights()
    {
        string name = UniqueName.Create();
        using FileMapping first = FileMapping.CreateInMemory(4096, name);
        using FileMapping second = FileMapping.CreateInMemory(4096, name, PageProtection.ExecuteRead);
        Answer.Is(62, "created", false, second.CreatedNew);
        Answer.Is(62, "protection", PageProtection.ReadWrite, second.Protection);
        Answer.Is(62, "all access", 5, Answer.Of(() => second.MapView(ViewAccess.AllAccess)));
        Answer.Is(62, "read", Answer.Success, Answer.Of(() => second.MapView(ViewAccess.Read)));
    }

    [Fact]
    public void Fact_063_Another_process_that_creates_the_name_sees_the_bytes()
    {
        string name = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        using MappedView view = mapping.MapView();
        view.At<int>(8) = 63;
        using ChildProcess child = ChildProcess.Start(CreateAndRead, name);
        Answer.Is(63, "created new, value", "False 63", child.Receive());
        child.Finish();
    }

    [Fact]
    public void Fact_064_065_Names_are_case_sensitive()
    {
        string name = UniqueName.Create(), other = name.ToUpperInvariant();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
        Answer.Is(65, "open the other case", 2, Answer.Of(() => FileMapping.Open(other)));
        using (FileMapping upper = FileMapping.CreateInMemory(4096, other))
        {
            Answer.Is(64, "create the other case", true, upper.CreatedNew);
        }

        foreach ((string kind, var create, var open) in Kinds)
        {
            string lower = UniqueName.Create();
            using IDisposable one = create(lower).Handle;
            Answer.Is(65, $"open the other case, {kind}", 2, Answer.Of(() => open(lower.ToUpperInvariant())));
            (IDisposable two, bool createdNew) = create(lower.ToUpperInvariant());
            two.Dispose();
            Answer.Is(64, $"create the other case, {kind}", true, createdNew);
        }
    }

    [Fact]
    public void Fact_066_A_name_that_is_not_there_is_not_found()
    {
        string name = UniqueName.Create();
        Answer.Table(66, Kinds.Select(k => (k.Kind, (object)2, (Func<object?>)(() => Answer.Of(() => k.Open(name))))));
        Win32.Fails<FileNotFoundException>(2, () => FileMapping.Open(name));
        Win32.Fails<WaitHandleCannotBeOpenedException>(2, () => NamedSemaphore.Open(name));
        Assert.False(FileMapping.TryOpen(name, out _));
        Win32.Fails<WaitHandleCannotBeOpenedException>(2, () => NamedMutex.Open(name));
        Win32.Fails<WaitHandleCannotBeOpenedException>(2, () => NamedEvent.Open(name));
        Assert.False(NamedSemaphore.TryOpen(name, out _));
        Assert.False(NamedMutex.TryOpen(name, out _));
        Assert.False(NamedEvent.TryOpen(name, out _));
    }

    [Fact]
    public void Fact_067_Null_cannot_be_opened()
    {
        Assert.All(Kinds, k => Assert.Throws<ArgumentNullException>("name", () => k.Open(null!)));
    }

    [Fact]
    public void Fact_068_Creating_the_empty_name_makes_an_unnamed_object()
    {
        using FileMapping one = FileMapping.CreateInMemory(4096, ""), two = FileMapping.CreateInMemory(4096, "");
        Answer.Is(68, "mappings", (true, true), (one.CreatedNew, two.CreatedNew));
        Assert.Null(one.Name);
        foreach ((string kind, var create, _) in Kinds)
        {
            (IDisposable first, bool isFirstNew) = create("");
            (IDisposable second, bool isSecondNew) = create("");
            first.Dispose();
            second.Dispose();
            Answer.Is(68, kind, (true, true), (isFirstNew, isSecondNew));
        }
    }

    [Fact]
    public void Fact_069_The_empty_name_cannot_be_opened() =>
        Answer.Table(69, Kinds.Select(k => (k.Kind, (object)6, (Func<object?>)(() => Answer.Of(() => k.Open(""))))));

    [Fact]
    public void Fact_070_All_kinds_share_one_namespace()
    {
        foreach (var there in Kinds)
        {
            string name = UniqueName.Create();
            using IDisposable handle = there.Create(name).Handle;
            Answer.Table(70, Kinds.Where(k => k != there).Select(k =>
                ($"{k.Kind} over a {there.Kind}", (object)6, (Func<object?>)(() => Answer.Of(() => k.Create(name).Handle)))));
        }

        string turn = UniqueName.Create();
        using NamedSemaphore semaphore = NamedSemaphore.Create(turn, 1, 1);
        using var file = new TemporaryFile(100);
        Answer.Is(70, "file over a semaphore", 6, Answer.Of(() => FileMapping.Create(file.Path, turn)));
        Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedMutex.Create(turn));
        Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => NamedEvent.Create(turn, EventResetMode.ManualReset));
    }

    [Fact]
    public void Fact_072_Opening_a_name_of_another_kind_is_refused()
    {
        foreach (var there in Kinds)
        {
            string name = UniqueName.Create();
            using IDisposable handle = there.Create(name).Handle;
            Answer.Table(72, Kinds.Where(k => k != there).Select(k =>
                ($"{k.Kind}, there is a {there.Kind}", (object)6, (Func<object?>)(() => Answer.Of(() => k.Open(name))))));
        }

        string memory = UniqueName.Create();
        using FileMapping mapping = FileMapping.CreateInMemory(4096, memory);
        Assert.All(Kinds.Where(k => k.Kind != "mapping"), k => Win32.Fails<WaitHandleCannotBeOpenedException>(6, () => k.Open(memory)));
    }

    [Fact]
    public void Fact_073_A_name_is_free_for_any_kind_once_it_is_closed()
    {
        string name = UniqueName.Create();
        for (int i = 0; i < 20; i++)
        {
            foreach ((string kind, var create, _) in Kinds)
            {
                (IDisposable handle, bool createdNew) = create(name);
                handle.Dispose();
                Answer.Is(73, kind, true, createdNew);
            }
        }
    }

    [Fact]
    public void Fact_092_A_view_does_not_keep_the_name()
    {
        using var file = new TemporaryFile(4096);
        string memory = UniqueName.Create(), named = UniqueName.Create();
        using MappedView ofMemory = ViewOnly(FileMapping.CreateInMemory(4096, memory)), ofFile = ViewOnly(FileMapping.Create(file.Path, named));
        Answer.Is(92, "memory", 2, Answer.Of(() => FileMapping.Open(memory)));
        Answer.Is(92, "file", 2, Answer.Of(() => FileMapping.Open(named)));
    }

    [Fact]
    public void Fact_093_A_name_with_only_a_view_left_is_created_anew()
    {
        string name = UniqueName.Create();
        using MappedView old = ViewOnly(FileMapping.CreateInMemory(4096, name));
        old.At<int>(0) = 93;
        using FileMapping anew = FileMapping.CreateInMemory(4096, name);
        using MappedView view = anew.MapView();
        Answer.Is(93, "created", true, anew.CreatedNew);
        Answer.Is(93, "new bytes", 0, view.At<int>(0));
        view.At<int>(0) = 94;
        Answer.Is(93, "old bytes", 93, old.At<int>(0));
    }

    [Fact]
    public void Fact_094_An_object_ends_with_its_last_handle()
    {
        foreach ((string kind, var create, var open) in Kinds)
        {
            string name = UniqueName.Create();
            IDisposable first = create(name).Handle, second = open(name);
            first.Dispose();
            Answer.Is(94, $"one handle left, {kind}", Answer.Success, Answer.Of(() => open(name)));
            second.Dispose();
            Answer.Is(94, $"none left, {kind}", 2, Answer.Of(() => open(name)));
        }
    }

    [Fact]
    public void Fact_095_Memory_does_not_outlive_its_last_handle()
    {
        string name = UniqueName.Create();
        for (int i = 0; i < 3; i++)
        {
            using FileMapping mapping = FileMapping.CreateInMemory(4096, name);
            using MappedView view = mapping.MapView();
            Answer.Is(95, "bytes", -1, view.AsSpan().IndexOfAnyExcept((byte)0));
            view.AsSpan().Fill(0x95);
        }
    }

    [Fact]
    public void Fact_096_Must_be_new_refuses_an_existing_name()
    {
        string name = UniqueName.Create();
        var mustBeNew = new FileMappingOptions { MustBeNew = true };
        using (FileMapping first = FileMapping.CreateInMemory(4096, name, options: mustBeNew))
        {
            Win32.Fails<IOException>(183, () => FileMapping.CreateInMemory(4096, name, options: mustBeNew).Dispose());
        }

        using FileMapping second = FileMapping.CreateInMemory(4096, name, options: mustBeNew);
        Answer.Is(96, "created", true, second.CreatedNew);
    }

    private static (IDisposable Handle, bool CreatedNew) Waitable(WaitableObject created) => (created, created.CreatedNew);

    [ChildScenario]
    internal static void CreateAndRead(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, arguments[0]);
        using MappedView view = mapping.MapView();
        Console.WriteLine($"{mapping.CreatedNew} {view.At<int>(8)}");
    }

    private static MappedView ViewOnly(FileMapping mapping)
    {
        using (mapping)
        {
            return mapping.MapView();
        }
    }
}
