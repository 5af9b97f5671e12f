using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>
/// Statements of one kind for one collection that go out as one command. A strict group expects every statement to meet exactly one
/// document; one that does not makes all its keys dirty. Used again for other statements once it is done.
/// </summary>
internal sealed class StatementGroup
{
    internal FollowedCollection Collection { get; private set; } = null!;

    internal WriteKind Kind { get; private set; }

    internal bool IsStrict { get; private set; }

    /// <summary>
    /// Documents that a replacement cannot write: too large, named too oddly (S15), or perhaps on another shard than they belong to now
    /// (S13). They are deleted and inserted.
    /// </summary>
    internal bool IsDeleteAndInsert => Kind == WriteKind.Insert && !IsStrict;

    /// <summary>
    /// Whether that is done by two commands instead of a transaction, which over shards would cost two phases and takes no capped
    /// collection: nobody reads the
    /// destination meanwhile, and whatever happens between the two, the keys hold the floor until both are done (S16).
    /// </summary>
    internal bool IsInTwoSteps => IsDeleteAndInsert && (!Collection.KeyPaths.IsEmpty || Collection.IsCapped);

    /// <summary>
    /// Whether it may be sent again under its number when its answer is lost. The server remembers of a number what changed something,
    /// and carries out anew what did not: an <c>$unset</c> that met no field would remove the one that the next statement has created.
    /// </summary>
    internal bool IsRepeatable => Statements.Count <= Items.Count;

    internal List<LaneItem> Items { get; } = [];

    internal StatementWriter Statements { get; } = new();

    internal void Begin(FollowedCollection collection, WriteKind kind, bool isStrict)
    {
        (Collection, Kind, IsStrict) = (collection, kind, isStrict);
        Items.Clear();
        Statements.Clear();
    }

    /// <summary>The deletes that come first.</summary>
    internal WriteCommand ToDeletes()
    {
        var deletes = new StatementWriter();
        Items.ForEach(item => deletes.AddDelete(item.Id));
        return new(Collection.Destination, WriteKind.Delete, deletes.ToBatch(), Ordered: false);
    }

    internal IReadOnlyList<WriteCommand> ToDeleteAndInsert() =>
        [
            new(Collection.Destination, WriteKind.Delete, StatementWriter.DeleteOf(Items[0].Id), Ordered: true),
            ToCommand(),
        ];

    internal WriteCommand ToCommand() => new(Collection.Destination, Kind, Statements.ToBatch(), Ordered: true);
}
