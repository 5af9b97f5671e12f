using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>What a member remembers of an election, for <c>replSetGetStatus</c>.</summary>
/// <param name="Term">The term elected for.</param>
/// <param name="Candidate">Who stood.</param>
/// <param name="At">When the member stood, or voted.</param>
/// <param name="LastApplied">How far its own data were.</param>
/// <param name="Committed">What the majority had then, as far as it knew.</param>
/// <param name="Reason">Why it stood.</param>
internal sealed record ElectionRecord(
    long Term,
    int Candidate,
    DateTimeOffset At,
    OpTime LastApplied,
    OpTime Committed,
    string Reason
);
