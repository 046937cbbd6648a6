using System.Runtime.InteropServices;

namespace Crossmap.Torture;

/// <summary>
/// The first of the signals by which a run is asked to end: it ends as if its time were over, and so leaves nothing behind. The second one
/// does what it always does.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int FirstExitCode = 128;

    private readonly PosixSignalRegistration[] _registrations;
    private int _signal;

    public Interruption() => _registrations =
    [
        Register(PosixSignal.SIGHUP, number: 1),
        Register(PosixSignal.SIGINT, number: 2),
        Register(PosixSignal.SIGTERM, number: 15),
    ];

    public bool HasCome => Volatile.Read(ref _signal) != 0;

    /// <summary>Of a run that was interrupted, as a shell gives it.</summary>
    public int ExitCode => FirstExitCode + Volatile.Read(ref _signal);

    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());

    private PosixSignalRegistration Register(PosixSignal signal, int number) =>
        PosixSignalRegistration.Create(signal, context => context.Cancel = Interlocked.CompareExchange(ref _signal, number, 0) == 0);
}
