using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Accumulators;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>One computed field of a group.</summary>
/// <param name="Name">The field.</param>
/// <param name="Start">Makes what gathers its value, from the document the group's key is.</param>
/// <param name="Feed">Takes a document in.</param>
internal sealed record AccumulatorStatement(
    string Name,
    Func<RawDocument, Accumulator> Start,
    Action<Accumulator, RawDocument> Feed
)
{
    /// <summary>Counts documents.</summary>
    internal static AccumulatorStatement Counting(string name)
    {
        RawValue one = 1;
        return new(name, _ => new SumAccumulator(), (accumulator, _) => accumulator.Add(one));
    }

    /// <summary>Reads <c>field: {$operator: …}</c>.</summary>
    internal static AccumulatorStatement Parse(RawElement element, StageContext context)
    {
        var name = element.Name;
        if (name.Contains('.', StringComparison.Ordinal))
        {
            throw new CommandException(40235, $"The field name '{name}' cannot contain '.'");
        }

        if (name.StartsWith('$'))
        {
            throw new CommandException(40236, $"The field name '{name}' cannot be an operator name");
        }

        if (
            element.Type != BsonType.Document
            || element.Value.AsDocument.IsEmpty
            || !element.Value.AsDocument.First().Name.StartsWith('$')
        )
        {
            throw new CommandException(40234, $"The field '{name}' must be an accumulator object");
        }

        return element.Value.AsDocument.Count() == 1
            ? AccumulatorTable.Parse(name, element.Value.AsDocument.First(), context)
            : throw new CommandException(40238, $"The field '{name}' must specify one accumulator");
    }
}
