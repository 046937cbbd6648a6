using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Crossmap.Tool.Demo;

namespace Crossmap.Tool;

/// <summary>The shapes of <c>--json</c>.</summary>
[JsonSerializable(typeof(ObjectReport))]
[JsonSerializable(typeof(IReadOnlyList<ObjectReport>))]
[JsonSerializable(typeof(DemoReport))]
internal sealed partial class ToolJson : JsonSerializerContext
{
    /// <summary>Names in their own script; control characters are always escaped.</summary>
    public static ToolJson Readable { get; } = new(new JsonSerializerOptions
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
        WriteIndented = true,
    });

    public static void Write<T>(T value, JsonTypeInfo<T> type) => Console.Out.WriteLine(JsonSerializer.Serialize(value, type));
}
