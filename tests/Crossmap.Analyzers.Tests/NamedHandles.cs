namespace Crossmap.Analyzers.Tests;

/// <summary>CROSSMAP002.</summary>
public class NamedHandles
{
    private const string Id = "CROSSMAP002";

    [Theory]
    [InlineData("⟦FileMapping.CreateInMemory(4096, \"a\")⟧;")]
    [InlineData("var other = ⟦FileMapping.Open(\"a\")⟧; Console.WriteLine(other.Size);")]
    [InlineData("var other = ⟦FileMapping.Create(\"a.bin\", \"a\")⟧; if (flag) { return; } other.Dispose();")]
    [InlineData("using var view = ⟦FileMapping.Open(\"a\")⟧.MapView();")]
    [InlineData("var turn = ⟦NamedSemaphore.Create(\"a\", 1, 1)⟧; turn.Wait(); turn.Release();")]
    [InlineData("⟦NamedSemaphore.Open(\"a\")⟧.Release();")]
    [InlineData("var turn = ⟦NamedMutex.Create(\"a\")⟧; turn.Wait(); turn.Release();")]
    [InlineData("⟦NamedEvent.Create(\"a\", System.Threading.EventResetMode.AutoReset)⟧.Set();")]
    [InlineData("⟦NamedCondition.Create(\"a\")⟧.NotifyAll();")]
    [InlineData("var both = ⟦NamedReaderWriterLock.Create(\"a\")⟧; both.EnterReadLock(); both.ExitReadLock();")]
    [InlineData("if (NamedMutex.TryOpen(\"a\", out ⟦var turn⟧)) { Console.WriteLine(turn.TryWait()); }")]
    [InlineData("if (FileMapping.TryOpen(\"a\", out ⟦var other⟧)) { Console.WriteLine(other.Size); }")]
    [InlineData("if (!NamedSemaphore.TryOpen(\"a\", out ⟦NamedSemaphore? turn⟧)) { return; } turn.Wait();")]
    [InlineData("_ = ⟦mapping.Duplicate(MappingRights.MapRead)⟧;")]
    public void Flagged(string statements) => Snippet.Check(Id, statements);

    [Theory]
    [InlineData("using var other = FileMapping.Open(\"a\");")]
    [InlineData("using var turn = NamedSemaphore.Create(\"a\", 1, 1); turn.Wait(); await Task.Delay(1); turn.Release();")]
    [InlineData("using var turn = NamedMutex.Create(\"a\"); turn.Wait(); turn.Release();")]
    [InlineData("using NamedEvent first = NamedEvent.Open(\"a\"), second = NamedEvent.Open(\"b\"); Console.WriteLine(WaitableObject.WaitAny(first, second));")]
    [InlineData("if (FileMapping.TryOpen(\"a\", out var other)) { other.Dispose(); }")]
    [InlineData("if (FileMapping.TryOpen(\"a\", out var other)) { using (other) { Console.WriteLine(other.Size); } }")]
    [InlineData("Console.WriteLine(FileMapping.TryOpen(\"a\", out _));")]
    [InlineData("if (NamedSemaphore.TryOpen(\"a\", out var turn)) { turn.Wait(); turn.Dispose(); } else { Console.WriteLine(); }")]
    [InlineData("var handles = new List<IDisposable> { FileMapping.Open(\"a\"), NamedSemaphore.Open(\"b\") }; handles.ForEach(h => h.Dispose());")]
    [InlineData("var all = await Task.WhenAll(Task.Run(() => FileMapping.Open(\"a\"))); all[0].Dispose();")]
    public void Silent(string statements) => Snippet.Check(Id, statements);

    [Theory]
    [InlineData("private static FileMapping Share() => FileMapping.Open(\"a\");")]
    [InlineData("private readonly NamedSemaphore _turn = NamedSemaphore.Create(\"a\", 1, 1); private void Wait() => _turn.Wait();")]
    [InlineData("private static FileMapping? Find() => FileMapping.TryOpen(\"a\", out var found) ? found : null;")]
    public void Silent_members(string members) => Snippet.CheckMembers(Id, members);
}
