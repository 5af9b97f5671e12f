using Godwit.Bson;

namespace Godwit.Sandbox.Commands;

/// <summary>What became of a request: a reply, or a connection to be closed without one.</summary>
/// <param name="Reply">The reply to send.</param>
/// <param name="ClosesConnection">Whether the connection is closed (without a reply, if there is none).</param>
internal readonly record struct CommandOutcome(RawDocument? Reply, bool ClosesConnection);
