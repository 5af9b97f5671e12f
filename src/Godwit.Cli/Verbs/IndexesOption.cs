using System.CommandLine;
using Godwit.Engine.Planning;

namespace Godwit.Cli.Verbs;

/// <summary><c>--build-indexes</c>, in mongosync's words: of a migration, and of a comparison with what such a migration left.</summary>
internal static class IndexesOption
{
    internal static Option<string?> Create()
    {
        var option = new Option<string?>("--build-indexes")
        {
            Description =
                "all; excludeHashed: no hashed ones; never: only those on _id and those that shard keys stand on",
        };
        _ = option.AcceptOnlyFromAmong("all", "excludeHashed", "never");
        return option;
    }

    /// <summary>What was chosen; <see langword="null"/> if nothing was said.</summary>
    internal static IndexSelection? Read(string? value) =>
        value switch
        {
            "all" => IndexSelection.All,
            "excludeHashed" => IndexSelection.WithoutHashed,
            "never" => IndexSelection.Required,
            _ => null,
        };
}
