namespace Crossmap;

/// <summary>
/// Who may open a named object, beside administrators. On Linux this is the mode of the object's file and matters in <c>Global\</c>
/// only (the folder of <c>Local\</c> belongs to one user); on Windows it is the object's access control list.
/// </summary>
public enum ObjectAudience
{
    /// <summary>The user who creates it (mode 0600; on Windows the default descriptor).</summary>
    Owner = 0,

    /// <summary>The owner and the group: on Linux the folder's group (mode 0660), on Windows the creator's primary group.</summary>
    Group = 1,

    /// <summary>
    /// Everyone who can reach the name (mode 0666). Who may write to an object may also truncate its file, which kills its users with
    /// SIGBUS: never share with everyone what matters.
    /// </summary>
    Everyone = 2,
}
