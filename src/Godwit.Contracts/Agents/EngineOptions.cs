namespace Godwit.Contracts.Agents;

/// <summary>
/// What of a source goes to the destination, and how (P13); as JSON lists in the engine's notation, empty for none. Rules for documents may
/// hold keys: the Hub keeps them encrypted, and an order holds them sealed to its host.
/// </summary>
/// <param name="Include">Which collections go.</param>
/// <param name="Exclude">Which of them do not.</param>
/// <param name="Remap">Other names for databases.</param>
/// <param name="SealedRules">Rules for documents; <see langword="null"/> for none.</param>
/// <param name="RulesDigest">Tells these rules from others.</param>
/// <param name="Limits">What may be asked of the source; <see langword="null"/> for the engine's own bounds.</param>
/// <param name="IsReversible">Whether it is to be possible to turn round after the cutover.</param>
/// <param name="CarriesZones">Whether zones are carried over.</param>
/// <param name="IsRehearsal">Whether it ends at a moment while applications stay on the source (D09).</param>
/// <param name="Indexes">Which indexes the destination gets: all, or <see cref="NoIndexes"/>, or <see cref="NoHashedIndexes"/>.</param>
/// <param name="SpoolMegabytes">Megabytes of the host's disk that waiting changes may take; 0 for the engine's own bound.</param>
/// <param name="ChangeStreams">Change streams that share the source's changes; 0 to leave it to the engine.</param>
internal sealed record EngineOptions(
    string Include = "",
    string Exclude = "",
    string Remap = "",
    string? SealedRules = null,
    string RulesDigest = "",
    SourceLimits? Limits = null,
    bool IsReversible = false,
    bool CarriesZones = false,
    bool IsRehearsal = false,
    string Indexes = "",
    int SpoolMegabytes = 0,
    int ChangeStreams = 0
)
{
    /// <summary>Only those that the server makes itself, and that shard keys stand on.</summary>
    internal const string NoIndexes = "never";

    /// <summary>All but hashed ones.</summary>
    internal const string NoHashedIndexes = "excludeHashed";

    /// <summary>Most change streams that may be asked for: one cursor more is one more that the source serves all the time.</summary>
    internal const int ChangeStreamsMax = 16;

    /// <summary>All as it is.</summary>
    internal static readonly EngineOptions None = new();

    /// <summary>What the rules of an order are sealed for.</summary>
    internal static string RulesPurpose(string hostId, string id) => $"document rules {hostId} {id}";
}

/// <summary>What may be asked of a source; 0 stands for no limit.</summary>
/// <param name="MegabytesPerSecond">Megabytes of documents read a second.</param>
/// <param name="DocumentsPerSecond">Documents read a second.</param>
/// <param name="LatencyMilliseconds">How long it may take for one document before less is read.</param>
internal sealed record SourceLimits(int MegabytesPerSecond, int DocumentsPerSecond, int LatencyMilliseconds);
