using System.Diagnostics.CodeAnalysis;

namespace Crossmap.Compatibility.Waiting;

/// <summary>How a name and its options lead to an object of the library's, and its failures to the framework's exceptions.</summary>
internal static class ObjectNames
{
    private const string Session = @"Local\";
    private const string AllSessions = @"Global\";

    /// <summary>Without options a name counts as it is written.</summary>
    public static string? Of(string? name, NamedWaitHandleOptions? options)
    {
        if (string.IsNullOrEmpty(name) || options is not { } chosen)
        {
            return name;
        }

        if (!name.Contains('\\', StringComparison.Ordinal))
        {
            return (chosen.CurrentSessionOnly ? Session : AllSessions) + name;
        }

        bool isOfSession = name.StartsWith(Session, StringComparison.Ordinal);
        return isOfSession == chosen.CurrentSessionOnly
            ? name
            : throw new ArgumentException(
                $"The name '{name}' and {nameof(NamedWaitHandleOptions.CurrentSessionOnly)} = {chosen.CurrentSessionOnly} disagree about where it is known (fact 89).", nameof(name));
    }

    /// <summary>Creates by name; another kind's name is <see cref="WaitHandleCannotBeOpenedException"/>.</summary>
    public static T Create<T>(Func<T> create)
        where T : WaitableObject => FrameworkErrors.Translate(() => WithKindError(create));

    /// <summary>Opens by name; throws for every result but an object.</summary>
    public static T Open<T>(string name, NamedWaitHandleOptions? options, TryOpen<T> tryOpen)
        where T : WaitableObject
    {
        string known = ToOpen(name, options);
        try
        {
            return tryOpen(known, out T? opened) ? opened : throw NotFound(known);
        }
        catch (Exception e) when (FrameworkErrors.CodeOf(e) is FrameworkErrors.InvalidName)
        {
            throw NotFound(known);
        }
        catch (Exception e) when (e is not WaitHandleCannotBeOpenedException && FrameworkErrors.CodeOf(e) is not (0 or FrameworkErrors.NotSupported))
        {
            throw FrameworkErrors.Of(e);
        }
    }

    /// <summary>Opens by name; false when there is no such object, or one of another kind (fact 72).</summary>
    public static bool TryOpenExisting<T>(string name, NamedWaitHandleOptions? options, TryOpen<T> tryOpen, [NotNullWhen(true)] out T? opened)
        where T : WaitableObject
    {
        string known = ToOpen(name, options);
        opened = null;
        try
        {
            return tryOpen(known, out opened);
        }
        catch (WaitHandleCannotBeOpenedException)
        {
            return false;
        }
        catch (Exception e) when (FrameworkErrors.CodeOf(e) is FrameworkErrors.PathNotFound or FrameworkErrors.InvalidName)
        {
            return false;
        }
        catch (Exception e) when (FrameworkErrors.CodeOf(e) is not (0 or FrameworkErrors.NotSupported))
        {
            throw FrameworkErrors.Of(e);
        }
    }

    private static string ToOpen(string name, NamedWaitHandleOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return Of(name, options)!;
    }

    private static T WithKindError<T>(Func<T> create)
    {
        try
        {
            return create();
        }
        catch (WaitHandleCannotBeOpenedException e)
        {
            // Carried past the translation of errors: it is the framework's already.
            throw new WaitHandleCannotBeOpenedException(e.Message, e);
        }
    }

    private static WaitHandleCannotBeOpenedException NotFound(string name) =>
        new($"There is no object of this kind named '{name}'. It ends with its last handle: is the process that created it still running?");

    /// <summary>A TryOpen of the library's.</summary>
    public delegate bool TryOpen<T>(string name, [NotNullWhen(true)] out T? opened)
        where T : class;
}
