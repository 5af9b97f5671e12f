using System.CommandLine;

namespace Godwit.Cli.Verbs;

/// <summary>The options that name the two clusters, the same for every verb.</summary>
internal static class ClusterOptions
{
    internal static Option<string> Source() =>
        new("--source")
        {
            Description = "Connection string of the deployment to move",
            HelpName = "URI",
            Required = true,
        };

    internal static Option<string> Destination() =>
        new("--destination")
        {
            Description = "Connection string of the deployment to move to",
            HelpName = "URI",
            Required = true,
        };
}
