using Godwit.Bson;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Applying;

/// <summary>
/// Statements of one kind for one collection that go out as one command. A strict group expects every statement to meet exactly one
/// document; one that does not makes all its keys dirty.
/// </summary>
internal sealed class StatementGroup(FollowedCollection collection, WriteKind kind, bool isStrict)
{
    private readonly List<RawDocument> statements = [];

    internal FollowedCollection Collection { get; } = collection;

    internal WriteKind Kind { get; } = kind;

    internal bool IsStrict { get; } = isStrict;

    /// <summary>A document too large, or named too oddly, for a replacement: deleted and inserted in one transaction (S15).</summary>
    internal bool IsDeleteAndInsert => Kind == WriteKind.Insert && !IsStrict;

    internal List<LaneItem> Items { get; } = [];

    internal int StatementCount => statements.Count;

    internal long Bytes { get; private set; }

    internal void Add(LaneItem item, RawDocument statement)
    {
        Items.Add(item);
        AddStatement(statement);
    }

    internal void AddStatement(RawDocument statement)
    {
        statements.Add(statement);
        Bytes += statement.Length;
    }

    internal IReadOnlyList<WriteCommand> ToDeleteAndInsert() =>
        [
            new(
                Collection.Destination,
                WriteKind.Delete,
                DocumentBatch.Of([StatementBuilder.DeleteOf(Items[0].Id)]),
                Ordered: true
            ),
            ToCommand(),
        ];

    internal WriteCommand ToCommand() => new(Collection.Destination, Kind, DocumentBatch.Of(statements), Ordered: true);
}
