using System.CommandLine;

namespace Crossmap.Tool;

/// <summary>The option that says who may open what is shared.</summary>
internal static class Audience
{
    public static Option<ObjectAudience> Option()
    {
        var option = new Option<ObjectAudience>("--audience")
        {
            Description = @"Who may open it: owner (if not given), group or everyone. Matters under Global\.",
            HelpName = "WHO",
            CustomParser = result => result.Tokens[0].Value switch
            {
                "owner" => ObjectAudience.Owner,
                "group" => ObjectAudience.Group,
                "everyone" => ObjectAudience.Everyone,
                var other => Refuse(result, other),
            },
        };
        return option;
    }

    private static ObjectAudience Refuse(System.CommandLine.Parsing.ArgumentResult result, string value)
    {
        result.AddError($"'{value}' is no audience. Write owner, group or everyone.");
        return default;
    }
}
