using Godwit.Contracts.Agents;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using MongoDB.Driver;

namespace Godwit.Agent.Migrations;

/// <summary>Looks at the shards of both sides while a migration runs, for its page (D01). Nothing is decided by it.</summary>
/// <param name="source">Connection string of the source, whose user is on its shards, too.</param>
/// <param name="destination">Connection string of the destination.</param>
/// <param name="time">The clock.</param>
internal sealed class ShardWatch(string source, string destination, TimeProvider time)
{
    private const string Source = "SOURCE";
    private static readonly TimeSpan RestMin = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan RestMax = TimeSpan.FromMinutes(1);

    /// <summary>Looking takes a twentieth of the time at most, however many databases there are.</summary>
    private const int RestPerLook = 20;
    private volatile IReadOnlyList<ReportedShard> current = [];

    /// <summary>Each shard as it was seen last; none of replica sets.</summary>
    internal IReadOnlyList<ReportedShard> Current => current;

    /// <summary>Looks again and again, unless neither side has shards.</summary>
    internal async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var began = time.GetTimestamp();
            var here = await TryLookAsync(Source, source, cancellationToken).ConfigureAwait(false);
            var there = await TryLookAsync("DESTINATION", destination, cancellationToken).ConfigureAwait(false);
            if (here is { Count: 0 } && there is { Count: 0 })
            {
                return;
            }

            // What does not answer just now stays as it was: the engine says so.
            if (here is not null && there is not null)
            {
                current = [.. here, .. there];
            }

            var rest = RestPerLook * time.GetElapsedTime(began);
            rest =
                rest < RestMin ? RestMin
                : rest < RestMax ? rest
                : RestMax;
            await Task.Delay(rest, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<IReadOnlyList<ReportedShard>?> TryLookAsync(
        string side,
        string address,
        CancellationToken cancellationToken
    )
    {
        try
        {
            var found = await ShardSurvey
                .TakeAsync(address, asksShards: side == Source, cancellationToken)
                .ConfigureAwait(false);
            return
            [
                .. found.Select(one => new ReportedShard(
                    side,
                    one.Name,
                    one.Documents,
                    one.DataBytes,
                    one.Chunks,
                    one.Members,
                    one.OplogWindow?.TotalSeconds,
                    one.Fault is { } fault ? SecretText.OfText(fault) : null
                )),
            ];
        }
        catch (Exception away) when (away is MongoException or TimeoutException)
        {
            return null;
        }
    }
}
