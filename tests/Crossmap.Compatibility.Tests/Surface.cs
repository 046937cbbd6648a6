using System.Reflection;
using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Crossmap.Testing;

namespace Crossmap.Compatibility.Tests;

/// <summary>The public surface of each type, member by member, against the framework's in the runtime that the tests run on.</summary>
public class Surface
{
    /// <summary>More would not be the same surface any more.</summary>
    private const int MostExplained = 10;

    private static readonly (Type Framework, Type Ours)[] Pairs =
    [
        (typeof(System.IO.MemoryMappedFiles.MemoryMappedFile), typeof(MemoryMappedFile)),
        (typeof(System.IO.MemoryMappedFiles.MemoryMappedViewAccessor), typeof(MemoryMappedViewAccessor)),
        (typeof(System.IO.MemoryMappedFiles.MemoryMappedViewStream), typeof(MemoryMappedViewStream)),
        (typeof(Microsoft.Win32.SafeHandles.SafeMemoryMappedFileHandle), typeof(SafeMemoryMappedFileHandle)),
        (typeof(Microsoft.Win32.SafeHandles.SafeMemoryMappedViewHandle), typeof(SafeMemoryMappedViewHandle)),
        (typeof(System.Threading.WaitHandle), typeof(WaitHandle)),
        (typeof(System.Threading.Semaphore), typeof(Semaphore)),
        (typeof(System.Threading.EventWaitHandle), typeof(EventWaitHandle)),
        (typeof(System.Threading.AutoResetEvent), typeof(AutoResetEvent)),
        (typeof(System.Threading.ManualResetEvent), typeof(ManualResetEvent)),
        (typeof(System.Threading.Mutex), typeof(Mutex)),
    ];

    private static readonly (Regex Pattern, string Text)[] Explained =
    [
        .. Resource.Lines("surface-differences.tsv").Where(line => line.Length > 0 && line[0] != '#').Select(line =>
        {
            string[] cells = line.Split('\t');
            Assert.True(cells.Length == 2 && cells[1].Length > 20, $"A row is a pattern and a reason: {line}");
            return (new Regex($"^{cells[0]}$"), line);
        }),
    ];

    public static TheoryData<string> Types => [.. Pairs.Select(p => p.Ours.Name)];

    [Theory]
    [MemberData(nameof(Types))]
    public void No_difference_is_unexplained(string type)
    {
        (Type Framework, Type Ours) pair = Pairs.Single(p => p.Ours.Name == type);
        Assert.True(MembersOf(pair.Framework).Count() > 8, "The framework's type has no members to compare.");
        string[] unexplained = [.. Differences(pair).Where(d => !Explained.Any(e => e.Pattern.IsMatch(d)))];
        Assert.Empty(unexplained);
    }

    [Fact]
    public void Every_explanation_is_of_a_difference_and_they_are_few()
    {
        string[] differences = [.. Pairs.SelectMany(Differences)];
        Assert.Empty(Explained.Where(e => !differences.Any(e.Pattern.IsMatch)).Select(e => e.Text));
        Assert.InRange(Explained.Length, 0, MostExplained);
    }

    [Fact]
    public void Every_type_of_the_package_is_compared_but_where_calls_are_led() =>
        Assert.Equal([typeof(RegisteredWaits)], typeof(MemoryMappedFile).Assembly.GetExportedTypes().Except(Pairs.Select(p => p.Ours)));

    /// <summary>The framework's methods that take handles by themselves, of the types that are not replaced.</summary>
    [Fact]
    public void Registered_waits_are_the_pools()
    {
        IEnumerable<string> pool = typeof(ThreadPool).GetMethods().Where(m => m.Name.EndsWith("RegisterWaitForSingleObject", StringComparison.Ordinal)).Select(Signature);
        IEnumerable<string> ours = typeof(RegisteredWaits).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(m => m.Name != nameof(RegisteredWaits.Unregister)).Select(Signature);
        Assert.Equal(pool.Order(), ours.Order());

        static string Signature(MethodInfo method) => $"{NameOf(method.ReturnType)} {method.Name}({string.Join(", ", method.GetParameters().Select(ParameterOf))})";
    }

    private static IEnumerable<string> Differences((Type Framework, Type Ours) pair)
    {
        HashSet<string> framework = [.. MembersOf(pair.Framework)], ours = [.. MembersOf(pair.Ours)];
        return framework.Except(ours).Order().Select(m => $"{pair.Ours.Name} lacks {m}").Concat(ours.Except(framework).Order().Select(m => $"{pair.Ours.Name} adds {m}"));
    }

    private static IEnumerable<string> MembersOf(Type type)
    {
        yield return $"{(type.IsSealed ? "sealed " : "")}{(type.IsAbstract ? "abstract " : "")}class";
        for (Type? parent = type.BaseType; parent is not null; parent = parent.BaseType)
        {
            if (NameOf(parent) != NameOf(type))
            {
                yield return $"base {NameOf(parent)}";
            }
        }

        foreach (Type implemented in type.GetInterfaces())
        {
            yield return $"interface {NameOf(implemented)}";
        }

        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.FlattenHierarchy;
        foreach (FieldInfo field in type.GetFields(all).Where(f => f.IsPublic || f.IsFamily || f.IsFamilyOrAssembly))
        {
            yield return $"{Access(field.IsPublic)}field {(field.IsStatic ? "static " : "")}{NameOf(field.FieldType)} {field.Name}{(field.IsLiteral ? $" = {field.GetRawConstantValue()}" : "")}";
        }

        foreach (MethodBase method in type.GetMethods(all).Concat<MethodBase>(type.GetConstructors(all & ~BindingFlags.Static & ~BindingFlags.FlattenHierarchy)).Where(m => m.IsPublic || m.IsFamily || m.IsFamilyOrAssembly))
        {
            // Overridable in a sealed type or not is nothing that a caller sees.
            string kind = method.IsStatic ? "static " : method.IsVirtual && !method.IsFinal && !type.IsSealed ? "virtual " : "";
            string returns = method is MethodInfo info ? NameOf(info.ReturnType) + " " : "";
            string generic = method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(a => $"{a.Name}: {a.GenericParameterAttributes}"))}>" : "";
            string signature = $"{method.Name}{generic}({string.Join(", ", method.GetParameters().Select(ParameterOf))})";
            yield return $"{Access(method.IsPublic)}{kind}{returns}{signature}";
            foreach (OSPlatformAttribute platform in method.GetCustomAttributes<OSPlatformAttribute>())
            {
                yield return $"{platform.GetType().Name}({platform.PlatformName}) on {signature}";
            }
        }

        // Their accessors are among the methods.
        foreach (PropertyInfo property in type.GetProperties(all).Where(p => (p.GetMethod ?? p.SetMethod) is { IsPrivate: false, IsAssembly: false }))
        {
            yield return $"property {NameOf(property.PropertyType)} {property.Name}";
        }
    }

    private static string Access(bool isPublic) => isPublic ? "" : "protected ";

    private static string ParameterOf(ParameterInfo parameter) =>
        $"{(parameter.IsOut ? "out " : "")}{NameOf(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue}" : "")}";

    /// <summary>The framework's name for a type, also when it is ours that stands for it.</summary>
    private static string NameOf(Type type)
    {
        if (type.IsByRef || type.IsArray || type.IsPointer)
        {
            return NameOf(type.GetElementType()!) + (type.IsByRef ? "&" : type.IsArray ? "[]" : "*");
        }

        return Pairs.FirstOrDefault(p => p.Ours == type).Framework?.ToString() ?? type.ToString();
    }
}
