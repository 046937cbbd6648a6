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
    /// <param name="page">Its name.</param>
    /// <param name="answer">From the view and the command.</param>
    /// <param name="prepare">What comes before this side says that it runs.</param>
    protected static Func<string[], string> Serve(string page, Func<MappedView, string[], string> answer, Action<string[]>? prepare = null)
    {
        MappedView view = FileMapping.Open(page).MapView();
        return command =>
        {
            prepare?.Invoke(command);
            Volatile.Write(ref view.At<int>(ReadyAt), 1);
            return answer(view, command);
        };
    }

    /// <summary>Both sides run before the clock does.</summary>
    protected (T Ours, string Theirs) WithPeer<T>(string command, Func<T> side)
    {
        Volatile.Write(ref View.At<int>(ReadyAt), 0);
        _peer.Send(command);
        WaitUntilReady();
        T ours = side();
        return (ours, _peer.Receive());
    }

    /// <summary>The same with a thread of this process as the other side, which sets the page's ready word as a peer does.</summary>
    protected (T Ours, string Theirs) WithThread<T>(Action prepare, Func<string> other, Func<T> side)
    {
        string theirs = "";
        Volatile.Write(ref View.At<int>(ReadyAt), 0);
        var thread = new Thread(() =>
        {
            prepare();
            Volatile.Write(ref View.At<int>(ReadyAt), 1);
            theirs = other();
        });
        thread.Start();
        WaitUntilReady();
        T ours = side();
        thread.Join();
        return (ours, theirs);
    }

    private void WaitUntilReady()
    {
        while (Volatile.Read(ref View.At<int>(ReadyAt)) == 0)
        {
            Thread.SpinWait(1);
        }
    }
}
