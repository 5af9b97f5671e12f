using System.CommandLine;
using Godwit.Cli.Output;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Verifying;
using MongoDB.Driver;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit verify</c>: compares two deployments and names every difference.</summary>
internal static class VerifyVerb
{
    internal static Command Create()
    {
        var source = ClusterOptions.Source();
        var destination = ClusterOptions.Destination();
        var command = new Command(
            "verify",
            "Compares two deployments: documents byte for byte, options and indexes. Exit 0 identical, 3 different."
        )
        {
            source,
            destination,
        };
        command.SetAction(
            (parsed, _) => RunAsync(parsed.GetRequiredValue(source), parsed.GetRequiredValue(destination))
        );
        return command;
    }

    private static async Task<int> RunAsync(string sourceAddress, string destinationAddress)
    {
        using var interruption = new Interruption();
        try
        {
            var time = TimeProvider.System;
            var source = new MongoSource(MongoAddress.Parse(sourceAddress), time, Pretence.Missing());
            await using (source.ConfigureAwait(false))
            {
                var destination = new MongoDestination(
                    MongoAddress.Parse(destinationAddress),
                    time,
                    Pretence.Missing()
                );
                await using (destination.ConfigureAwait(false))
                {
                    var outcome = await new Comparison(source, destination, time)
                        .RunAsync(
                            null,
                            c =>
                                Console.Out.WriteLine(
                                    $"{(c.IsIdentical ? "identical" : "DIFFERENT")}  {c.Name}  {Words.Number(c.Documents)} documents  {c.Hash}"
                                ),
                            interruption.Graceful
                        )
                        .ConfigureAwait(false);
                    return Conclude(outcome);
                }
            }
        }
        catch (MongoConfigurationException malformed)
        {
            return Fail(ExitCodes.Usage, malformed.Message);
        }
        catch (ClusterException fault)
        {
            return Fail(ExitCodes.Stopped, $"the {fault.Side} could not be read: {fault.Message}");
        }
        catch (OperationCanceledException) when (interruption.Graceful.IsCancellationRequested)
        {
            return Fail(ExitCodes.Interrupted, "stopped before both sides were compared");
        }
    }

    private static int Conclude(ComparisonOutcome outcome)
    {
        foreach (var difference in outcome.Differences.Take(100))
        {
            var key = difference.Key.Length > 0 ? $" _id {difference.Key}" : "";
            Console.Out.WriteLine($"  {difference.Collection}{key}: {difference.What}");
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
        Console.Error.WriteLine($"godwit: {ConnectionText.Redact(message)}");
        return code;
    }
}
