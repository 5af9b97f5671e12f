using Godwit.Bson;
using Godwit.Wire;

namespace Godwit.Bench.NullServers;

/// <summary>A command as it came in. Of a document sequence only the extent is known: its bytes are gone.</summary>
/// <param name="Header">The frame's header.</param>
/// <param name="Body">The command; a copy that stays valid.</param>
/// <param name="Statements">Documents in the sequence, counted as they flew by.</param>
/// <param name="RelayedBytes">Bytes of a sequence that a relay passed on unread.</param>
internal readonly record struct NullRequest(MessageHeader Header, RawDocument Body, int Statements, long RelayedBytes)
{
    /// <summary>Name of a sequence whose bytes are not documents.</summary>
    public const string Relayed = "relayed";

    public string Name => Body.First().Name;

    public string Database => Body["$db"].AsString;

    public string Collection => Body.First().Value is { Type: BsonType.String } name ? name.AsString : "";
}
