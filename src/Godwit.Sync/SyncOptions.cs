using Microsoft.Extensions.Logging;

namespace Godwit.Sync;

/// <summary>What <c>godwit sync</c> was started with; the names are those of mongosync's flags where it has them.</summary>
internal sealed record SyncOptions
{
    /// <summary>mongosync's own port.</summary>
    internal const int DefaultPort = 27182;

    /// <summary>Connection string of <c>cluster0</c>.</summary>
    internal required string Cluster0 { get; init; }

    /// <summary>Connection string of <c>cluster1</c>.</summary>
    internal required string Cluster1 { get; init; }

    /// <summary>Name of the migration, where the destination takes several at once; empty where it takes one (S32).</summary>
    internal string Name { get; init; } = "";

    /// <summary>Port on the loopback interface; 0 for any that is free.</summary>
    internal int Port { get; init; } = DefaultPort;

    /// <summary>From 1, careful, to 4, as fast as the clusters bear.</summary>
    internal int LoadLevel { get; init; } = 3;

    /// <summary>Folder of the log; <see langword="null"/> for standard output.</summary>
    internal string? LogPath { get; init; }

    /// <summary>What is logged.</summary>
    internal LogLevel Verbosity { get; init; } = LogLevel.Debug;

    /// <summary>Where events go that memory has no room for; <see langword="null"/> for nowhere.</summary>
    internal string? SpoolDirectory { get; init; }

    /// <summary>Accept server versions below the supported patch releases.</summary>
    internal bool AcceptVersion { get; init; }

    /// <summary>The source may have another history than before (S20).</summary>
    internal bool AcceptHistoryChange { get; init; }

    /// <summary>Options that were accepted and have no effect here, in words.</summary>
    internal IReadOnlyList<string> Remarks { get; init; } = [];

    /// <summary>Connection string of a cluster by its label.</summary>
    internal string AddressOf(ClusterLabel label) => label == ClusterLabel.cluster0 ? Cluster0 : Cluster1;
}

/// <summary>The two clusters, as requests name them.</summary>
internal enum ClusterLabel
{
    /// <summary>The one given first.</summary>
    cluster0,

    /// <summary>The one given second.</summary>
    cluster1,
}
