using System.Diagnostics;
using Crossmap.Testing;

namespace Crossmap.Native.Tests;

/// <summary>The file calls, in one C program and between several.</summary>
public class FilesFromC
{
    private const uint ReadOnlyPage = 2, ReadWritePage = 4;

    [Theory]
    [InlineData("gcc")]
    [InlineData("g++")]
    public void Program_makes_every_file_call(string compiler)
    {
        using var program = new CProgram("files.c", compiler);
        string folder = Directory.CreateTempSubdirectory("crossmap-test-").FullName;
        try
        {
            Assert.Equal("done", program.Run(folder));

            // Also what was to be deleted when it is closed, and never was closed.
            Assert.Empty(Directory.GetFileSystemEntries(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void Share_modes_hold_between_processes()
    {
        using var program = new CProgram("fileshell.c");
        using var file = new TemporaryFile(100);
        using var one = new FileShell(program);
        using var other = new FileShell(program);
        (uint Access, uint Kind)[] accesses = [(FileShell.Read, 1), (FileShell.Write, 2), (FileShell.Delete, 4), (FileShell.Read | FileShell.Write, 3), (0x20, 1), (4, 2), (0x80, 0)];
        foreach ((uint held, uint heldKind) in accesses)
        {
            for (uint heldShare = 0; heldShare <= FileShell.ShareAll; heldShare++)
            {
                Assert.Equal("0", one.Open(0, file.Path, held, heldShare));
                foreach ((uint asked, uint askedKind) in accesses)
                {
                    for (uint askedShare = 0; askedShare <= FileShell.ShareAll; askedShare++)
                    {
                        bool takesPart = heldKind != 0 && askedKind != 0;
                        string expected = takesPart && ((askedKind & ~heldShare) != 0 || (heldKind & ~askedShare) != 0) ? "32" : "0";
                        string answer = other.Open(0, file.Path, asked, askedShare);
                        Assert.True(answer == expected, $"0x{held:X} sharing {heldShare}, then 0x{asked:X} sharing {askedShare}: {answer}, not {expected}");
                        if (answer == "0")
                        {
                            Assert.Equal("0", other.Ask("close 0"));
                        }
                    }
                }

                Assert.Equal("0", one.Ask("close 0"));
            }
        }
    }

    [Fact]
    public void Share_mode_ends_with_its_process()
    {
        using var program = new CProgram("fileshell.c");
        using var file = new TemporaryFile(100);
        using var one = new FileShell(program);
        using var other = new FileShell(program);
        Assert.Equal("0", one.Open(0, file.Path, FileShell.Read | FileShell.Write, share: 0));
        Assert.Equal("32", other.Open(0, file.Path, FileShell.Read));
        Assert.Equal("32", other.Ask($"delete {file.Path}"));
        Win32.Fails<IOException>(32, () => MappedFiles.Delete(file.Path));
        Win32.Fails<IOException>(32, () => MappedFiles.SetLength(file.Path, 1));
        one.Kill();
        Assert.Equal("0", other.Open(0, file.Path, FileShell.Read, share: 0));
        Assert.Equal("0", other.Ask("close 0"));
        Assert.Equal("0", other.Ask($"delete {file.Path}"));
        Assert.False(File.Exists(file.Path));
    }

    [Fact]
    public void Dispositions_ask_the_share_mode_first()
    {
        using var program = new CProgram("fileshell.c");
        using var file = new TemporaryFile(100);
        using var one = new FileShell(program);
        using var other = new FileShell(program);
        Assert.Equal("0", one.Open(0, file.Path, FileShell.Read, share: 1));

        // To shorten is to write, whatever the handle may do afterwards.
        Assert.Equal("32", other.Open(0, file.Path, FileShell.Read, disposition: FileShell.CreateAlways));
        Assert.Equal("32", other.Open(0, file.Path, FileShell.Write, disposition: FileShell.TruncateExisting));
        Assert.Equal(100, file.Length);
        Assert.Equal("80", other.Open(0, file.Path, FileShell.Read, disposition: FileShell.CreateNew));
        Assert.Equal("0, 183", other.Open(0, file.Path, FileShell.Read, disposition: FileShell.OpenAlways));
        Assert.Equal("0", other.Ask("close 0"));
        Assert.Equal("0", one.Ask("close 0"));

        // And nobody is in its way after that.
        Assert.Equal("0, 183", other.Open(0, file.Path, FileShell.Read, disposition: FileShell.CreateAlways));
        Assert.Equal(0, file.Length);
        Assert.Equal("0", one.Open(0, file.Path, FileShell.Read, share: 1));
    }

    [Fact]
    public void New_file_is_found_with_its_share_mode()
    {
        using var program = new CProgram("fileshell.c");
        using var file = new TemporaryFile();
        using var one = new FileShell(program);
        using var other = new FileShell(program);
        const int rounds = 200;
        for (int round = 0; round < rounds; round++)
        {
            File.Delete(file.Path);
            string[] answers = new string[2];
            Parallel.Invoke(
                () => answers[0] = one.Open(0, file.Path, FileShell.Write, share: 0, disposition: FileShell.OpenAlways),
                () => answers[1] = other.Open(0, file.Path, FileShell.Write, share: 0, disposition: FileShell.OpenAlways));

            // Who finds the other's file meets its share mode: one has made it and the other is refused.
            Assert.Equal(["0", "32"], answers.Order());
            Assert.Equal("0", (answers[0] == "0" ? one : other).Ask("close 0"));
        }
    }

    [Fact]
    public void Open_that_shares_nothing_is_alone_while_others_are_killed()
    {
        using var program = new CProgram("exclusive.c");
        using TemporaryFile file = new(), witness = new();
        const int kills = 100, times = 300, competitors = 3;
        Process[] steady = [.. Enumerable.Range(0, competitors).Select(_ => program.Start(file.Path, witness.Path, $"{times}"))];
        for (int kill = 0; kill < kills; kill++)
        {
            using Process killed = program.Start(file.Path, witness.Path, "-1");
            Assert.Equal("begun", killed.StandardOutput.ReadLine());

            // Somewhere in its calls: as long as a few of them take, and no two kills alike.
            Thread.SpinWait(kill * 500);
            Assert.False(killed.HasExited, "It found somebody else.");
            killed.Kill();
            Assert.True(killed.WaitForExit(ChildProcess.Watchdog));
        }

        foreach (Process process in steady)
        {
            using Process ended = process;
            Assert.True(process.WaitForExit(ChildProcess.Watchdog));
            Assert.True(process.ExitCode == 0, process.StandardError.ReadToEnd());
            Assert.Contains("done", process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(ReadOnlyPage)]
    [InlineData(ReadWritePage)]
    public void Section_of_another_process_keeps_the_file_as_long_as_it_is(uint protection)
    {
        using var program = new CProgram("fileshell.c");
        using var file = new TemporaryFile(8);
        using var one = new FileShell(program);
        using var other = new FileShell(program);
        Assert.Equal("0", one.Open(0, file.Path, FileShell.Read | FileShell.Write, share: 0));
        Assert.Equal("0", one.Ask($"map 1 0 {protection} 4"));
        Assert.Equal("0", one.Ask("close 0"));

        // Facts 52-54. A section that may be written refuses those who do not share writing.
        foreach (uint access in (uint[])[FileShell.Read, FileShell.Write, FileShell.Delete, 0x20])
        {
            Assert.Equal(protection == ReadWritePage ? "32" : "0", other.Open(0, file.Path, access, share: 5));
            other.Ask("close 0");
        }

        // Facts 56 and 57.
        Assert.Equal("1224", other.Open(0, file.Path, FileShell.Read, disposition: FileShell.CreateAlways));
        Assert.Equal("1224", other.Open(0, file.Path, FileShell.Write, disposition: FileShell.TruncateExisting));
        Assert.Equal("5", other.Ask($"delete {file.Path}"));

        // Facts 208-212.
        Assert.Equal("0", other.Open(0, file.Path, FileShell.Write));
        Assert.Equal("1224", other.Ask("end 0 6"));
        Assert.Equal("0", other.Ask("end 0 8"));
        Assert.Equal("0", other.Ask("end 0 8192"));
        Assert.Equal("1224", other.Ask("end 0 8191"));
        Assert.Equal("0", one.Ask($"view 2 1 {(protection == ReadWritePage ? 2 : 4)}"));
        Assert.Equal("0", one.Ask("close 1"));
        Assert.Equal("1224", other.Ask("end 0 8191"));
        Assert.Equal("5", other.Ask($"delete {file.Path}"));
        Assert.Equal(8192, file.Length);
        Assert.Equal("0", one.Ask("unmap 2"));
        Assert.Equal("0", other.Ask("end 0 8191"));
        Assert.Equal("0", other.Ask($"delete {file.Path}"));
        Assert.Equal("8191", other.Ask("size 0"));
    }

    [Fact]
    public void Mapping_made_in_CSharp_refuses_who_does_not_share_writing()
    {
        using var program = new CProgram("fileshell.c");
        using var file = new TemporaryFile(4096);
        using var shell = new FileShell(program);
        using (FileMapping mapping = FileMapping.Create(file.Path))
        {
            Assert.Equal("32", shell.Open(0, file.Path, FileShell.Read, share: 1));
            Assert.Equal("1224", shell.Open(0, file.Path, FileShell.Read, disposition: FileShell.CreateAlways));
            Assert.Equal("5", shell.Ask($"delete {file.Path}"));

            // Fact 57: what is deleted on close may be mapped; its bytes stay for who has it.
            Assert.Equal("0", shell.Open(0, file.Path, FileShell.Read, flags: 0x0400_0000));
            Assert.Equal("0", shell.Ask("close 0"));
            Assert.False(File.Exists(file.Path));
            using MappedView view = mapping.MapView();
            Assert.Equal(4096, view.Length);
        }
    }

    [Fact]
    public void Killed_process_deletes_nothing_on_close()
    {
        using var program = new CProgram("fileshell.c");
        using var file = new TemporaryFile(1);
        using (var killed = new FileShell(program))
        {
            Assert.Equal("0", killed.Open(0, file.Path, FileShell.Read, flags: 0x0400_0000));
            killed.Kill();
        }

        Assert.True(File.Exists(file.Path));
    }
}
