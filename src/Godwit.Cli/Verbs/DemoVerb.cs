using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using Godwit.Cli.Demo;
using Godwit.Cli.Output;
using Godwit.Engine;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit demo</c>: a busy deployment moves to another one, on Sandboxes, with nothing to install or prepare.</summary>
internal static class DemoVerb
{
    private static readonly JsonSerializerOptions OneLine = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    internal static Command Create()
    {
        var seconds = new Option<int>("--seconds")
        {
            Description = "How long the application writes to the source at least before the cutover",
            DefaultValueFactory = _ => 15,
            HelpName = "N",
        };
        var orders = new Option<int>("--orders")
        {
            Description = "Orders in the shop when the migration begins",
            DefaultValueFactory = _ => 60_000,
            HelpName = "N",
        };
        var members = new Option<int>("--members")
        {
            Description = "Members of each replica set",
            DefaultValueFactory = _ => 3,
            HelpName = "N",
        };
        var seed = new Option<int>("--seed")
        {
            Description = "Seed of everything the application chooses",
            DefaultValueFactory = _ => 1,
            HelpName = "N",
        };
        var json = new Option<bool>("--json") { Description = "End with one line of JSON; words go to standard error" };
        _ = seconds.AtLeast(0);
        _ = orders.AtLeast(0);
        _ = members.AtLeast(1);
        var command = new Command("demo", "Shows it: a busy Sandbox moves to another one; nothing else is needed.")
        {
            seconds,
            orders,
            members,
            seed,
            json,
        };
        command.SetAction(
            (parsed, _) =>
                RunAsync(
                    new(
                        parsed.GetValue(seconds),
                        parsed.GetValue(orders),
                        parsed.GetValue(members),
                        parsed.GetValue(seed),
                        parsed.GetValue(json)
                    )
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(DemoOptions options)
    {
        using var interruption = new Interruption();
        var time = TimeProvider.System;
        using var view = options.Json ? new PlainView(Console.Error, time) : ProgressViews.ForPeople(time);
        var result = await RunAsync(options, view, time, interruption.Graceful);
        if (options.Json)
        {
            await Console.Out.WriteLineAsync(JsonSerializer.Serialize(result, OneLine));
        }
        else
        {
            view.Say(Sentence(result));
        }

        return result.Outcome == "migrated" ? ExitCodes.Success
            : interruption.Graceful.IsCancellationRequested ? ExitCodes.Interrupted
            : ExitCodes.Different;
    }

    private static async Task<DemoResult> RunAsync(
        DemoOptions options,
        IProgressView view,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await new DemoRun(options, view, time).RunAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            return Failed("interrupted");
        }
        catch (Exception failure)
            when (failure
                    is DemoFailedException
                        or MigrationFailedException
                        or ClusterException
                        or MongoDB.Driver.MongoException
            )
        {
            return Failed(SecretText.OfText(failure.Message));
        }
    }

    private static DemoResult Failed(string reason) => new() { Outcome = "failed", Reason = reason };

    private static string Sentence(DemoResult result) =>
        result.Outcome == "migrated"
            ? $"Migrated: {Words.Number(result.Collections)} collections, {Words.Number(result.Documents)} documents, "
                + $"{Words.Number(result.ChangesApplied)} changes applied, all {Words.Number(result.WritesAcknowledged)} acknowledged writes "
                + $"accounted for, identical byte for byte; the application waited {Words.Number(result.DowntimeMs)} ms."
            : $"The demonstration failed: {result.Reason}";
}
