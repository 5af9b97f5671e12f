using System.CommandLine;
using Godwit.Cli.Output;
using Godwit.Engine;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Planning;
using Godwit.Engine.Reporting;
using Godwit.Engine.Scoping;
using Godwit.Engine.Verifying;
using MongoDB.Driver;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit verify</c>: compares two deployments and names every difference.</summary>
internal static class VerifyVerb
{
    private const int ShownMax = 100;

    internal static Command Create()
    {
        var source = ClusterOptions.Source();
        var destination = ClusterOptions.Destination();
        var ignoreExisting = new Option<bool>("--ignore-existing")
        {
            Description = "Leave out collections that are only on the destination",
        };
        var indexes = IndexesOption.Create();
        var command = new Command(
            "verify",
            "Compares two deployments: documents byte for byte, options and indexes. Exit 0 identical, 3 different."
        )
        {
            source,
            destination,
            ignoreExisting,
            indexes,
        };
        var scope = new ScopeOptions();
        scope.AddTo(command);
        command.SetAction(
            (parsed, _) =>
                RunAsync(
                    parsed.GetRequiredValue(source),
                    parsed.GetRequiredValue(destination),
                    scope.Read(parsed),
                    parsed.GetValue(ignoreExisting),
                    IndexesOption.Read(parsed.GetValue(indexes)) ?? IndexSelection.All
                )
        );
        return command;
    }

    private static async Task<int> RunAsync(
        string source,
        string destination,
        NamespaceScope scope,
        bool ignoreExisting,
        IndexSelection indexes
    )
    {
        using var interruption = new Interruption();
        try
        {
            var time = TimeProvider.System;
            var clusters = ClusterPair.Open(source, destination, time);
            await using (clusters.ConfigureAwait(false))
            {
                var comparison = new Comparison(
                    scope.Documents.Apply(new IndexedSource(clusters.Source, indexes, sharding: null)),
                    scope.Rename(clusters.Destination),
                    scope,
                    ignoreExisting,
                    time
                );
                return Conclude(await comparison.RunAsync(null, Say, interruption.Graceful).ConfigureAwait(false));
            }
        }
        catch (MongoConfigurationException malformed)
        {
            return Fail(ExitCodes.Usage, malformed.Message);
        }
        catch (MigrationFailedException refused)
        {
            return Fail(ExitCodes.Stopped, $"{refused.Message} {refused.Remedy}");
        }
        catch (ClusterException fault)
        {
            return Fail(ExitCodes.Stopped, $"the {Words.Cluster(fault.Side)} could not be read: {fault.Message}");
        }
        catch (OperationCanceledException) when (interruption.Graceful.IsCancellationRequested)
        {
            return Fail(ExitCodes.Interrupted, "stopped before both sides were compared");
        }
    }

    private static void Say(ReportedCollection one) =>
        Console.Out.WriteLine(
            $"{(one.IsIdentical ? "identical" : "DIFFERENT")}  {one.Name}  {Words.Number(one.Documents)} documents  {one.Hash}"
        );

    private static int Conclude(ComparisonOutcome outcome)
    {
        foreach (var difference in outcome.Differences.Take(ShownMax))
        {
            var key = difference.Key.Length > 0 ? $" _id {difference.Key}" : "";
            Console.Out.WriteLine($"  {difference.Collection}{key}: {difference.What}");
        }

        if (outcome.Differences.Count > ShownMax)
        {
            Console.Out.WriteLine($"  … and {Words.Number(outcome.Differences.Count - ShownMax)} more");
        }

        if (outcome.Settled > 0)
        {
            Console.Out.WriteLine(
                $"{Words.Number(outcome.Settled)} documents were being written to and were found equal when read again."
            );
        }

        Console.Out.WriteLine(
            outcome.IsIdentical
                ? $"identical: {Words.Number(outcome.Collections.Count)} collections, {Words.Number(outcome.Collections.Sum(c => c.Documents))} documents"
                : $"different: {Words.Number(outcome.Differences.Count)} differences in {Words.Number(outcome.Collections.Count(c => !c.IsIdentical))} collections"
        );
        return outcome.IsIdentical ? ExitCodes.Success : ExitCodes.Different;
    }

    private static int Fail(int code, string message)
    {
        Console.Error.WriteLine($"godwit: {SecretText.OfText(message)}");
        return code;
    }
}
