using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Accumulators;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$group</c>: documents with equal keys become one, in the order in which the keys were first met.</summary>
internal sealed class GroupStage(
    Func<RawDocument, RawValue> key,
    IReadOnlyList<AccumulatorStatement> statements,
    StageContext context
) : Stage
{
    internal static Stage Parse(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(15947, "a group's fields must be specified in an object");
        }

        Func<RawDocument, RawValue>? key = null;
        var statements = new List<AccumulatorStatement>();
        foreach (var element in value.AsDocument)
        {
            if (!element.NameIs("_id"u8))
            {
                statements.Add(AccumulatorStatement.Parse(element, context));
            }
            else if (key is not null)
            {
                throw new CommandException(15948, "a group's _id may only be specified once");
            }
            else
            {
                key = context.Expression(element.Value);
            }
        }

        return key is null
            ? throw new CommandException(15955, "a group specification must include an _id")
            : new GroupStage(key, statements, context);
    }

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        var groups = new Dictionary<RawValue, Accumulator[]>(context.Comparer);
        foreach (var document in input)
        {
            var id = key(document);
            id = id.IsMissing ? RawValue.Null : id;
            if (!groups.TryGetValue(id, out var group))
            {
                id = Copied(id);
                groups[id] = group = Start(id);
            }

            for (var i = 0; i < group.Length; i++)
            {
                statements[i].Feed(group[i], document);
            }
        }

        foreach (var (id, accumulators) in groups)
        {
            yield return Result(id, accumulators);
        }
    }

    /// <summary>A value of its own, so that a group does not keep the whole document its key came from.</summary>
    private static RawValue Copied(RawValue value) => new(value.Type, value.Bytes.ToArray());

    private Accumulator[] Start(RawValue id)
    {
        var document = id.Type == BsonType.Document ? id.AsDocument : RawDocument.Empty;
        return [.. statements.Select(statement => statement.Start(document))];
    }

    private RawDocument Result(RawValue id, Accumulator[] accumulators)
    {
        var builder = new DocumentBuilder().Add("_id", id);
        for (var i = 0; i < accumulators.Length; i++)
        {
            var value = accumulators[i].Value;
            builder.Add(statements[i].Name, value.IsMissing ? RawValue.Null : value);
        }

        return builder.Build();
    }
}
