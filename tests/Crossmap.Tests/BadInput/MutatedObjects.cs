using System.Globalization;
using Crossmap.Testing;

namespace Crossmap.Tests;

/// <summary>
/// Object files with flipped bits, cut, random, or sound but for fields that do not fit each other, opened and mapped: no crash, no hang,
/// and no access outside the view, which lies between inaccessible addresses. CROSSMAP_MUTATIONS sets their number.
/// </summary>
public class MutatedObjects
{
    private const int Usual = 20_000, Reported = 500;

    /// <summary>In one process: a crash or hang shows which, as the seed is printed.</summary>
    [Fact]
    public void Mutated_objects_are_opened_without_a_crash_a_hang_or_a_stray_access()
    {
        using var root = new PrivateRoot();
        int count = int.TryParse(Environment.GetEnvironmentVariable("CROSSMAP_MUTATIONS"), CultureInfo.InvariantCulture, out int asked) ? asked : Usual;
        const int seed = 20_260_101;
        using ChildProcess child = root.Start(OpenMutants, $"{count}", $"{seed}");
        string line = "0";
        for (string next = child.Receive(); !next.StartsWith("done", StringComparison.Ordinal); next = child.Receive())
        {
            line = next;
        }

        child.Finish();
        Assert.Equal(count, int.Parse(line, CultureInfo.InvariantCulture));
    }

    [ChildScenario]
    internal static void OpenMutants(string[] arguments)
    {
        int count = int.Parse(arguments[0], CultureInfo.InvariantCulture), seed = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        Traces.WarmUp();
        using var backing = new TemporaryFile(100_000);
        var mutator = new ObjectMutator(backing.Path, seed);
        using var reader = new GuardedReader();
        string path = ObjectFile.PathOf("name");
        Traces.Unchanged("opening mutants", () =>
        {
            using FileStream file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
            mutator.AimAt(ObjectFile.InodeOf(path));
            using ObjectFile.Hold hold = ObjectFile.HoldLocal(path);
            var outcomes = new SortedDictionary<string, int>(StringComparer.Ordinal);
            for (int i = 1; i <= count; i++)
            {
                byte[] mutant = mutator.Next();
                file.SetLength(0);
                file.Position = 0;
                file.Write(mutant);
                string outcome = Open(reader) + ", " + OpenSemaphore();
                outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
                if (i % Reported == 0 || i == count)
                {
                    Console.WriteLine(i);
                }
            }

            Console.WriteLine("done: " + string.Join("; ", outcomes.Select(o => $"{o.Key}: {o.Value}")));

            // A mutator whose mutants all die at the first check would prove nothing.
            Assert.True(outcomes.Where(o => o.Key.StartsWith("mapped", StringComparison.Ordinal)).Sum(o => o.Value) > count / 50);
            Assert.True(outcomes.Where(o => o.Key.EndsWith("semaphore", StringComparison.Ordinal)).Sum(o => o.Value) > count / 50);
            file.Dispose();
            File.Delete(path);
        });
    }

    private static string Open(GuardedReader reader)
    {
        try
        {
            using FileMapping mapping = FileMapping.Open("name", MappingRights.MapRead);
            return "mapped, view " + reader.Read(mapping);
        }
        catch (Exception e) when (Win32.ErrorOf(e) is 2 or 5 or 6 or 1006 or 1306 or 1392)
        {
            return $"{Win32.ErrorOf(e)}";
        }
    }

    private static string OpenSemaphore()
    {
        try
        {
            using NamedSemaphore semaphore = NamedSemaphore.Open("name");
            _ = semaphore.CurrentCount;
            if (semaphore.TryWait())
            {
                Assert.True(semaphore.Release() >= 0 || semaphore.MaximumCount <= semaphore.CurrentCount);
            }

            return "semaphore";
        }
        catch (SemaphoreFullException)
        {
            // A count above its maximum was in the file.
            return "semaphore";
        }
        catch (Exception e) when (Win32.ErrorOf(e) is 5 or 6 or 1306 or 1392)
        {
            return $"{Win32.ErrorOf(e)}";
        }
    }
}
