using System.Security.Cryptography;
using System.Text;
using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Sharding;

namespace Godwit.Sandbox.Explaining;

/// <summary>The reply of <c>explain</c>: the plan, its figures, the command and the server.</summary>
internal sealed class Explanation(CommandContext context, Namespace ns, ExplainVerbosity verbosity)
{
    /// <summary>The <c>serverParameters</c> part.</summary>
    internal static readonly RawDocument ServerParameters = new DocumentBuilder
    {
        { "internalQueryFacetBufferSizeBytes", 104857600 },
        { "internalQueryFacetMaxOutputDocSizeBytes", 104857600 },
        { "internalLookupStageIntermediateDocumentMaxSizeBytes", 104857600 },
        { "internalDocumentSourceGroupMaxMemoryBytes", 104857600 },
        { "internalQueryMaxBlockingSortMemoryUsageBytes", 104857600 },
        { "internalQueryProhibitBlockingMergeOnMongoS", 0 },
        { "internalQueryMaxAddToSetBytes", 104857600 },
        { "internalDocumentSourceSetWindowFieldsMaxMemoryBytes", 104857600 },
        { "internalQueryFrameworkControl", "trySbeRestricted" },
        { "internalQueryPlannerIgnoreIndexWithCollationForRegex", 1 },
    }.Build();

    /// <summary>Whether the plan has to be run.</summary>
    internal bool Runs => verbosity != ExplainVerbosity.QueryPlanner;

    /// <summary>
    /// The shard key that a shard's plan filters by: of a router's request on a sharded collection, whose filter does not fix it.
    /// </summary>
    internal ShardKeyPattern? OwnedBy(CollectionInfo? collection, Filter filter) =>
        collection is not null
        && context.Request.Routing?.Find(collection) is { } sharded
        && new KeyTargeting(sharded).KeyOf(filter, null) is null
            ? sharded.Key
            : null;

    /// <summary>The <c>queryPlanner</c> part.</summary>
    internal RawDocument Planner(RawDocument filter, PlanNode winner, bool isPipeline)
    {
        var parsed = ParsedQuery.Of(filter);
        var builder = new DocumentBuilder
        {
            { "namespace", ns.ToString() },
            { "parsedQuery", parsed },
            { "indexFilterSet", false },
        };
        if (winner.Stage != "EOF")
        {
            var shape = ParsedQuery.Shape(parsed) + ParsedQuery.Shape(context.Body["sort"]);
            builder
                .Add("queryHash", Hash(shape, 4))
                .Add("planCacheShapeHash", KnowsShapes ? Hash(shape, 4) : RawValue.Missing)
                .Add("planCacheKey", Hash(shape + ns, 4));
        }

        builder.Add("optimizationTimeMillis", 0);
        if (isPipeline)
        {
            builder.Add("optimizedPipeline", true);
        }

        return builder
            .Add("maxIndexedOrSolutionsReached", false)
            .Add("maxIndexedAndSolutionsReached", false)
            .Add("maxScansToExplodeReached", false)
            .Add("prunedSimilarIndexes", false)
            .Add("winningPlan", winner.ToPlan())
            .Add("rejectedPlans", new ArrayBuilder().Build())
            .Build();
    }

    /// <summary>The <c>executionStats</c> part; missing where nothing was run.</summary>
    internal RawValue Execution(PlanNode winner, long keys, long documents)
    {
        if (!Runs)
        {
            return default;
        }

        var builder = new DocumentBuilder
        {
            { "executionSuccess", true },
            { "nReturned", (int)winner.Returned },
            { "executionTimeMillis", 0 },
            { "totalKeysExamined", (int)keys },
            { "totalDocsExamined", (int)documents },
            { "executionStages", winner.ToExecution() },
        };
        if (verbosity == ExplainVerbosity.AllPlansExecution)
        {
            builder.Add("allPlansExecution", new ArrayBuilder().Build());
        }

        return builder;
    }

    private bool KnowsShapes => context.Member.Profile.Version.Knows(Novelties.QueryShapes);

    /// <summary>The whole reply around its first part.</summary>
    internal RawDocument Reply(DocumentBuilder parts, bool hasShape)
    {
        if (hasShape && KnowsShapes)
        {
            parts.Add("queryShapeHash", Hash(ParsedQuery.Shape(context.Body), 32));
        }

        return AppendServer(parts, context).Build();
    }

    /// <summary>Appends the command and the server that explains it.</summary>
    internal static DocumentBuilder AppendServer(DocumentBuilder parts, CommandContext context)
    {
        AppendCommand(parts, context);
        return parts.Add("serverInfo", Server(context.Member)).Add("serverParameters", ServerParameters);
    }

    /// <summary>Appends the command.</summary>
    internal static DocumentBuilder AppendCommand(DocumentBuilder parts, CommandContext context)
    {
        var command = new DocumentBuilder();
        foreach (var element in context.Body)
        {
            if (!element.NameIs("$db") && !element.NameIs("lsid") && !element.NameIs("$clusterTime"))
            {
                command.Add(element);
            }
        }

        return parts.Add(
            "command",
            context.Traits.Name == "findAndModify" ? command : command.Add("$db", context.Database)
        );
    }

    /// <summary>The <c>serverInfo</c> part.</summary>
    internal static DocumentBuilder Server(Member member)
    {
        var colon = member.Host.LastIndexOf(':');
        return new()
        {
            { "host", member.Host[..colon] },
            { "port", int.Parse(member.Host[(colon + 1)..], System.Globalization.CultureInfo.InvariantCulture) },
            { "version", member.Profile.Version.ToString() },
            { "gitVersion", "nogitversion" },
        };
    }

    private static string Hash(string shape, int bytes) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(shape)).AsSpan(0, bytes));
}
