using System.Runtime.InteropServices;

namespace Crossmap.Tool;

/// <summary>
/// SIGINT, SIGTERM, SIGHUP and SIGQUIT while something is held: instead of dying, the process learns of them, ends in order and gives back
/// what it holds. While a COMMAND runs they are its business: each is passed on to it, and it decides.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly PosixSignal[] Handled = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<PosixSignal> _received = [];
    private readonly PosixSignalRegistration[] _registrations;
    private Action<int>? _receiver;

    public StopSignals()
    {
        if (!OperatingSystem.IsWindows())
        {
            // A shell starts its background jobs with SIGINT ignored, and .NET would leave it so: then no SIGINT could end a share.
            // SIGHUP stays ignored where it is: nohup means it.
            _ = Libc.signal(Libc.SIGINT, Libc.SIG_DFL);
        }

        _registrations = [.. Handled.Select(signal => PosixSignalRegistration.Create(signal, Receive))];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>What a shell says of a process that the first signal ended.</summary>
    public int ExitCodeOfSignal
    {
        get
        {
            lock (_gate)
            {
                return ExitCode.Signalled + NumberOf(_received[0]);
            }
        }
    }

    /// <summary>From here on each signal's number goes to the receiver, those that came already first.</summary>
    public void PassTo(Action<int> receiver)
    {
        lock (_gate)
        {
            _received.ForEach(signal => receiver(NumberOf(signal)));
            _receiver = receiver;
        }
    }

    /// <summary>Nothing is passed on any more. When it returns, no call of the receiver is under way.</summary>
    public void PassToNobody()
    {
        lock (_gate)
        {
            _receiver = null;
        }
    }

    public void WaitForOne() => Token.WaitHandle.WaitOne();

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        _stop.Dispose();
    }

    private void Receive(PosixSignalContext context)
    {
        context.Cancel = true;
        lock (_gate)
        {
            _received.Add(context.Signal);
            _receiver?.Invoke(NumberOf(context.Signal));
        }

        _stop.Cancel();
    }

    private static int NumberOf(PosixSignal signal) => signal switch
    {
        PosixSignal.SIGINT => Libc.SIGINT,
        PosixSignal.SIGTERM => Libc.SIGTERM,
        PosixSignal.SIGHUP => Libc.SIGHUP,
        _ => Libc.SIGQUIT,
    };
}
