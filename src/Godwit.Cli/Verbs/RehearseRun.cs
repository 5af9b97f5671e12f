using Godwit.Cli.Output;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;
using Godwit.Engine.Rehearsing;
using Godwit.Sandbox;

namespace Godwit.Cli.Verbs;

/// <summary>One run of <c>godwit rehearse</c>: the estimate, and the migration up to its cutover where that is asked for.</summary>
internal sealed class RehearseRun(MigrateOptions options, TimeSpan duration, bool isToRun, TimeProvider time)
{
    /// <summary>A Sandbox need not have more shards than show how documents spread; of a replica set that is to be sharded, so many.</summary>
    private const int ShardsMax = 3;

    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    internal async Task<int> RunAsync()
    {
        using var interruption = new Interruption();
        try
        {
            var facts = await new AnswerWait(time)
                .ForAsync(ClusterInspector.InspectAsync(options.Source, time, interruption.Graceful), "source")
                .ConfigureAwait(false);
            if (facts.Fault is { } unusable)
            {
                return Fail($"the source cannot be used: {unusable.Detail}");
            }

            facts = facts with { Namespaces = [.. facts.Namespaces.Where(one => options.Scope.Includes(one.Name))] };
            var forecast = await EstimateAsync(facts, interruption.Graceful).ConfigureAwait(false);
            return isToRun
                ? await PerformAsync(facts, forecast, interruption.Graceful).ConfigureAwait(false)
                : ExitCodes.Success;
        }
        catch (ClusterException fault)
        {
            return Fail($"the {Words.Cluster(fault.Side)} could not be read: {fault.Message}");
        }
        catch (OperationCanceledException) when (interruption.Graceful.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync("Stopped: the source is as it was.").ConfigureAwait(false);
            return ExitCodes.Interrupted;
        }
    }

    private async Task<Forecast> EstimateAsync(ClusterFacts facts, CancellationToken cancellationToken)
    {
        var source = new MongoSource(MongoAddress.Parse(options.Source), time, Pretence.Missing());
        await using (source.ConfigureAwait(false))
        {
            var sampler = new SourceSampler(options.Scope.Narrow(source), duration, time);
            var sample = await sampler.RunAsync(cancellationToken).ConfigureAwait(false);
            var forecast = Forecast.Of(facts.Namespaces, sample, facts.OplogWindow, facts.OplogBytesMax);
            foreach (var line in Describe(facts, sample, forecast))
            {
                await Console.Out.WriteLineAsync(line).ConfigureAwait(false);
            }

            return forecast;
        }
    }

    private static IEnumerable<string> Describe(ClusterFacts facts, SourceSample sample, Forecast forecast)
    {
        yield return $"source       {Words.Number(facts.Namespaces.Count)} collections and views, {Words.Bytes(forecast.DataBytes)} of documents";
        yield return $"reads        {Words.Bytes(sample.BytesPerSecond)}/s, measured over {Words.Bytes(sample.BytesRead)}";
        yield return $"changes      {Words.Number(sample.EventsPerSecond)}/s, {Words.Bytes(sample.EventBytesPerSecond)}/s, seen after {Words.Span(sample.Delay)}";
        yield return $"copy         about {Words.Span(forecast.Copy)}";
        yield return $"comparison   about {Words.Span(forecast.Comparison)}; in sync about {Words.Span(forecast.UntilInSync)} after the start";
        if (!forecast.KeepsUp)
        {
            yield return "             more changes come than can be applied beside a copy at this rate: give it a host nearer to the source, or several change streams (--change-streams)";
        }

        yield return facts.OplogWindow switch
        {
            null => $"oplog        could not be read; it should reach back {Words.Span(forecast.WindowNeeded)}",
            { } window when window < forecast.WindowNeeded =>
                $"oplog        reaches back {Words.Span(window)}, and should {Words.Span(forecast.WindowNeeded)}{(forecast.OplogBytesNeeded is { } bytes ? $": enlarge it to {Words.Bytes(bytes)} (replSetResizeOplog), or use --spool" : "")}",
            { } window =>
                $"oplog        reaches back {Words.Span(window)}; {Words.Span(forecast.WindowNeeded)} are needed",
        };
        yield return $"destination  about {Words.Bytes(forecast.DestinationBytes)} on disk";
        yield return $"downtime     about {Words.Span(forecast.Downtime)}";
    }

    private async Task<int> PerformAsync(ClusterFacts facts, Forecast forecast, CancellationToken cancellationToken)
    {
        if (options.Destination.Length > 0)
        {
            return await PerformAsync(options, forecast).ConfigureAwait(false);
        }

        var (address, sandbox) = await StartSandboxAsync(facts, cancellationToken).ConfigureAwait(false);
        await using (sandbox.ConfigureAwait(false))
        {
            return await PerformAsync(options with { Destination = address }, forecast).ConfigureAwait(false);
        }
    }

    private async Task<int> PerformAsync(MigrateOptions wanted, Forecast forecast)
    {
        var run = new MigrateRun(wanted, time);
        var code = await run.RunAsync().ConfigureAwait(false);
        if (run.Report is { } report)
        {
            await Console
                .Out.WriteLineAsync(
                    $"rehearsed    copied {Words.Bytes(report.Totals.BytesCopied)} in {Words.Span(report.Totals.CopyDuration)} (estimated {Words.Span(forecast.Copy)}); a cutover would have taken {Words.Span(report.Downtime)} (estimated {Words.Span(forecast.Downtime)})"
                )
                .ConfigureAwait(false);
        }

        return code;
    }

    /// <summary>
    /// A cluster of the source's line, sharded if that is or collections are to be, in this process, whose data go when it ends.
    /// </summary>
    private async Task<(string Address, IAsyncDisposable Sandbox)> StartSandboxAsync(
        ClusterFacts facts,
        CancellationToken cancellationToken
    )
    {
        var version = facts.Version is { Major: 6 or 7 } known ? $"{known.Major}.0" : "8.0";
        if (facts.Shape == ClusterShape.Sharded || options.Sharding is not null)
        {
            var shards = new ShardedOptions
            {
                Shards = facts.Shape == ClusterShape.Sharded ? Math.Clamp(facts.Shards.Count, 1, ShardsMax) : ShardsMax,
                Members = 1,
                Port = 0,
                MongoVersion = version,
            };
            var cluster = await ShardedSandbox.StartAsync(shards, cancellationToken).ConfigureAwait(false);
            return (cluster.ConnectionString, cluster);
        }

        var members = new SandboxOptions
        {
            Members = 1,
            Port = 0,
            MongoVersion = version,
        };
        var set = await SandboxCluster.StartAsync(members, cancellationToken).ConfigureAwait(false);
        await set.WaitForPrimaryAsync(cancellationToken).ConfigureAwait(false);
        return (set.ConnectionString, set);
    }

    private static int Fail(string message)
    {
        Console.Error.WriteLine($"godwit: {SecretText.OfText(message)}");
        return ExitCodes.Stopped;
    }
}
