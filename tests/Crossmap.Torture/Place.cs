namespace Crossmap.Torture;

/// <summary>Where the object of a script lies.</summary>
internal enum Place
{
    Local,

    /// <summary><c>Global\</c>, which only root may make.</summary>
    Global,

    /// <summary>In a view of the mapping that has the script's name.</summary>
    View,
}
