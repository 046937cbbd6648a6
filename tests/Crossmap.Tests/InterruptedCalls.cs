using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>A signal that arrives in the middle of a system call (a child's end, a window's resize, a profiler's tick) is no error.</summary>
public class InterruptedCalls
{
    [Theory]
    [InlineData("fallocate")]
    [InlineData("ftruncate")]
    [InlineData("msync")]
    public void Interrupted_call_is_made_again(string call)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals interrupt system calls on Linux only.");
        Assert.SkipUnless(File.Exists("/usr/bin/strace"), "strace, which interrupts the calls, is not installed.");
        using var file = new TemporaryFile(4096);

        // Every other one of the calls fails without having done anything.
        string[] strace = ["/usr/bin/strace", "-f", "-qq", "-o", "/dev/null", "-e", $"trace={call}", "-e", $"inject={call}:error=EINTR:when=1+2"];
        using ChildProcess child = ChildProcess.Start(UseEachCall, strace, environment: null, file.Path);
        child.Expect("done");
        child.Finish();
        Assert.Equal(1, file.Bytes[100_000]);
        Assert.Equal(8192 + 100_000, new FileInfo(file.Path).Length);
    }

    [ChildScenario]
    internal static void UseEachCall(string[] arguments)
    {
        string path = arguments[0];
        using (FileMapping memory = FileMapping.CreateInMemory(1 << 20, UniqueName.Create()))
        using (FileMapping reserved = FileMapping.CreateInMemory(1 << 20, UniqueName.Create(), options: new FileMappingOptions { Section = SectionOptions.Reserve }))
        using (FileMapping grown = FileMapping.Create(path, size: 200_000))
        using (MappedView view = grown.MapView())
        {
            view.At<byte>(100_000) = 1;
            view.Flush();
            Assert.Equal(1 << 20, memory.Size);
            Assert.Equal(1 << 20, reserved.Size);
        }

        MappedFiles.SetLength(path, 8192 + 100_000);
        Console.WriteLine("done");
    }
}
