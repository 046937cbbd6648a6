using System.IO.Pipes;
using Crossmap.Testing;
using Microsoft.Win32.SafeHandles;
using static Crossmap.PageProtection;

namespace Crossmap.Conformance;

/// <summary>C. What access the file's handle needs, and what an open section does to other opens of the file.</summary>
public class FileAccessFacts
{
    [Fact]
    public void Fact_045_A_handle_for_reading_makes_no_writable_section() => With(45, FileAccess.Read, "5", ReadWrite, ExecuteReadWrite);

    [Fact]
    public void Fact_046_A_handle_for_reading_makes_read_only_and_copy_on_write_sections() => With(46, FileAccess.Read, Answer.Success, ReadOnly, WriteCopy);

    [Fact]
    public void Fact_047_A_handle_without_execute_makes_no_executable_section() => With(47, FileAccess.Read, "5", ExecuteRead, ExecuteWriteCopy);

    [Fact]
    public void Fact_048_A_handle_for_reading_and_writing_has_no_execute_either() => With(48, FileAccess.ReadWrite, "5", ExecuteRead, ExecuteReadWrite);

    [Fact]
    public void Fact_049_Every_section_needs_to_read_its_file() => With(49, FileAccess.Write, "5", Sections.Protections);

    [Fact]
    public void Fact_050_A_handle_without_access_makes_no_section()
    {
        using var file = new TemporaryFile(4096);
        using SafeFileHandle handle = FileHandles.WithoutAccess(file.Path);
        Answer.Table(50, new[] { ReadOnly, WriteCopy, ReadWrite }.Select(p => (
            $"{p}", (object)5, (Func<object?>)(() => Answer.Of(() => FileMapping.Create(handle, protection: p))))));
    }

    [Fact]
    public void Fact_051_The_section_holds_the_file_when_its_handle_is_closed()
    {
        using var file = new TemporaryFile(4096);
        SafeFileHandle handle = FileHandles.Open(file.Path, FileAccess.ReadWrite, FileShare.None);
        using FileMapping mapping = FileMapping.Create(handle);
        handle.Dispose();
        using (MappedView view = mapping.MapView())
        {
            view.At<int>(0) = 51;
            Answer.Is(51, "read", 51, view.At<int>(0));
        }

        Answer.Is(51, "file", 51, BitConverter.ToInt32(file.Bytes));
    }

    [Fact]
    public void Fact_052_053_A_writable_section_asks_others_to_share_writing()
    {
        using var file = new TemporaryFile(4096);
        SafeFileHandle exclusive = FileHandles.Open(file.Path, FileAccess.ReadWrite, FileShare.None);
        using FileMapping mapping = FileMapping.Create(exclusive);
        exclusive.Dispose();
        foreach (FileAccess access in new[] { FileAccess.Read, FileAccess.Write, FileAccess.ReadWrite })
        {
            // A program on Linux asks nobody before it opens a file: docs/win32.md.
            Answer.Is(52, $"{access} without sharing writing", OperatingSystem.IsWindows() ? "32" : Answer.Success,
                Answer.Of(() => FileHandles.Open(file.Path, access, FileShare.Read)));
            Answer.Is(53, $"{access} sharing writing", Answer.Success, Answer.Of(() => FileHandles.Open(file.Path, access, FileShare.ReadWrite)));
        }
    }

    [Fact]
    public void Fact_054_A_read_only_section_refuses_nobody()
    {
        using var file = new TemporaryFile(4096);
        foreach (PageProtection protection in new[] { ReadOnly, WriteCopy })
        {
            using FileMapping mapping = Sections.OverFile(file.Path, protection);
            Answer.Table(54, from access in new[] { FileAccess.Read, FileAccess.Write, FileAccess.ReadWrite }
                             from share in new[] { FileShare.None, FileShare.Read, FileShare.ReadWrite }
                             select ($"{protection}, {access} sharing {share}", (object)Answer.Success, (Func<object?>)(() => Answer.Of(() => FileHandles.Open(file.Path, access, share)))));
        }
    }

    [Fact]
    public void Fact_056_A_mapped_file_is_not_truncated_by_creating_it_again()
    {
        using var file = new TemporaryFile(4096);
        using FileMapping mapping = Sections.OverFile(file.Path, ReadOnly);
        Answer.Is(56, "MappedFiles.SetLength to 0", 1224, Answer.Of(() => MappedFiles.SetLength(file.Path, 0)));
        Assert.Equal(4096, file.Length);

        // Who truncates without asking is stopped by the kernel on Windows alone.
        Answer.Is(56, "FileMode.Create", OperatingSystem.IsWindows() ? "1224" : Answer.Success,
            Answer.Of(() => new FileStream(file.Path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite)));
    }

    [Fact]
    public void Fact_057_A_mapped_file_can_be_opened_to_be_deleted_on_close()
    {
        using var file = new TemporaryFile(4096);
        using FileMapping mapping = Sections.OverFile(file.Path, ReadOnly);
        Answer.Is(57, "open", Answer.Success,
            Answer.Of(() => new FileStream(file.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1, FileOptions.DeleteOnClose)));
    }

    [Fact]
    public void Fact_058_Copying_onto_a_mapped_file()
    {
        using TemporaryFile file = new(4096), source = new(100);
        using FileMapping mapping = Sections.OverFile(file.Path, ReadOnly);
        Answer.Is(58, "File.Copy", OperatingSystem.IsWindows() ? "1224" : Answer.Success, Answer.Of(() => File.Copy(source.Path, file.Path, overwrite: true)));
    }

    [Fact]
    public void Fact_059_Moving_a_mapped_file()
    {
        using var file = new TemporaryFile(4096);
        string name = UniqueName.Create(), moved = file.Path + ".moved";
        using SafeFileHandle handle = FileHandles.Open(file.Path, FileAccess.ReadWrite, FileShare.ReadWrite);
        using FileMapping mapping = FileMapping.Create(handle, name);
        try
        {
            Answer.Is(59, "File.Move", OperatingSystem.IsWindows() ? "32" : Answer.Success, Answer.Of(() => File.Move(file.Path, moved)));

            // Wherever the file is, the name leads to it.
            Answer.Is(59, "open by name", Answer.Success, Answer.Of(() => FileMapping.Open(name)));
        }
        finally
        {
            File.Delete(moved);
        }
    }

    [Fact]
    public void Fact_060_A_pipe_is_not_supported_whatever_the_size()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        using var handle = new SafeFileHandle(pipe.SafePipeHandle.DangerousGetHandle(), ownsHandle: false);
        Assert.Throws<NotSupportedException>(() => FileMapping.Create(handle, protection: ReadOnly));
        Assert.Throws<NotSupportedException>(() => FileMapping.Create(handle, protection: ReadOnly, size: 4096));
    }

    private static void With(int fact, FileAccess access, string answer, params PageProtection[] protections)
    {
        using var file = new TemporaryFile(4096);
        using SafeFileHandle handle = FileHandles.Open(file.Path, access);
        Answer.Table(fact, protections.Select(p => ($"{access}, {p}", (object)answer, (Func<object?>)(() => Answer.Of(() => FileMapping.Create(handle, protection: p))))));
        Assert.Equal(4096, file.Length);
    }
}
