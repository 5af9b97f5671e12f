namespace Godwit.Sync;

/// <summary>
/// A request that is not done: a documented name, a text that says what to do, and the HTTP status. Documented in docs/errors.md.
/// </summary>
internal sealed class SyncRefusal(string name, int status, string description) : Exception(description)
{
    internal string Name { get; } = name;

    internal int Status { get; } = status;

    internal static SyncRefusal BadBody(string description) => new("InvalidRequestBody", 400, description);

    internal static SyncRefusal UnknownField(string field) =>
        new("UnknownField", 400, $"The field '{field}' is not known. Fields that begin with 'x-' are ignored.");

    internal static SyncRefusal NotSupported(string description) => new("NotSupported", 422, description);

    internal static SyncRefusal BadState(SyncState state, string request, string legal) =>
        state == SyncState.INITIALIZING
            ? new("Initializing", 503, "The clusters are still being asked where the migration stands. Try again.")
            : new("InvalidStateTransition", 409, $"'{request}' cannot be done in state {state}: {legal}.");
}

/// <summary>States as mongosync names them; they are what clients read.</summary>
internal enum SyncState
{
    /// <summary>Both clusters are being asked where the migration stands.</summary>
    INITIALIZING,

    /// <summary>Nothing was started.</summary>
    IDLE,

    /// <summary>Copying or following.</summary>
    RUNNING,

    /// <summary>Stopped at a checkpoint on request.</summary>
    PAUSED,

    /// <summary>Cutting over.</summary>
    COMMITTING,

    /// <summary>Cut over.</summary>
    COMMITTED,

    /// <summary>Turning round.</summary>
    REVERSING,
}
