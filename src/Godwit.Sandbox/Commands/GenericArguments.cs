using Godwit.Bson;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Commands;

/// <summary>The arguments that any command may carry, read and checked by the dispatcher.</summary>
internal sealed record GenericArguments
{
    /// <summary>Session, transaction number and statement ids.</summary>
    internal SessionOptions Session { get; init; } = SessionOptions.None;

    /// <summary>What a read may see.</summary>
    internal ReadConcern ReadConcern { get; init; } = ReadConcern.Default;

    /// <summary>How far a write must have come; <see langword="null"/> where none was given.</summary>
    internal WriteConcern? WriteConcern { get; init; }

    /// <summary>How long the command may run; zero for no limit. For getMore of an awaitData cursor: how long it waits.</summary>
    internal TimeSpan MaxTime { get; init; }

    /// <summary>Whether the read preference allows a secondary.</summary>
    internal bool AllowsSecondary { get; init; }

    /// <summary>The cluster time the client has seen.</summary>
    internal ClusterTime? ClusterTime { get; init; }

    /// <summary>Whether the client asked for Stable API version 1 only.</summary>
    internal bool IsApiStrict { get; init; }

    /// <summary>The Stable API version asked for.</summary>
    internal string? ApiVersion { get; init; }

    /// <summary>Whether deprecated commands are to fail.</summary>
    internal bool HasApiDeprecationErrors { get; init; }

    /// <summary>The comment, for currentOp and cursors.</summary>
    internal RawValue Comment { get; init; }
}
