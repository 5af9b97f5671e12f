using System.CommandLine;
using Godwit.Engine.Scoping;

namespace Godwit.Cli.Verbs;

/// <summary>
/// <c>godwit reverse</c>: turns a migration round that was cut over (S29). It takes the two clusters as that migration named them, and
/// moves from the second to the first.
/// </summary>
internal static class ReverseVerb
{
    internal static Command Create()
    {
        var source = new Option<string>("--source")
        {
            Description = "The deployment that was moved, which is moved back to now",
            HelpName = "URI",
            Required = true,
        };
        var destination = new Option<string>("--destination")
        {
            Description = "The deployment that it was moved to, which is in use now",
            HelpName = "URI",
            Required = true,
        };
        var cancel = new Option<bool>("--cancel")
        {
            Description =
                "Give the reverse up: stop who runs it, forget its progress, drop the collections it has brought to the old source",
        };
        var run = new RunOptions();
        var command = new Command(
            "reverse",
            "Turns round a migration that was begun with --reversible and is cut over: what was written since is brought back; run again, it resumes."
        )
        {
            source,
            destination,
            cancel,
        };
        run.AddTo(command);
        command.SetAction(
            (parsed, _) =>
            {
                var (used, oldSource) = (parsed.GetRequiredValue(destination), parsed.GetRequiredValue(source));
                if (parsed.GetValue(cancel))
                {
                    return MigrationControl.CancelAsync(used, oldSource, "", isReverse: true);
                }

                var options = run.Read(parsed, used, oldSource, NamespaceScope.Everything);
                return new MigrateRun(options with { Turning = Turning.Reverse }, TimeProvider.System).RunAsync();
            }
        );
        return command;
    }
}
