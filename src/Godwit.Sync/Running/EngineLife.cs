using Godwit.Engine;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Reporting;
using Microsoft.Extensions.Logging;

namespace Godwit.Sync.Running;

/// <summary>
/// The engine at work for one request: begun again by itself after an outage, until it is committed, stands still on request, or needs a
/// person.
/// </summary>
internal sealed partial class EngineLife(
    SyncOptions options,
    SyncRecord record,
    TimeProvider time,
    ILoggerFactory loggers,
    Action<string> warn
)
{
    private static readonly TimeSpan AgainAfter = TimeSpan.FromSeconds(5);

    /// <summary>How far behind a destination may be that was proven equal and is about to be again.</summary>
    private static readonly TimeSpan CommitLagMax = TimeSpan.FromSeconds(30);

    private readonly ILogger logger = loggers.CreateLogger<EngineLife>();
    private readonly Lock gate = new();
    private Migration? current;
    private bool isPauseAsked;
    private bool isCutoverAsked;
    private bool wasInSync;

    /// <summary>Where the engine stands.</summary>
    internal MigrationProgress Progress
    {
        get
        {
            var progress = Current?.Progress ?? MigrationProgress.None;
            wasInSync |= progress.CanCommit;
            return progress;
        }
    }

    /// <summary>
    /// Whether a commit asked for now would be taken. What was proven equal once becomes so again within moments: it need not be at this
    /// very one.
    /// </summary>
    internal bool CanCommit(MigrationProgress progress) =>
        progress.CanCommit
        || (wasInSync && progress is { Phase: MigrationPhase.Applying, Lag: { } lag } && lag <= CommitLagMax);

    /// <summary>Whether the cutover is asked for, and was not given up.</summary>
    internal bool IsCommitting
    {
        get
        {
            lock (gate)
            {
                return current?.IsCutoverRequested ?? isCutoverAsked;
            }
        }
    }

    private Migration? Current
    {
        get
        {
            lock (gate)
            {
                return current;
            }
        }
    }

    internal void RequestPause()
    {
        lock (gate)
        {
            isPauseAsked = true;
            current?.RequestPause();
        }
    }

    internal void RequestCutover()
    {
        lock (gate)
        {
            isCutoverAsked = true;
            current?.RequestCutover();
        }
    }

    /// <summary>Runs to its end.</summary>
    /// <exception cref="ClusterException">Another process has taken the migration over.</exception>
    internal async Task<MigrationReport> RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await LiveAsync(cancellationToken);
            }
            catch (ClusterException fault) when (fault.Kind != FaultKind.Fenced)
            {
                LogFault(SecretText.OfText(fault.Message));
                warn($"The {fault.Side} failed ({fault.Stage}, {fault.Kind}): {fault.Message} It is tried again.");
            }

            await Task.Delay(AgainAfter, time, cancellationToken);
        }
    }

    private async Task<MigrationReport> LiveAsync(CancellationToken cancellationToken)
    {
        var (from, to) = (options.AddressOf(record.Request.Source), options.AddressOf(record.Request.Destination));
        await using var source = new MongoSource(MongoAddress.Parse(from), time);
        await using var destination = new MongoDestination(MongoAddress.Parse(to), time, migration: options.Name);
        var migration = new Migration(Settings(from, to), source, destination, time, loggers);
        lock (gate)
        {
            isCutoverAsked = IsCutoverStillAsked();
            current = migration;
            if (isCutoverAsked)
            {
                migration.RequestCutover();
            }

            if (isPauseAsked)
            {
                migration.RequestPause();
            }
        }

        return await new ChangeWatch(from, to, migration.Say, time).WhileAsync(migration.RunAsync(cancellationToken));
    }

    /// <summary>An earlier attempt may have given it up.</summary>
    private bool IsCutoverStillAsked() => current?.IsCutoverRequested ?? isCutoverAsked;

    private MigrationSettings Settings(string from, string to)
    {
        var defaults = new MigrationSettings
        {
            SourceAddress = SecretText.OfAddress(from),
            DestinationAddress = SecretText.OfAddress(to),
            BlockSourceWrites = record.Request.BlocksSource,
            BlockDestinationWrites = record.Request.BlocksDestination,
            // What others move is there as well.
            IgnoreExisting = record.Request.KeepsExisting || options.Name.Length > 0,
            IsReversible = record.Request.IsReversible,
            Scope = record.Request.Scope,
            Sharding = record.Request.Sharding,
            Indexes = record.Request.Indexes,
            NaturalOrder = record.Request.NaturalOrder,
            AcceptHistoryChange = options.AcceptHistoryChange,
            SpoolDirectory = options.SpoolDirectory,
        };
        return options.LoadLevel switch
        {
            1 => defaults with { Lanes = 2, Copiers = 4, Verifiers = 1 },
            2 => defaults with { Lanes = 4, Copiers = 16, Verifiers = 2 },
            4 => defaults with { Lanes = 16, Copiers = 64, Verifiers = 8 },
            _ => defaults,
        };
    }

    [LoggerMessage(310, LogLevel.Warning, "The engine was interrupted: {Fault}")]
    private partial void LogFault(string fault);
}
