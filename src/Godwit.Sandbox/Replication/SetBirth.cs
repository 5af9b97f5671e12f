using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Replication;

/// <summary>
/// The entry that every oplog of a set begins with, written when the set is initiated and before anyone is elected: it has no term.
/// All first members begin with the same one, so that no two of them can begin different histories.
/// </summary>
internal static class SetBirth
{
    /// <summary>The entry of a set that begins now.</summary>
    internal static RawDocument Entry(TimeProvider time)
    {
        var now = time.GetUtcNow();
        var message = new DocumentBuilder { { "msg", "initiating set" } }.Build();
        var first = new OpTime(new((uint)now.ToUnixTimeSeconds(), 1), OpTime.None.Term);
        return new OplogDraft("n", "", message).Build(first, now);
    }
}
