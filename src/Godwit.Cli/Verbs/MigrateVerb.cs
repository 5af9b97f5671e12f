using System.CommandLine;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit migrate</c>: moves a running deployment to another one, and resumes where it stopped.</summary>
internal static class MigrateVerb
{
    internal static Command Create()
    {
        var source = ClusterOptions.Source();
        var destination = ClusterOptions.Destination();
        var name = ClusterOptions.Name();
        var ignoreExisting = new Option<bool>("--ignore-existing")
        {
            Description = "Leave collections that are already on the destination as they are",
        };
        var acceptFilterChange = new Option<bool>("--accept-filter-change")
        {
            Description = "Go on with another filter or mapping: copy what it adds, drop what it leaves out",
        };
        var scope = new ScopeOptions();
        var sharding = ShardingOption.Create();
        var indexes = IndexesOption.Create();
        var natural = NaturalOrderOption.Create();
        var zones = new Option<bool>("--zones")
        {
            Description = "Carry the zones of a sharded source over to a sharded destination at the cutover",
        };
        var reversible = new Option<bool>("--reversible")
        {
            Description = "Make it possible to turn round after the cutover ('godwit reverse')",
        };
        var pause = new Option<bool>("--pause")
        {
            Description = "Ask the process that is running this migration to stop at a checkpoint",
        };
        var cancel = new Option<bool>("--cancel")
        {
            Description =
                "Give the migration up: stop who runs it, release the source, forget its progress; the data copied so far stay",
        };
        var command = new Command("migrate", "Moves a running deployment to another one; run again, it resumes.")
        {
            source,
            destination,
            name,
            ignoreExisting,
            acceptFilterChange,
            sharding,
            indexes,
            natural,
            zones,
            reversible,
            pause,
            cancel,
        };
        var run = new RunOptions();
        run.AddTo(command);
        var hosts = new HostsOptions();
        hosts.AddTo(command);
        scope.AddTo(command);
        command.SetAction(
            (parsed, _) =>
            {
                var options = run.Read(
                    parsed,
                    parsed.GetRequiredValue(source),
                    parsed.GetRequiredValue(destination),
                    scope.Read(parsed)
                ) with
                {
                    Name = parsed.GetValue(name) ?? "",
                    // What others move is there as well.
                    IgnoreExisting = parsed.GetValue(ignoreExisting) || parsed.GetValue(name) is not null,
                    AcceptFilterChange = parsed.GetValue(acceptFilterChange),
                    NaturalOrder = NaturalOrderOption.Read(parsed.GetValue(natural)),
                    CarryZones = parsed.GetValue(zones),
                    Hosts = hosts.Read(parsed),
                    Indexes = IndexesOption.Read(parsed.GetValue(indexes)),
                    Turning = parsed.GetValue(reversible) ? Turning.Reversible : Turning.None,
                };
                return (parsed.GetValue(pause), parsed.GetValue(cancel)) switch
                {
                    (true, true) => Task.FromResult(Refuse("--pause and --cancel cannot be asked for together")),
                    (true, _) => MigrationControl.PauseAsync(options.Destination, options.Name),
                    (_, true) => MigrationControl.CancelAsync(options.Source, options.Destination, options.Name),
                    _ => ShardingOption.RunAsync(
                        parsed.GetValue(sharding),
                        read => new MigrateRun(options with { Sharding = read }, TimeProvider.System).RunAsync()
                    ),
                };
            }
        );
        return command;
    }

    private static int Refuse(string reason)
    {
        Console.Error.WriteLine($"godwit: {reason}");
        return ExitCodes.Usage;
    }
}
