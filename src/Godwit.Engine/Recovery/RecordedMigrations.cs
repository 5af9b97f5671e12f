using Godwit.Bson;
using Godwit.Engine.Cutover;
using Godwit.Engine.Preflight;

namespace Godwit.Engine.Recovery;

/// <summary>Reads, for preflight, which migration a destination's reserved database tells of.</summary>
internal static class RecordedMigrations
{
    /// <summary>The migration behind a document of <see cref="ReservedStore.Migration"/>; nothing for documents of another kind.</summary>
    internal static RecordedMigration? Read(RawDocument document)
    {
        if (document["_id"] is not { Type: BsonType.String } id || id.AsString != ReservedStore.StateId)
        {
            return null;
        }

        var journal = CommitJournal.Parse(document["commit"]);
        return new(
            document["id"].AsString,
            document["sourceIdentity"].AsString,
            journal.State.ToString(),
            IsFinished: journal.State == CommitState.Committed,
            journal.IsRehearsal
        );
    }
}
