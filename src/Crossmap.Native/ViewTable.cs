namespace Crossmap.Native;

/// <summary>
/// The process's views by their addresses: C knows a view by any address inside it (fact 158). An array in the order of addresses: a search
/// halves, and the memory that an insertion moves is small beside the system call that made the view.
/// </summary>
internal static class ViewTable
{
    private static readonly Lock s_gate = new();
    private static nint[] s_starts = new nint[16];
    private static NativeView[] s_views = new NativeView[16];
    private static int s_count;

    public static void Add(NativeView view)
    {
        lock (s_gate)
        {
            if (s_count == s_starts.Length)
            {
                Array.Resize(ref s_views, s_count * 2);
                Array.Resize(ref s_starts, s_count * 2);
            }

            int at = ~Array.BinarySearch(s_starts, 0, s_count, view.Start);
            Array.Copy(s_starts, at, s_starts, at + 1, s_count - at);
            Array.Copy(s_views, at, s_views, at + 1, s_count - at);
            s_starts[at] = view.Start;
            s_views[at] = view;
            s_count++;
        }
    }

    /// <summary>The view at an address, any inside it; null when there is none.</summary>
    public static NativeView? Find(nint address)
    {
        lock (s_gate)
        {
            int at = IndexOf(address);
            return at < 0 ? null : s_views[at];
        }
    }

    /// <summary>The same, and it is nobody else's any more: of two threads that unmap one view, one finds none.</summary>
    public static NativeView? Remove(nint address)
    {
        lock (s_gate)
        {
            int at = IndexOf(address);
            if (at < 0)
            {
                return null;
            }

            NativeView view = s_views[at];
            s_count--;
            Array.Copy(s_starts, at + 1, s_starts, at, s_count - at);
            Array.Copy(s_views, at + 1, s_views, at, s_count - at);
            s_views[s_count] = null!;
            return view;
        }
    }

    /// <summary>Where the next view behind an address begins; 0 when there is none.</summary>
    public static nint NextBehind(nint address)
    {
        lock (s_gate)
        {
            int at = Array.BinarySearch(s_starts, 0, s_count, address);
            at = at < 0 ? ~at : at + 1;
            return at < s_count ? s_starts[at] : 0;
        }
    }

    private static int IndexOf(nint address)
    {
        int at = Array.BinarySearch(s_starts, 0, s_count, address);
        at = at < 0 ? ~at - 1 : at;
        return at >= 0 && address - s_starts[at] < s_views[at].Length ? at : -1;
    }
}
