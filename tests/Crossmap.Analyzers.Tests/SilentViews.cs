namespace Crossmap.Analyzers.Tests;

/// <summary>CROSSMAP001, where it must be silent.</summary>
public class SilentViews
{
    private const string Id = "CROSSMAP001";

    [Theory]
    [InlineData("using var view = mapping.MapView(); view.At<int>(0) = 1;")]
    [InlineData("using (var view = mapping.MapView()) { view.AsSpan().Clear(); }")]
    [InlineData("using (mapping.MapView()) { Console.WriteLine(); }")]
    [InlineData("using var view = flag ? mapping.MapView() : mapping.MapView(ViewAccess.Read); view.Flush();")]
    [InlineData("var view = mapping.MapView(); using (view) { view.Flush(); }")]
    [InlineData("var view = mapping.MapView(); using var owned = view; view.Flush();")]
    [InlineData("using MappedView? view = number switch { 1 => mapping.MapView(), _ => null }; view?.Flush(); await Task.Delay(1);")]
    public void In_a_using(string statements) => Snippet.Check(Id, statements);

    [Theory]
    [InlineData("mapping.MapView().Dispose();")]
    [InlineData("mapping?.MapView()?.Dispose();")]
    [InlineData("var view = mapping.MapView(); view.Flush(); view.Dispose();")]
    [InlineData("var view = mapping.MapView(); try { view.Flush(); } finally { view.Dispose(); }")]
    [InlineData("MappedView? view = null; try { view = mapping.MapView(); if (flag) { return; } view.Flush(); } finally { view?.Dispose(); }")]
    [InlineData("var view = mapping.MapView(); if (flag) { view.Dispose(); return; } view.Dispose();")]
    [InlineData("var view = mapping.MapView(); if (flag) { throw new InvalidOperationException(); } view.Dispose();")]
    [InlineData("var view = flag ? mapping.MapView() : null; view?.Dispose();")]
    [InlineData("var view = flag ? mapping.MapView() : null; if (view != null) { view.Dispose(); }")]
    [InlineData("var view = flag ? mapping.MapView() : null; if (view is not null) { view.Dispose(); }")]
    [InlineData("MappedView? view = null; if (flag) { view = mapping.MapView(); } Console.WriteLine(); if (flag) { view!.Dispose(); }")]
    [InlineData("if (mapping.MapView() is { } view) { view.Dispose(); }")]
    [InlineData("var view = mapping.MapView(); switch (number) { case 1: view.Dispose(); break; default: ((IDisposable)view).Dispose(); break; }")]
    [InlineData("foreach (int i in new[] { 1, 2 }) { var view = mapping.MapView(); if (i == 2) { view.Dispose(); continue; } view.Dispose(); }")]
    [InlineData("var view = mapping.MapView(); try { await Task.Delay(1); return; } catch (IOException) { return; } finally { if (number > 0) { Console.WriteLine(); } view.Dispose(); }")]
    [InlineData("Run(() => { var view = mapping.MapView(); view.Flush(); view.Dispose(); });")]
    public void Disposed(string statements) => Snippet.Check(Id, statements);

    [Theory]
    [InlineData("Take(mapping.MapView());")]
    [InlineData("_field = mapping.MapView();")]
    [InlineData("Property = mapping.MapView();")]
    [InlineData("_list.Add(mapping.MapView());")]
    [InlineData("_dictionary[\"a\"] = mapping.MapView();")]
    [InlineData("var pair = (mapping.MapView(), 1); Take(pair.Item1);")]
    [InlineData("MappedView[] views = [mapping.MapView(), mapping.MapView()]; Take(views[0]);")]
    [InlineData("using var reader = new Reader(mapping.MapView());")]
    [InlineData("var view = mapping.MapView(); using var reader = new Reader(view); view.Flush();")]
    [InlineData("var view = mapping.MapView(); _field = view;")]
    [InlineData("var view = mapping.MapView(); _list.Add(view);")]
    [InlineData("var view = mapping.MapView(); var other = view; other.Dispose();")]
    [InlineData("var view = mapping.MapView(); Run(() => view.Dispose());")]
    [InlineData("var view = mapping.MapView(); void Later() => view.Dispose(); Later();")]
    [InlineData("var view = mapping.MapView(); await Task.Run(view.Dispose);")]
    [InlineData("using var view = await Task.Run(() => mapping.MapView()); view.Flush();")]
    [InlineData("MappedView? view = null; Run(() => view = mapping.MapView()); view?.Dispose();")]
    [InlineData("if (Make(mapping, out var view)) { view.Dispose(); }")]
    [InlineData("using var view = mapping.MapView().Keep();")]
    [InlineData("var views = new[] { 0L, 65536L }.Select(o => mapping.MapView(offset: o)).ToList(); views.ForEach(v => v.Dispose());")]
    public void Handed_on(string statements) => Snippet.Check(Id, statements);

    /// <summary>As a rule such a lambda is expected to throw.</summary>
    [Fact]
    public void Whole_body_of_a_lambda() => Snippet.Check(Id, "Run(() => mapping.MapView(ViewAccess.Write));");

    [Theory]
    [InlineData("private MappedView Map() => mapping.MapView();")]
    [InlineData("private MappedView Map(bool all) => all ? mapping.MapView() : mapping.MapView(length: 4096);")]
    [InlineData("private MappedView Map() { var view = mapping.MapView(); view.Flush(); return view; }")]
    [InlineData("private async Task<MappedView> Map() { var view = mapping.MapView(); await Task.Yield(); return view; }")]
    [InlineData("private void Map(out MappedView view) => view = mapping.MapView();")]
    [InlineData("private void Map(ref MappedView view) { view = mapping.MapView(); }")]
    [InlineData("private static readonly FileMapping s_mapping = FileMapping.Open(\"a\"); private readonly MappedView _view = s_mapping.MapView(); private long Length => _view.Length;")]
    [InlineData("private IEnumerable<MappedView> Map() { yield return mapping.MapView(); var view = mapping.MapView(); yield return view; }")]
    [InlineData("private Lazy<MappedView> Map() => new(() => mapping.MapView());")]
    [InlineData("private (MappedView, int) Map() => (mapping.MapView(), 1);")]
    [InlineData("private MappedView Map() { MappedView view = mapping.MapView(); try { view.Flush(); } catch { view.Dispose(); throw; } return view; }")]
    [InlineData("private long Map() { using MappedView view = mapping.MapView(); return view.Length; }")]
    public void Members(string members) => Snippet.CheckMembers(Id, members);
}
