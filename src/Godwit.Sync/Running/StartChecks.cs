using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Preflight;
using Godwit.Sync.Api;

namespace Godwit.Sync.Running;

/// <summary>Preflight, as <c>start</c> answers it: all findings at once, under the name of what matters most.</summary>
internal sealed class StartChecks(SyncOptions options, TimeProvider time)
{
    private const string DiskCheck = "disk-destination";

    /// <exception cref="SyncRefusal">Something forbids the start; nothing was changed.</exception>
    /// <param name="request">What is asked for.</param>
    /// <param name="isReverse">Whether it is the way back of what was committed.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    internal async Task RunAsync(StartRequest request, bool isReverse, CancellationToken cancellationToken)
    {
        var findings = await FindAsync(request, cancellationToken, isReverse);
        var failed = findings
            .Where(one => one.State == FindingState.Failed && !(request.SkipsDiskCheck && one.Id == DiskCheck))
            .ToList();
        if (failed.Count > 0)
        {
            throw new SyncRefusal(
                NameOf(failed[0].Id),
                422,
                string.Join(' ', failed.Select(one => $"{SecretText.OfText(one.Message)} {one.Remedy}".TrimEnd()))
            );
        }
    }

    /// <summary>Every finding, changing nothing.</summary>
    internal async Task<IReadOnlyList<Finding>> FindAsync(
        StartRequest request,
        CancellationToken cancellationToken,
        bool isReverse = false
    )
    {
        var source = ClusterInspector.InspectAsync(
            options.AddressOf(request.Source),
            time,
            cancellationToken,
            request.Sharding?.Entries.Select(entry => entry.Name).ToHashSet()
        );
        var destination = ClusterInspector.InspectAsync(
            options.AddressOf(request.Destination),
            time,
            cancellationToken
        );
        var there = await destination;
        return PreflightChecks.Run(
            await source,
            // A finished one is over: what it brought is what stands there now.
            there with
            {
                Migrations = [.. there.Migrations.Where(one => !one.IsFinished)],
            },
            new()
            {
                Name = options.Name,
                IgnoreExisting = request.KeepsExisting || options.Name.Length > 0,
                BlockSourceWrites = request.BlocksSource,
                Scope = request.Scope,
                Sharding = request.Sharding,
                AcceptVersion = options.AcceptVersion,
                AcceptHistoryChange = options.AcceptHistoryChange,
                IsReversible = request.IsReversible && !isReverse,
                IsReverse = isReverse,
            }
        );
    }

    internal static string NameOf(string finding) =>
        finding switch
        {
            DiskCheck => "InsufficientDestinationDiskSpace",
            "existing-data" => "NamespaceConflict",
            "reversible" => "ReversibleNotAllowed",
            "unsupported-content" => "UnsupportedSourceFeature",
            "other-migration" => "AlreadyStarted",
            _ when finding.StartsWith("reachable", StringComparison.Ordinal) => "ClusterUnreachable",
            _ when finding.StartsWith("privileges", StringComparison.Ordinal) => "Unauthorized",
            _ => "PreflightFailed",
        };
}
