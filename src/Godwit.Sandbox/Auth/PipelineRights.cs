using Godwit.Bson;

namespace Godwit.Sandbox.Auth;

/// <summary>What an aggregation needs: to read where it begins, and what each of its stages reads and writes elsewhere.</summary>
internal static class PipelineRights
{
    private static readonly string[] WithoutSource = ["$documents", "$currentOp", "$listLocalSessions", "$queue"];

    /// <summary>The needs of an aggregate command.</summary>
    internal static IEnumerable<Need> Aggregate(RightsQuery query)
    {
        var needs = new List<Need>();
        AddPipeline(needs, query.Target, query.Body["pipeline"], query.Body["bypassDocumentValidation"].IsTruthy());
        return needs;
    }

    /// <summary>The needs of reading a collection through a pipeline.</summary>
    internal static void AddPipeline(List<Need> needs, Resource source, RawValue pipeline, bool bypassesValidation)
    {
        var stages =
            pipeline.Type == BsonType.Array
                ? pipeline
                    .AsDocument.Values()
                    .Where(stage => stage.Type == BsonType.Document && !stage.AsDocument.IsEmpty)
                    .Select(stage => stage.AsDocument.First())
                    .ToList()
                : [];
        needs.AddRange(Source(source, stages.Count > 0 ? stages[0] : null));
        stages.ForEach(stage => AddStage(needs, source, stage, bypassesValidation));
    }

    private static IEnumerable<Need> Source(Resource source, RawElement? first)
    {
        var name = first?.Name ?? "";
        var options = first is { Value.Type: BsonType.Document } stage ? stage.Value.AsDocument : RawDocument.Empty;
        return name switch
        {
            "$changeStream" => [Need.Of(StreamTarget(source, options), "changeStream", "find")],
            "$collStats" => [Need.Of(source, "collStats")],
            "$indexStats" => [Need.Of(source, "indexStats")],
            "$planCacheStats" => [Need.Of(source, "planCacheRead")],
            "$currentOp" when options["allUsers"].IsTruthy() => [Need.Of(Resource.Cluster, "inprog")],
            "$listSessions" or "$listLocalSessions" when options["allUsers"].IsTruthy() || options.Has("users") =>
            [
                Need.Of(Resource.Cluster, "listSessions"),
            ],
            "$listSessions" => [],
            _ when WithoutSource.Contains(name, StringComparer.Ordinal) => [],
            _ => [Need.Of(source, "find")],
        };
    }

    private static Resource StreamTarget(Resource source, RawDocument options) =>
        options["allChangesForCluster"].IsTruthy() ? Resource.AnyNormal : source;

    private static void AddStage(List<Need> needs, Resource source, RawElement stage, bool bypassesValidation)
    {
        switch (stage.Name)
        {
            case "$lookup" or "$graphLookup" when stage.Type == BsonType.Document:
                AddForeign(needs, source, stage.Value.AsDocument, "from", bypassesValidation);
                break;
            case "$unionWith" when stage.Type == BsonType.String:
                needs.Add(Need.Of(Foreign(source, stage.Value), "find"));
                break;
            case "$unionWith" when stage.Type == BsonType.Document:
                AddForeign(needs, source, stage.Value.AsDocument, "coll", bypassesValidation);
                break;
            case "$facet" when stage.Type == BsonType.Document:
                foreach (var facet in stage.Value.AsDocument)
                {
                    AddPipeline(needs, source, facet.Value, bypassesValidation);
                }

                break;
            case "$out":
                needs.Add(Writing(Foreign(source, stage.Value), bypassesValidation, "insert", "remove"));
                break;
            case "$merge":
                needs.Add(Merge(source, stage.Value, bypassesValidation));
                break;
            default:
                break;
        }
    }

    private static void AddForeign(
        List<Need> needs,
        Resource source,
        RawDocument options,
        string field,
        bool bypassesValidation
    )
    {
        if (options.Has(field))
        {
            AddPipeline(needs, Foreign(source, options[field]), options["pipeline"], bypassesValidation);
        }
    }

    private static Need Merge(Resource source, RawValue options, bool bypassesValidation)
    {
        var isDocument = options.Type == BsonType.Document;
        var into = isDocument && options.AsDocument.Has("into") ? options.AsDocument["into"] : options;
        var actions = new List<string>();
        if (!isDocument || options.AsDocument["whenNotMatched"] != "discard")
        {
            actions.Add("insert");
        }

        if (!isDocument || options.AsDocument["whenMatched"] != "fail")
        {
            actions.Add("update");
        }

        return Writing(Foreign(source, into), bypassesValidation, [.. actions]);
    }

    private static Need Writing(Resource target, bool bypassesValidation, params string[] actions) =>
        Need.Of(target, bypassesValidation ? [.. actions, "bypassDocumentValidation"] : actions);

    // A name in the same database, or {db, coll}.
    private static Resource Foreign(Resource source, RawValue name)
    {
        if (name.Type == BsonType.String)
        {
            return Resource.Exact(source.Database, name.AsString);
        }

        return
            name.Type == BsonType.Document
            && name.AsDocument["db"] is { Type: BsonType.String } database
            && name.AsDocument["coll"] is { Type: BsonType.String } collection
            ? Resource.Exact(database.AsString, collection.AsString)
            : Resource.OfDatabase(source.Database);
    }
}
