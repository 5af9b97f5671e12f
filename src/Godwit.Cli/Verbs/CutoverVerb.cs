using System.CommandLine;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit cutover</c>: tells the process that is migrating to a destination to cut over.</summary>
internal static class CutoverVerb
{
    internal static Command Create()
    {
        var destination = ClusterOptions.Destination();
        var command = new Command("cutover", "Tells the process that is migrating to this destination to cut over.")
        {
            destination,
        };
        command.SetAction((parsed, _) => MigrationControl.CutOverAsync(parsed.GetRequiredValue(destination)));
        return command;
    }
}
