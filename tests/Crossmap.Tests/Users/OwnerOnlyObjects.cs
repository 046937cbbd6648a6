using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>Another user cannot open, read or block an object of root's (promise 4).</summary>
public class OwnerOnlyObjects
{
    [Fact]
    public void Another_user_sees_neither_name_nor_content_and_cannot_lock_them()
    {
        Linux.OnlyAsRoot();
        using var root = new PrivateRoot();
        using ChildProcess owner = root.Start(Hold, "secret");
        owner.Expect("held");
        root.RunUnder(Linux.AsUser(Linux.Nobody, Linux.Nobody), TryEverything, root.Local, owner.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));

        // And the owner was not disturbed: another process of his opens, closes, and makes anew.
        root.Run(OpenAndRemake, "secret");
        owner.Finish();
    }

    [Fact]
    public void A_group_of_the_other_user_helps_him_nothing()
    {
        Linux.OnlyAsRoot();
        using var root = new PrivateRoot();
        using ChildProcess owner = root.Start(Hold, "secret");
        owner.Expect("held");
        root.RunUnder(Linux.AsUser(Linux.Nobody, 0), TryEverything, root.Local, owner.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
        owner.Finish();
    }

    [Fact]
    public void A_folder_that_another_user_made_first_is_refused_with_the_way_out()
    {
        Linux.OnlyAsRoot();
        using var root = new PrivateRoot();
        Linux.Run([.. Linux.AsUser(Linux.Nobody, Linux.Nobody), "mkdir", "-m", "777", root.Local]);
        root.Run(FindsFolderTaken);

        // The message's way out works.
        Directory.Delete(root.Local, recursive: true);
        root.Run(OpenAndRemake, "anything");
    }

    [Fact]
    public void A_link_that_another_user_made_first_is_refused_and_not_followed()
    {
        Linux.OnlyAsRoot();
        using var root = new PrivateRoot();
        string target = root.Path + "/target";
        Directory.CreateDirectory(target);
        File.SetUnixFileMode(target, PrivateRoot.OwnerOnly);
        Linux.Run([.. Linux.AsUser(Linux.Nobody, Linux.Nobody), "ln", "-s", target, root.Local]);
        root.Run(FindsFolderTaken);
        Assert.Empty(Directory.EnumerateFileSystemEntries(target));
    }

    [Fact]
    public void The_folder_is_the_owners_alone_whatever_the_umask()
    {
        foreach (string mask in (string[])["0000", "0777"])
        {
            using var root = new PrivateRoot();
            root.RunUnder(["sh", "-c", $"umask {mask}; exec \"$@\"", "sh"], CheckFolderMode);
        }
    }

    [ChildScenario]
    internal static void Hold(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, arguments[0]);
        using NamedSemaphore semaphore = NamedSemaphore.Create(arguments[0] + "-turn", 1, 1);
        Console.WriteLine("held");
        Console.ReadLine();
        Assert.True(semaphore.TryWait());
        using FileMapping again = FileMapping.Open(arguments[0]);
    }

    [ChildScenario]
    internal static void TryEverything(string[] arguments)
    {
        // Through the library the name is another one: of this user's own folder.
        Assert.False(FileMapping.TryOpen("secret", out _));
        Assert.DoesNotContain(NamedObjects.List(), o => o.Name == "secret");
        using (FileMapping own = FileMapping.CreateInMemory(8192, "secret"))
        {
            Assert.True(own.CreatedNew);
        }

        // Past the library: the folder and its files, by path and through the owner's process.
        string folder = arguments[0];
        Assert.ThrowsAny<UnauthorizedAccessException>(() => Directory.GetFileSystemEntries(folder));
        Assert.ThrowsAny<UnauthorizedAccessException>(() => File.OpenHandle(folder + "/secret"));
        Assert.ThrowsAny<UnauthorizedAccessException>(() => File.Delete(folder + "/secret"));
        Assert.ThrowsAny<Exception>(() => File.Move(folder + "/secret", folder + "/other"));
        Assert.ThrowsAny<UnauthorizedAccessException>(() => Directory.GetFileSystemEntries($"/proc/{arguments[1]}/fd"));
        Assert.ThrowsAny<UnauthorizedAccessException>(() => Directory.GetFileSystemEntries($"/proc/{arguments[1]}/map_files"));

        // The folder itself lies in a sticky folder.
        Assert.ThrowsAny<Exception>(() => Directory.Move(folder, folder + "-gone"));
        Assert.ThrowsAny<Exception>(() => Directory.Delete(folder, recursive: true));
    }

    [ChildScenario]
    internal static void OpenAndRemake(string[] arguments)
    {
        _ = FileMapping.TryOpen(arguments[0], out FileMapping? mapping);
        mapping?.Dispose();
        using FileMapping other = FileMapping.CreateInMemory(4096, arguments[0] + "-2");
        Assert.True(other.CreatedNew);
    }

    [ChildScenario]
    internal static void FindsFolderTaken(string[] arguments)
    {
        for (int i = 0; i < 2; i++)
        {
            Exception e = Win32.Fails<UnauthorizedAccessException>(5, () => FileMapping.CreateInMemory(4096, "name"));
            Assert.Contains("CROSSMAP_ROOT", e.Message, StringComparison.Ordinal);
            Win32.Fails<UnauthorizedAccessException>(5, () => FileMapping.Open("name"));
            Win32.Fails<UnauthorizedAccessException>(5, () => NamedSemaphore.Create("name", 1, 1));
        }
    }

    [ChildScenario]
    internal static void CheckFolderMode(string[] arguments)
    {
        using FileMapping mapping = FileMapping.CreateInMemory(4096, "name", options: new FileMappingOptions { Audience = ObjectAudience.Group });
        using var file = new TemporaryFile(1);
        File.SetUnixFileMode(file.Path, PrivateRoot.OwnerOnly);
        using FileMapping over = FileMapping.Create(file.Path);
        string folder = Directory.GetDirectories(Environment.GetEnvironmentVariable("CROSSMAP_ROOT")!).Single();
        Assert.Equal(PrivateRoot.OwnerOnly, File.GetUnixFileMode(folder));
        Assert.Equal(PrivateRoot.OwnerOnly, File.GetUnixFileMode(folder + "/.files"));
        Assert.Equal((UnixFileMode)0x1B0, File.GetUnixFileMode(folder + "/name"));
    }
}
