using System.Runtime.InteropServices;

namespace Crossmap.Tool;

/// <summary>
/// Raw bytes to standard output. Not <see cref="Console"/>, which swallows a broken pipe and would go on through gigabytes that nobody
/// reads; not a FileStream, which writes at offsets of its own and leaves the shell's behind.
/// </summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    private static Stream? s_windows;

    /// <exception cref="BrokenPipeException">The reader has gone.</exception>
    public static unsafe void Write(ReadOnlySpan<byte> bytes)
    {
        if (OperatingSystem.IsWindows())
        {
            s_windows ??= Console.OpenStandardOutput();
            s_windows.Write(bytes);
            return;
        }

        fixed (byte* start = bytes)
        {
            for (nint done = 0; done < bytes.Length;)
            {
                nint written = Libc.write(Descriptor, start + done, bytes.Length - done);
                if (written >= 0)
                {
                    done += written;
                    continue;
                }

                switch (Marshal.GetLastPInvokeError())
                {
                    case Libc.EINTR:
                        break;
                    case Libc.EAGAIN:
                        // Somebody made the pipe non-blocking for all who share it.
                        var wait = new Libc.PollDescriptor { Descriptor = Descriptor, Events = Libc.POLLOUT };
                        _ = Libc.poll(&wait, 1, -1);
                        break;
                    case Libc.EPIPE:
                        throw new BrokenPipeException();
                    default:
                        throw new IOException($"The output cannot be written: {Marshal.GetLastPInvokeErrorMessage()}.");
                }
            }
        }
    }
}
