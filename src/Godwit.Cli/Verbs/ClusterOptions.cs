using System.CommandLine;
using Godwit.Engine.Ports;

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

    /// <summary>The migration's own name, for a destination that takes several (S32).</summary>
    internal static Option<string?> Name() =>
        new Option<string?>("--name")
        {
            Description = "Name of the migration, to run several to one destination that move different collections",
            HelpName = "NAME",
        }.Where(
            name => name is null || ReservedNames.IsNameOfMigration(name),
            _ => "--name takes up to 32 lower-case letters, digits and hyphens"
        );

    internal static Option<string> Destination() =>
        new("--destination")
        {
            Description = "Connection string of the deployment to move to",
            HelpName = "URI",
            Required = true,
        };
}
