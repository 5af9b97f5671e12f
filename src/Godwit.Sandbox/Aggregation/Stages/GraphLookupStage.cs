using Godwit.Bson;
using Godwit.Sandbox.Aggregation.Expressions;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary><c>$graphLookup</c>: to each document those of a collection that are reached from it, step by step.</summary>
internal sealed class GraphLookupStage : Stage
{
    private static readonly HashSet<string> Texts = new(StringComparer.Ordinal)
    {
        "from",
        "as",
        "connectFromField",
        "connectToField",
        "depthField",
    };

    private readonly StageContext inner;
    private readonly StageContext outer;
    private readonly Func<RawDocument, RawValue> start;
    private readonly string[] target;
    private readonly Expression connectFrom;
    private readonly string connectTo;
    private readonly string[]? depthField;
    private readonly long depthMax;
    private readonly RawDocument restriction;

    private GraphLookupStage(RawDocument specification, StageContext context)
    {
        foreach (var element in specification)
        {
            CheckArgument(element);
        }

        foreach (var name in (ReadOnlySpan<string>)["from", "as", "startWith", "connectFromField", "connectToField"])
        {
            if (!specification.Has(name))
            {
                throw new CommandException(
                    40105,
                    "$graphLookup requires 'from', 'as', 'startWith', 'connectFromField', and 'connectToField' to be specified."
                );
            }
        }

        outer = context;
        inner = context.Inside(PipelinePlace.Lookup, new(context.Namespace.Database, specification["from"].AsString));
        start = context.Expression(specification["startWith"]);
        target = FieldNames.SplitPath(specification["as"].AsString);
        connectFrom = FieldPathExpression.Parse("$" + specification["connectFromField"].AsString, context.Expressions);
        connectTo = specification["connectToField"].AsString;
        depthField = specification["depthField"] is { IsMissing: false } depth
            ? FieldNames.SplitPath(depth.AsString)
            : null;
        depthMax = DepthMax(specification["maxDepth"]);
        restriction = specification["restrictSearchWithMatch"] is { IsMissing: false } match
            ? match.AsDocument
            : RawDocument.Empty;
        _ = Query.Filter.Parse(restriction, context.Query);
    }

    internal static Stage Parse(RawValue value, StageContext context) =>
        value.Type == BsonType.Document
            ? new GraphLookupStage(value.AsDocument, context)
            : throw new CommandException(
                ErrorCode.FailedToParse,
                $"the $graphLookup stage specification must be an object, but found {BsonTypeNames.NameOf(value.Type)}"
            );

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        foreach (var document in input)
        {
            var reached = RawValue.Array(Search(start(document)).Select(RawValue.Document));
            yield return NestedFields.Set(document, target, reached);
        }
    }

    /// <summary>Breadth first: each document once, at the least depth.</summary>
    private IEnumerable<RawDocument> Search(RawValue from)
    {
        inner.Scope.Current = outer.Scope.Current;
        var visited = new Dictionary<RawValue, RawDocument>(inner.Comparer);
        var asked = new HashSet<RawValue>(inner.Comparer);
        var frontier = Values(from.IsMissing ? RawValue.Null : from).Where(asked.Add).ToList();
        for (long depth = 0; depth <= depthMax && frontier.Count > 0; depth++)
        {
            var next = new List<RawValue>();
            foreach (var document in ForeignDocuments.Read(inner, inner.Namespace, Joining(frontier)))
            {
                var id = document["_id"];
                if (id.IsMissing)
                {
                    throw new CommandException(
                        40271,
                        $"Documents in the '{inner.Namespace}' namespace must contain an _id for de-duplication in $graphLookup"
                    );
                }

                if (visited.TryAdd(id, depthField is null ? document : NestedFields.Set(document, depthField, depth)))
                {
                    next.AddRange(Values(connectFrom.Evaluate(document, Variables.Empty)).Where(asked.Add));
                }
            }

            frontier = next;
        }

        return visited.Values;
    }

    private static IEnumerable<RawValue> Values(RawValue value) =>
        value.IsMissing ? []
        : value.Type == BsonType.Array ? value.AsDocument.Values()
        : [value];

    private RawDocument Joining(IEnumerable<RawValue> frontier)
    {
        var values = RawValue.Array(frontier);
        var connection = new DocumentBuilder
        {
            {
                connectTo,
                new DocumentBuilder { { "$in", values } }
            },
        }.Build();
        return restriction.IsEmpty
            ? connection
            : new DocumentBuilder { { "$and", RawValue.Array([connection, restriction]) } }.Build();
    }

    private static long DepthMax(RawValue value)
    {
        if (value.IsMissing)
        {
            return long.MaxValue - 1;
        }

        if (!value.IsNumber)
        {
            throw new CommandException(
                40100,
                $"maxDepth must be numeric, found type: {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        if (ValueComparer.Compare(value, 0) < 0)
        {
            throw new CommandException(40101, $"maxDepth requires a nonnegative argument, found: {value}");
        }

        return value.ToInt64() is { } depth && ValueComparer.Compare(value, depth) == 0
            ? depth
            : throw new CommandException(40102, $"maxDepth could not be represented as a long long: {value}");
    }

    private static void CheckArgument(RawElement element)
    {
        switch (element.Name)
        {
            case "startWith" or "maxDepth":
                break;
            case "restrictSearchWithMatch":
                if (element.Type != BsonType.Document)
                {
                    throw new CommandException(
                        40185,
                        $"restrictSearchWithMatch must be an object, found {BsonTypeNames.NameOf(element.Type)}"
                    );
                }

                break;
            case var name when !Texts.Contains(name):
                throw new CommandException(40104, $"Unknown argument to $graphLookup: {name}");
            case var name when element.Type != BsonType.String:
                throw new CommandException(
                    40103,
                    $"expected string as argument for {name}, found: {BsonTypeNames.NameOf(element.Type)}"
                );
            default:
                break;
        }
    }
}
