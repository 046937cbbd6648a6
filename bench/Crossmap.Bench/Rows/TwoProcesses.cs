namespace Crossmap.Bench.Rows;

/// <summary>A row in which this process and a peer run at the same time, in one page that they share.</summary>
internal abstract unsafe class TwoProcesses : Row
{
    /// <summary>In the page, each on a cache line of its own: what the sides tell each other, and what rows have for themselves.</summary>
    protected const int ReadyAt = 0, StopAt = 128, FreeAt = 256;

    private readonly FileMapping _page;
    private readonly Peer _peer;

    protected TwoProcesses(BenchContext context, string page, string role, params string[] arguments)
    {
        _page = FileMapping.CreateInMemory(4096, page);
        View = _page.MapView();
        _peer = Peer.Start(context, context.Ground.Store, role, [page, .. arguments]);
    }

    protected MappedView View { get; }

    public override void Dispose()
    {
        _peer.Dispose();
        View.Dispose();
        _page.Dispose();
    }

    /// <summary>What a peer answers with: each command gets the view and its own arguments, and says what came of it.</summary>
    protected static Func<string[], string> Serve(string page, Func<MappedView, string[], string> answer)
    {
        MappedView view = FileMapping.Open(page).MapView();
        return command =>
        {
            Volatile.Write(ref view.At<int>(ReadyAt), 1);
            return answer(view, command);
        };
    }

    /// <summary>Both sides run before the clock does.</summary>
    protected (T Ours, string Theirs) WithPeer<T>(string command, Func<T> side)
    {
        Volatile.Write(ref View.At<int>(ReadyAt), 0);
        _peer.Send(command);
        while (Volatile.Read(ref View.At<int>(ReadyAt)) == 0)
        {
            Thread.SpinWait(1);
        }

        T ours = side();
        return (ours, _peer.Receive());
    }
}
