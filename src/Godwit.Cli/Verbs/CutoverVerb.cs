using System.CommandLine;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit cutover</c>: tells the process that is migrating to a destination to cut over.</summary>
internal static class CutoverVerb
{
    internal static Command Create()
    {
        var destination = ClusterOptions.Destination();
        var name = ClusterOptions.Name();
        var command = new Command("cutover", "Tells the process that is migrating to this destination to cut over.")
        {
            destination,
            name,
        };
        command.SetAction(
            (parsed, _) =>
                MigrationControl.CutOverAsync(parsed.GetRequiredValue(destination), parsed.GetValue(name) ?? "")
        );
        return command;
    }
}
