using System.CommandLine;
using Godwit.Engine.Pacing;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit limit</c>: tells a migration what it may ask of its source from now on.</summary>
internal static class LimitVerb
{
    internal static Command Create()
    {
        var destination = ClusterOptions.Destination();
        var name = ClusterOptions.Name();
        var limits = new LimitOptions();
        var command = new Command(
            "limit",
            "Changes what the migration to this destination may ask of its source; what is not named goes back to its default."
        )
        {
            destination,
            name,
        };
        limits.AddTo(command);
        command.SetAction(
            (parsed, _) =>
                MigrationControl.LimitAsync(
                    parsed.GetRequiredValue(destination),
                    limits.Read(parsed) ?? ReadLimits.Default,
                    parsed.GetValue(name) ?? ""
                )
        );
        return command;
    }
}
