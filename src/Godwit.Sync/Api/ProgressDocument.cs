using System.Text.Json.Nodes;
using Godwit.Engine;
using Godwit.Engine.Mongo.Connections;
using Godwit.Sync.Running;

namespace Godwit.Sync.Api;

/// <summary>The answer to <c>progress</c>: mongosync's fields with mongosync's meaning, and Godwit's own in an object of their own.</summary>
internal static class ProgressDocument
{
    /// <summary>One process does all; mongosync calls the first of several so.</summary>
    private const string Id = "coordinator";

    internal static JsonObject Write(SyncPicture picture)
    {
        var progress = new JsonObject
        {
            ["state"] = picture.State.ToString(),
            ["canCommit"] = picture.CanCommit,
            ["canWrite"] = picture.CanWrite,
            ["info"] = Info(picture),
            ["lagTimeSeconds"] = Lag(picture),
            ["lag"] = Lag(picture) is { } lag
                ? new JsonObject
                {
                    ["overallLagSeconds"] = lag,
                    ["crudLagSeconds"] = lag,
                    ["ddlLagSeconds"] = lag,
                }
                : null,
            ["totalEventsApplied"] = Events(picture),
            ["collectionCopy"] = Copy(picture),
            ["directionMapping"] = picture is { Source: { } source, Destination: { } destination }
                ? new JsonObject { ["Source"] = source, ["Destination"] = destination }
                : null,
            ["mongosyncID"] = Id,
            ["coordinatorID"] = picture.Source is null ? null : Id,
        };
        if (picture.State == SyncState.IDLE)
        {
            // As documented: everything but these two is null.
            foreach (var name in progress.Select(field => field.Key).Except(["state", "canCommit"]).ToList())
            {
                progress[name] = null;
            }
        }

        AddPing(progress, "source", picture.SourcePing);
        AddPing(progress, "destination", picture.DestinationPing);
        if (picture.Progress is { } engine && picture.State is not SyncState.IDLE)
        {
            AddEngine(progress, picture.State, engine);
        }

        if (picture.Warnings.Count > 0)
        {
            progress["warnings"] = new JsonArray([.. picture.Warnings.Select(one => JsonValue.Create(Shown(one)))]);
        }

        progress["godwit"] = OwnFields(picture);
        return progress;
    }

    private static string Shown(string text) => SecretText.OfText(text);

    private static string? Info(SyncPicture picture) =>
        (picture.State, picture.Progress?.Phase) switch
        {
            (SyncState.INITIALIZING, _) => "asking both clusters where the migration stands",
            (SyncState.COMMITTED, _) => "commit completed",
            (SyncState.REVERSING, _) => "turning round: recording what both clusters have in common",
            (SyncState.COMMITTING, _) => "waiting for commit to complete",
            (SyncState.RUNNING, MigrationPhase.Copying) => "collection copy",
            (SyncState.RUNNING, MigrationPhase.Applying or MigrationPhase.InSync) => "change event application",
            (SyncState.RUNNING, _) => "initializing collections and indexes",
            _ => null,
        };

    /// <summary>Nothing is known of it in IDLE and PAUSED; after the commit there is none.</summary>
    private static long? Lag(SyncPicture picture) =>
        picture.State switch
        {
            SyncState.RUNNING or SyncState.COMMITTING when picture.Progress?.Lag is { } lag => (long)lag.TotalSeconds,
            SyncState.COMMITTED => 0,
            _ => null,
        };

    private static long? Events(SyncPicture picture) =>
        picture.Progress?.EventsApplied ?? picture.Report?.Totals.ChangesApplied;

    private static JsonObject? Copy(SyncPicture picture)
    {
        if (picture.State == SyncState.COMMITTED && picture.Report is { } report)
        {
            var bytes = report.Collections.Sum(one => one.Bytes);
            return Copy(bytes, bytes);
        }

        if (picture.Progress is not { } engine)
        {
            return picture.State == SyncState.PAUSED ? Copy(null, null) : null;
        }

        var copied = engine.BytesKept + engine.BytesCopied;
        return engine.Phase == MigrationPhase.Preparing ? Copy(1, 0)
            : engine.Phase == MigrationPhase.Copying ? Copy(Math.Max(copied, engine.BytesEstimated), copied)
            : Copy(copied, copied);
    }

    private static JsonObject Copy(long? total, long? copied) =>
        new() { ["estimatedTotalBytes"] = total, ["estimatedCopiedBytes"] = copied };

    private static void AddPing(JsonObject progress, string side, int? milliseconds)
    {
        if (milliseconds is { } known)
        {
            progress[side] = new JsonObject { ["pingLatencyMs"] = known };
        }
    }

    private static void AddEngine(JsonObject progress, SyncState state, MigrationProgress engine)
    {
        if (state is SyncState.RUNNING or SyncState.COMMITTING)
        {
            progress["estimatedOplogTimeRemaining"] = OplogTime.Describe(engine.HistoryLeft);
            if (engine.Phase is MigrationPhase.Applying or MigrationPhase.InSync)
            {
                progress["ceaStage"] = engine.CanCommit ? "steady state" : "collection copy drain";
            }
        }

        progress["verification"] = new JsonObject
        {
            ["source"] = Verification(engine),
            ["destination"] = Verification(engine),
        };
    }

    /// <summary>Both sides are read together, so what holds for one holds for the other.</summary>
    private static JsonObject Verification(MigrationProgress engine)
    {
        var documents = engine.Collections.Sum(one => Math.Max(one.DocumentsCopied, one.DocumentsEstimated));
        return new()
        {
            ["estimatedDocumentCount"] = documents,
            ["hashedDocumentCount"] = (long)(documents * engine.VerifiedShare),
            ["lagTimeSeconds"] = engine.Lag is { } lag ? (long)lag.TotalSeconds : null,
            ["totalCollectionCount"] = engine.Collections.Count,
            ["scannedCollectionCount"] = engine.Collections.Count(one => one.IsVerified),
            ["phase"] = engine.Phase switch
            {
                MigrationPhase.Preparing or MigrationPhase.Copying => "not started",
                MigrationPhase.Applying => "initial hashing",
                _ => "stream hashing",
            },
        };
    }

    private static JsonObject OwnFields(SyncPicture picture)
    {
        var own = new JsonObject();
        if (picture.Progress is { } engine)
        {
            own["phase"] = PhaseName(engine.Phase);
            own["changeStreams"] = engine.ChangeStreams;
            own["lagMs"] = engine.Lag?.TotalMilliseconds;
            own["documentsCopied"] = engine.DocumentsKept + engine.DocumentsCopied;
            own["eventsWaiting"] = engine.EventsWaiting;
            own["verifiedShare"] = Math.Round(engine.VerifiedShare, 4);
            own["differences"] = engine.Differences;
            own["healed"] = engine.Healed;
            own["forecastDowntimeMs"] = engine.ForecastDowntime?.TotalMilliseconds;
            own["historyLeftMs"] = engine.HistoryLeft?.TotalMilliseconds;
            own["cannotCommitBecause"] =
                picture.CanCommit || picture.State != SyncState.RUNNING ? null : Reason(engine.Phase);
        }

        if (picture.Report is { } report)
        {
            own["verdict"] = report.Verdict.Text;
            own["verdictReason"] = report.Verdict.Reason;
            own["downtimeMs"] = report.Downtime?.TotalMilliseconds;
        }

        return own;
    }

    private static string Reason(MigrationPhase phase) =>
        phase switch
        {
            MigrationPhase.Preparing => "the clusters are being prepared",
            MigrationPhase.Copying => "collections are still being copied",
            _ => "both sides are not proven equal yet",
        };

    internal static string PhaseName(MigrationPhase phase) =>
        phase == MigrationPhase.InSync ? "inSync" : phase.ToString().ToLowerInvariant();
}
