using System.CommandLine;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit rehearse</c>: tells what a migration would take, and with <c>--run</c> performs it up to the cutover (H11).</summary>
internal static class RehearseVerb
{
    internal static Command Create()
    {
        var source = ClusterOptions.Source();
        var destination = new Option<string?>("--destination")
        {
            Description =
                "A staging deployment to rehearse to; without it, an embedded Sandbox that is removed afterwards",
            HelpName = "URI",
        };
        var run = new Option<bool>("--run")
        {
            Description = "Perform the migration up to the cutover; applications stay where they are",
        };
        var seconds = new Option<int>("--sample-seconds")
        {
            Description = "How long the source is looked at",
            DefaultValueFactory = _ => 10,
            HelpName = "S",
        }.Between(1, 3600);
        var sharding = ShardingOption.Create();
        var indexes = IndexesOption.Create();
        var running = new RunOptions();
        var scope = new ScopeOptions();
        var command = new Command(
            "rehearse",
            "Estimates duration, oplog, disk and downtime of a migration from samples of its source; with --run, performs it up to the cutover."
        )
        {
            source,
            destination,
            run,
            seconds,
            sharding,
            indexes,
        };
        running.AddTo(command);
        scope.AddTo(command);
        command.SetAction(
            (parsed, _) =>
            {
                var options = running.Read(
                    parsed,
                    parsed.GetRequiredValue(source),
                    parsed.GetValue(destination) ?? "",
                    scope.Read(parsed)
                ) with
                {
                    IsRehearsal = true,
                    CutoverAutomatic = true,
                    BlockSourceWrites = false,
                    Indexes = IndexesOption.Read(parsed.GetValue(indexes)),
                };
                var (length, isToRun) = (TimeSpan.FromSeconds(parsed.GetValue(seconds)), parsed.GetValue(run));
                return ShardingOption.RunAsync(
                    parsed.GetValue(sharding),
                    read =>
                        new RehearseRun(
                            options with
                            {
                                Sharding = read,
                            },
                            length,
                            isToRun,
                            TimeProvider.System
                        ).RunAsync()
                );
            }
        );
        return command;
    }
}
