using Godwit.Contracts.Agents;
using Godwit.Engine;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Pacing;
using Godwit.Engine.Planning;
using Godwit.Engine.Preflight;
using Godwit.Engine.Scoping;

namespace Godwit.Agent.Validation;

/// <summary>What an order asks of the engine, in the engine's own terms: the same for the checks and for the run.</summary>
/// <param name="BlocksSource">Whether the source is write-blocked at cutover.</param>
/// <param name="AcceptsVersion">Whether versions below the floor are accepted.</param>
/// <param name="Sharding">Which collections are sharded on the destination.</param>
/// <param name="Scope">Which collections and documents go, and under which names.</param>
/// <param name="Limits">What may be asked of the source.</param>
/// <param name="IsReversible">Whether it is to be possible to turn round; then the destination has to be empty.</param>
/// <param name="CarriesZones">Whether zones are carried over.</param>
/// <param name="IsRehearsal">Whether it ends while applications stay on the source.</param>
/// <param name="Indexes">Which indexes the destination gets.</param>
/// <param name="SpoolMegabytes">Megabytes of disk that waiting changes may take; 0 for the engine's own bound.</param>
/// <param name="ChangeStreams">Change streams that share the source's changes; 0 to leave it to the engine.</param>
/// <param name="TurnsRound">Whether it turns another migration round: the destination holds what it held then.</param>
internal sealed record EngineRequest(
    bool BlocksSource,
    bool AcceptsVersion,
    ShardingOptions? Sharding,
    NamespaceScope Scope,
    ReadLimits? Limits,
    bool IsReversible,
    bool CarriesZones,
    bool IsRehearsal,
    IndexSelection Indexes,
    int SpoolMegabytes,
    int ChangeStreams,
    bool TurnsRound = false
)
{
    /// <summary>What was asked for of <see cref="Limits"/>, before the host's own bounds.</summary>
    internal ReadLimits? AskedLimits { get; init; }

    private const long Megabyte = 1_000_000;

    /// <param name="blocksSource">Whether the source is write-blocked at cutover.</param>
    /// <param name="acceptsVersion">Whether versions below the floor are accepted.</param>
    /// <param name="sharding">Which collections are sharded on the destination, as JSON.</param>
    /// <param name="asked">The order's options.</param>
    /// <param name="open">Opens rules that are sealed to this host.</param>
    /// <exception cref="AgentException">It cannot be understood, although the Hub could: this host is of another version.</exception>
    internal static EngineRequest Read(
        bool blocksSource,
        bool acceptsVersion,
        string? sharding,
        EngineOptions? asked,
        Func<string, string> open
    )
    {
        var options = asked ?? EngineOptions.None;
        try
        {
            return new(
                blocksSource && !options.IsRehearsal,
                acceptsVersion,
                sharding is null ? null : ShardingOptions.Parse(sharding),
                NamespaceScope.Parse(
                    options.Include,
                    options.Exclude,
                    options.Remap,
                    options.SealedRules is { } rules ? open(rules) : ""
                ),
                options.Limits is { } limits
                    ? new(
                        limits.MegabytesPerSecond * Megabyte,
                        limits.DocumentsPerSecond,
                        TimeSpan.FromMilliseconds(limits.LatencyMilliseconds)
                    )
                    : null,
                options.IsReversible,
                options.CarriesZones,
                options.IsRehearsal,
                options.Indexes switch
                {
                    EngineOptions.NoIndexes => IndexSelection.Required,
                    EngineOptions.NoHashedIndexes => IndexSelection.WithoutHashed,
                    _ => IndexSelection.All,
                },
                options.SpoolMegabytes,
                options.ChangeStreams
            );
        }
        catch (Exception refused) when (refused is ScopeException or ShardingFormatException)
        {
            throw new AgentException(
                "OPTIONS_NOT_UNDERSTOOD",
                $"This host does not understand the request: {refused.Message}",
                "Bring agent and Hub to the same version."
            );
        }
    }

    /// <summary>For the checks.</summary>
    internal PreflightOptions ToPreflight() =>
        new()
        {
            IgnoreExisting = !IsReversible,
            BlockSourceWrites = BlocksSource,
            AcceptVersion = AcceptsVersion,
            Sharding = Sharding,
            Scope = Scope,
            IsReversible = IsReversible && !TurnsRound,
            IsReverse = TurnsRound,
        };

    /// <summary>For the run.</summary>
    internal MigrationSettings ToSettings(string source, string destination, string spoolDirectory)
    {
        var settings = new MigrationSettings
        {
            SourceAddress = SecretText.OfAddress(source),
            DestinationAddress = SecretText.OfAddress(destination),
            BlockSourceWrites = BlocksSource,
            IgnoreExisting = !IsReversible,
            SpoolDirectory = spoolDirectory,
            Sharding = Sharding,
            Scope = Scope,
            Limits = Limits,
            IsReversible = IsReversible && !TurnsRound,
            CarryZones = CarriesZones,
            IsRehearsal = IsRehearsal,
            Indexes = Indexes,
        };
        return settings with
        {
            SpoolBytesMax = SpoolMegabytes > 0 ? SpoolMegabytes * Megabyte : settings.SpoolBytesMax,
            ChangeStreams = ChangeStreams > 0 ? ChangeStreams : settings.ChangeStreams,
        };
    }
}
