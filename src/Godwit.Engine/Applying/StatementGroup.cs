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

    /// <summary>A document too large, or named too oddly, for a replacement: deleted and inserted in one transaction (S15).</summary>
    internal bool IsDeleteAndInsert => Kind == WriteKind.Insert && !IsStrict;

    internal List<LaneItem> Items { get; } = [];

    internal StatementWriter Statements { get; } = new();

    internal void Begin(FollowedCollection collection, WriteKind kind, bool isStrict)
    {
        (Collection, Kind, IsStrict) = (collection, kind, isStrict);
        Items.Clear();
        Statements.Clear();
    }

    internal IReadOnlyList<WriteCommand> ToDeleteAndInsert() =>
        [
            new(Collection.Destination, WriteKind.Delete, StatementWriter.DeleteOf(Items[0].Id), Ordered: true),
            ToCommand(),
        ];

    internal WriteCommand ToCommand() => new(Collection.Destination, Kind, Statements.ToBatch(), Ordered: true);
}
