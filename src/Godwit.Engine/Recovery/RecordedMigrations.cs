using Godwit.Bson;
using Godwit.Engine.Cutover;
using Godwit.Engine.Lifecycle;
using Godwit.Engine.Ports;
using Godwit.Engine.Preflight;

namespace Godwit.Engine.Recovery;

/// <summary>Reads which migrations a destination's reserved databases tell of.</summary>
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
        )
        {
            Scope = document[ScopeKeeper.Scope] is { Type: BsonType.String } scope ? scope.AsString : null,
            HoldsBalancer = Balancers.HasStoppedDestination(document),
        };
    }

    /// <summary>The migrations of one reserved database, with what they hold.</summary>
    internal static IEnumerable<RecordedMigration> Read(
        string database,
        IEnumerable<RawDocument> states,
        IEnumerable<RawDocument> rows
    )
    {
        List<Namespace> names = [.. rows.Select(row => ReservedStore.ReadMapping(row).Name)];
        return states
            .Select(Read)
            .OfType<RecordedMigration>()
            .Select(one => one with { Name = ReservedNames.MigrationOf(database), Holds = names });
    }
}
