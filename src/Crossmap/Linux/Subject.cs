namespace Crossmap.Linux;

/// <summary>How messages call an object or a file. Put into words only when there is a message: opening does not pay for one.</summary>
internal readonly record struct Subject
{
    private readonly string _text;
    private readonly bool _isName;

    private Subject(string text, bool isName)
    {
        _text = text;
        _isName = isName;
    }

    public static Subject Object(string name) => new(name, isName: true);

    public static implicit operator Subject(string words) => new(words, isName: false);

    public override string ToString() => _isName ? $"the object '{_text}'" : _text;
}
