using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Writing;

/// <summary>Gathers what a write command answers: counts, errors per statement, upserted ids.</summary>
internal sealed class WriteReply(CommandContext context)
{
    private readonly ArrayBuilder errors = new();
    private readonly ArrayBuilder upserted = new();

    /// <summary>Documents inserted, matched or deleted.</summary>
    internal long Count { get; set; }

    /// <summary>Documents an update changed.</summary>
    internal long Modified { get; set; }

    /// <summary>Whether any statement failed.</summary>
    internal bool HasErrors => errors.Count > 0;

    /// <summary>Whether the reply tells the last operation: not where a time-series collection took nothing.</summary>
    internal bool HasOpTime { get; set; } = true;

    /// <summary>Notes the failure of a statement.</summary>
    internal void AddError(int index, CommandException error)
    {
        var entry = new DocumentBuilder
        {
            { "index", index },
            { "code", (int)error.Code },
            { "errmsg", error.Message },
        };
        if (error.Details is { } details)
        {
            entry.AddAll(details);
        }

        errors.Add(entry);
    }

    /// <summary>Notes an upsert that inserted.</summary>
    internal void AddUpserted(int index, RawValue id) =>
        upserted.Add(new DocumentBuilder { { "index", index }, { "_id", id } });

    /// <summary>The reply without <c>ok</c>.</summary>
    internal RawDocument Build(bool isUpdate)
    {
        var reply = new DocumentBuilder { { "n", (int)Count } };
        if (HasOpTime)
        {
            AppendOpTime(reply, context);
        }

        if (errors.Count > 0)
        {
            reply.Add("writeErrors", errors.Build());
        }

        if (context.Statement.Retryable is { Retried.Count: > 0 } retryable)
        {
            reply.Add("retriedStmtIds", RawValue.Array(retryable.Retried.Select(id => RawValue.Int32(id))));
        }

        if (!isUpdate)
        {
            return reply.Build();
        }

        if (upserted.Count > 0)
        {
            reply.Add("upserted", upserted.Build());
        }

        return reply.Add("nModified", (int)Modified).Build();
    }

    /// <summary>Adds the election and the last operation of a replica set member.</summary>
    internal static void AppendOpTime(DocumentBuilder reply, CommandContext context)
    {
        if (context.Node.Options.ReplicaSet is null)
        {
            return;
        }

        reply.Add("electionId", ElectionId(context.Node.Term)).Add("opTime", context.Node.LastApplied.ToDocument());
    }

    private static RawValue ElectionId(long term)
    {
        Span<byte> bytes = stackalloc byte[12];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(bytes, int.MaxValue);
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes[4..], term);
        return RawValue.ObjectId(bytes);
    }
}
