using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Diagnostics;

/// <summary><c>getClusterParameter</c> and <c>setClusterParameter</c>: settings of the whole set, kept in <c>config.clusterParameters</c>.</summary>
internal static class ClusterParameters
{
    private static readonly Namespace Collection = new("config", "clusterParameters");

    private static readonly SortedDictionary<string, RawDocument> Initial = new(StringComparer.Ordinal)
    {
        ["addOrRemoveShardInProgress"] = Value("inProgress", false),
        ["changeStreamOptions"] = Value("preAndPostImages", new DocumentBuilder { { "expireAfterSeconds", "off" } }),
        ["changeStreams"] = Value("expireAfterSeconds", 3600L),
        ["configServerReadPreferenceForCatalogQueries"] = Value("mustAlwaysUseNearest", false),
        ["defaultMaxTimeMS"] = Value("readOperations", 0L),
        ["fleCompactionOptions"] = new DocumentBuilder
        {
            { "maxCompactionSize", 268_435_456 },
            { "maxAnchorCompactionSize", 268_435_456 },
            { "maxESCEntriesPerCompactionDelete", 350_000 },
        }.Build(),
        ["internalQueryCutoffForSampleFromRandomCursor"] = Value("sampleCutoff", 0.05),
        ["pauseMigrationsDuringMultiUpdates"] = Value("enabled", false),
        ["shardedClusterCardinalityForDirectConns"] = Value("hasTwoOrMoreShards", false),
    };

    /// <summary>The parameters asked for: one, several or <c>"*"</c>.</summary>
    internal static DocumentBuilder Get(CommandContext context)
    {
        var asked = context.Body["getClusterParameter"];
        IEnumerable<string> names = asked.Type switch
        {
            BsonType.String when asked.AsString == "*" => Initial.Keys,
            BsonType.String => [asked.AsString],
            BsonType.Array => asked
                .AsDocument.Values()
                .Select(name => name.Type == BsonType.String ? name.AsString : ""),
            _ => throw CommandErrors.WrongType("getClusterParameter", "getClusterParameter", asked, "string", "array"),
        };
        return new()
        {
            { "clusterParameters", RawValue.Array(names.Select(name => RawValue.Document(Describe(context, name)))) },
        };
    }

    /// <summary>Changes one.</summary>
    internal static async ValueTask<DocumentBuilder> SetAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var given = context.Arguments.RequiredDocument("setClusterParameter");
        if (given.Count() != 1)
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "setClusterParameter only supports setting exactly one parameter"
            );
        }

        var (name, value) = (given.First().Name, given.First().Value);
        CheckKnown(name);
        if (value.Type != BsonType.Document)
        {
            throw CommandErrors.WrongType("setClusterParameter", name, value, "object");
        }

        var document = new DocumentBuilder
        {
            { "_id", name },
            { "clusterParameterTime", context.Node.LastApplied.Time },
        }.AddAll(Complete(name, value.AsDocument));
        await context.Member.Writes.PutAsync(Collection, document.Build(), cancellationToken).ConfigureAwait(false);
        return [];
    }

    private static RawDocument Describe(CommandContext context, string name)
    {
        CheckKnown(name);
        return context.Node.Find(Collection, name)
            ?? new DocumentBuilder { { "_id", name }, { "clusterParameterTime", ClusterTime.Zero } }
                .AddAll(Initial[name])
                .Build();
    }

    // What is not given keeps its initial value; whole numbers are kept as the parameter has them.
    private static RawDocument Complete(string name, RawDocument given)
    {
        var complete = new DocumentBuilder();
        foreach (var element in Initial[name])
        {
            complete.Add(element.Name, given.Has(element.Name) ? Widen(given[element.Name]) : element.Value);
        }

        foreach (var element in given)
        {
            if (!Initial[name].Has(element.Name))
            {
                throw CommandErrors.UnknownField(name, element.Name);
            }
        }

        return complete.Build();
    }

    private static RawValue Widen(RawValue value)
    {
        if (value.Type == BsonType.Int32)
        {
            return (long)value.AsInt32;
        }

        if (value.Type != BsonType.Document)
        {
            return value;
        }

        var widened = new DocumentBuilder();
        foreach (var element in value.AsDocument)
        {
            widened.Add(element.Name, Widen(element.Value));
        }

        return widened;
    }

    private static void CheckKnown(string name)
    {
        if (!Initial.ContainsKey(name))
        {
            throw new CommandException(ErrorCode.NoSuchKey, $"Unknown server parameter: {name}");
        }
    }

    private static RawDocument Value(string field, RawValue value) => new DocumentBuilder { { field, value } }.Build();
}
