namespace Crossmap.Analyzers.Tests;

/// <summary>CROSSMAP001, where it must speak.</summary>
public class FlaggedViews
{
    private const string Id = "CROSSMAP001";

    [Theory]
    [InlineData("⟦mapping.MapView()⟧;")]
    [InlineData("_ = ⟦mapping.MapView(ViewAccess.Read)⟧;")]
    [InlineData("Run(() => { ⟦mapping.MapView()⟧; });")]
    public void Result_discarded(string statements) => Snippet.Check(Id, statements);

    [Theory]
    [InlineData("⟦mapping.MapView()⟧.At<int>(0) = 1;")]
    [InlineData("⟦mapping.MapView()⟧.AsSpan().Clear();")]
    [InlineData("Console.WriteLine(⟦mapping.MapView()⟧.Length);")]
    [InlineData("Console.WriteLine(⟦mapping.MapView()⟧?.Length);")]
    [InlineData("Console.WriteLine((flag ? ⟦mapping.MapView()⟧ : ⟦mapping.MapView(ViewAccess.Read)⟧).Length);")]
    [InlineData("if (⟦mapping.MapView()⟧ is { Length: > 4096 }) { Console.WriteLine(); }")]
    public void Result_used_as_a_temporary(string statements) => Snippet.Check(Id, statements);

    [Theory]
    [InlineData("var view = ⟦mapping.MapView()⟧; view.At<int>(0) += 1;")]
    [InlineData("MappedView view; view = ⟦mapping.MapView()⟧; Console.WriteLine(view.Length);")]
    [InlineData("var view = ⟦mapping.MapView()⟧; await Task.Delay(1); Console.WriteLine(view.AsMemory().Length);")]
    [InlineData("var view = flag ? ⟦mapping.MapView()⟧ : null; Console.WriteLine(view?.Length);")]
    [InlineData("var view = number switch { 1 => ⟦mapping.MapView()⟧, 2 => ⟦mapping.MapView(ViewAccess.Read)⟧, _ => null }; Console.WriteLine(view is null);")]
    [InlineData("MappedView? view = null; view ??= ⟦mapping.MapView()⟧; Console.WriteLine(view.Length);")]
    [InlineData("if (⟦mapping.MapView()⟧ is { } view) { view.AsSpan().Clear(); }")]
    [InlineData("if (⟦mapping.MapView()⟧ is MappedView { Length: > 10 } view && view.Length < 20) { Console.WriteLine(view.Address); }")]
    [InlineData("foreach (int i in new[] { 1, 2 }) { var view = ⟦mapping.MapView()⟧; view.At<int>(i) = i; }")]
    [InlineData("try { var view = ⟦mapping.MapView()⟧; view.Flush(); } finally { Console.WriteLine(); }")]
    [InlineData("Run(() => { var view = ⟦mapping.MapView()⟧; view.Flush(); });")]
    [InlineData("object view = ⟦mapping.MapView()⟧; Console.WriteLine(view == null);")]
    [InlineData("int Sum() { var view = ⟦mapping.MapView()⟧; return view.At<int>(0) + view.At<int>(4); } Console.WriteLine(Sum());")]
    public void Local_never_disposed(string statements) => Snippet.Check(Id, statements);

    [Theory]
    [InlineData("var view = ⟦mapping.MapView()⟧; if (flag) { return; } view.Dispose();")]

    [InlineData("var view = ⟦mapping.MapView()⟧; if (flag) { view.Dispose(); }")]
    [InlineData("var view = ⟦mapping.MapView()⟧; switch (number) { case 1: view.Dispose(); break; case 2: view?.Dispose(); break; default: Console.WriteLine(); break; }")]
    [InlineData("var view = ⟦mapping.MapView()⟧; try { if (number > 3) { return; } view.Dispose(); } finally { Console.WriteLine(); }")]
    [InlineData("var view = ⟦mapping.MapView()⟧; while (number-- > 0) { view.Dispose(); }")]
    [InlineData("Run(() => { var view = ⟦mapping.MapView()⟧; if (number == 1) { return; } view.Dispose(); });")]
    [InlineData("void Inner() { var view = ⟦mapping.MapView()⟧; if (number == 1) { return; } view.Dispose(); } Inner();")]
    [InlineData("var view = ⟦mapping.MapView()⟧; if (flag) { await Task.Delay(1); return; } ((IDisposable)view).Dispose();")]
    public void Local_not_disposed_on_every_path(string statements) => Snippet.Check(Id, statements);

    [Theory]
    [InlineData("private long Sum() { var view = ⟦mapping.MapView()⟧; return view.At<long>(0); }")]
    [InlineData("private long Length => ⟦mapping.MapView()⟧.Length;")]
    [InlineData("private Span<byte> Bytes() => ⟦mapping.MapView()⟧.AsSpan();")]
    [InlineData("private IEnumerable<byte> Each() { var view = ⟦mapping.MapView()⟧; for (int i = 0; i < view.Length; i++) { yield return view.At<byte>(i); } }")]
    public void Members(string members) => Snippet.CheckMembers(Id, members);
}
