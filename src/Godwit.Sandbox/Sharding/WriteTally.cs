using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>Puts the shards' replies to the parts of a write together to the reply to the whole.</summary>
internal sealed class WriteTally
{
    private readonly SortedDictionary<int, RawDocument> errors = [];
    private readonly SortedDictionary<int, RawValue> upserted = [];
    private readonly List<RawValue> retried = [];
    private RawValue concernError;

    /// <summary>Documents inserted, matched or deleted.</summary>
    internal long Count { get; private set; }

    /// <summary>Documents an update changed.</summary>
    internal long Modified { get; private set; }

    /// <summary>Whether any statement failed.</summary>
    internal bool HasErrors => errors.Count > 0;

    /// <summary>The errors by the places of their statements.</summary>
    internal IReadOnlyDictionary<int, RawDocument> Errors => errors;

    /// <summary>The ids of documents inserted by upserts, by the places of their statements.</summary>
    internal IReadOnlyDictionary<int, RawValue> Upserted => upserted;

    /// <summary>Counts what was done otherwise than by a shard's reply.</summary>
    internal void Add(long count, long modified)
    {
        Count += count;
        Modified += modified;
    }

    /// <summary>Takes in a shard's reply to some of the statements.</summary>
    internal void Add(RawDocument reply, IReadOnlyList<WriteItem> items)
    {
        Count += reply["n"].ToInt64() ?? 0;
        Modified += reply["nModified"].ToInt64() ?? 0;
        foreach (var entry in Entries(reply["writeErrors"]))
        {
            var index = items[(int)entry["index"].ToInt64()!].Index;
            errors[index] = CommandBody.With(entry, ("index", index));
        }

        foreach (var entry in Entries(reply["upserted"]))
        {
            upserted[items[(int)entry["index"].ToInt64()!].Index] = entry["_id"];
        }

        if (reply["retriedStmtIds"] is { Type: BsonType.Array } ids)
        {
            retried.AddRange(ids.AsDocument.Values());
        }

        if (reply["writeConcernError"] is { Type: BsonType.Document } failure)
        {
            concernError = failure;
        }
    }

    /// <summary>Notes the failure of a statement.</summary>
    internal void AddError(int index, CommandException error)
    {
        var entry = new DocumentBuilder
        {
            { "index", index },
            { "code", (int)error.Code },
            { "errmsg", error.Message },
        };
        errors[index] = (error.Details is { } details ? entry.AddAll(details) : entry).Build();
    }

    /// <summary>The reply, in the order a router has.</summary>
    internal RawDocument Build(bool isUpdate)
    {
        var reply = new DocumentBuilder();
        if (isUpdate)
        {
            reply.Add("nModified", RawValue.Narrow(Modified));
        }

        reply.Add("n", RawValue.Narrow(Count));
        if (upserted.Count > 0)
        {
            reply.Add(
                "upserted",
                RawValue.Array(
                    upserted.Select(entry =>
                        (RawValue)new DocumentBuilder { { "index", entry.Key }, { "_id", entry.Value } }
                    )
                )
            );
        }

        if (errors.Count > 0)
        {
            reply.Add("writeErrors", RawValue.Array(errors.Values.Select(RawValue.Document)));
        }

        reply.Add("writeConcernError", concernError);
        if (retried.Count > 0)
        {
            reply.Add("retriedStmtIds", RawValue.Array(retried));
        }

        return reply.Build();
    }

    private static IEnumerable<RawDocument> Entries(RawValue list) =>
        list.Type == BsonType.Array ? list.AsDocument.Values().Select(entry => entry.AsDocument) : [];
}
