using Godwit.Bson;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Storage;

/// <summary>An oplog entry before its commit gives it a time. Fields are written in MongoDB's order.</summary>
/// <param name="Operation">i, u, d, c or n.</param>
/// <param name="Namespace">The <c>ns</c> field.</param>
/// <param name="Object">The <c>o</c> field.</param>
internal sealed record OplogDraft(string Operation, string Namespace, RawDocument Object)
{
    /// <summary>The <c>ui</c> field.</summary>
    internal Guid? Uuid { get; init; }

    /// <summary>The <c>o2</c> field.</summary>
    internal RawDocument? Object2 { get; init; }

    /// <summary>The session of a retryable write or transaction.</summary>
    internal LogicalSessionId? Session { get; init; }

    /// <summary>Its number.</summary>
    internal long? TxnNumber { get; init; }

    /// <summary>Statement ids of a retryable write.</summary>
    internal IReadOnlyList<int> StatementIds { get; init; } = [];

    /// <summary>Whether change streams leave the entry out, as for documents copied inside the server.</summary>
    internal bool? FromMigrate { get; init; }

    /// <summary><c>preImage</c> or <c>postImage</c> for a retryable findAndModify.</summary>
    internal string? RetryImage { get; init; }

    /// <summary>The session's entry before this one.</summary>
    internal OpTime? Previous { get; init; }

    /// <summary>Whether <see cref="Previous"/> is the draft before this one in the same commit.</summary>
    internal bool IsChained { get; init; }

    /// <summary>Whether an applyOps stands for several retryable statements.</summary>
    internal bool IsVectored { get; init; }

    /// <summary>The entry as it stands in the oplog.</summary>
    internal RawDocument Build(OpTime time, DateTimeOffset wall)
    {
        var builder = new DocumentBuilder(Object.Length + 512);
        if (Session is { } session)
        {
            builder.Add("lsid", session.ToDocument()).Add("txnNumber", TxnNumber ?? 0L);
        }

        AddOperation(builder);
        builder.Add("needsRetryImage", RetryImage is { } image ? image : default(RawValue));
        AddTail(builder);
        var term = time.Term == OpTime.None.Term ? RawValue.Missing : RawValue.Int64(time.Term);
        builder.Add("ts", time.Time).Add("t", term).Add("v", 2L).Add("wall", RawValue.DateTime(wall));
        if (Previous is { } previous)
        {
            builder.Add("prevOpTime", previous.ToDocument());
        }

        return (IsVectored ? builder.Add("multiOpType", 1) : builder).Build();
    }

    /// <summary>The operation inside an applyOps entry.</summary>
    internal RawDocument BuildInner()
    {
        var builder = new DocumentBuilder(Object.Length + 256);
        AddOperation(builder);
        AddTail(builder);
        return builder.Build();
    }

    private void AddOperation(DocumentBuilder builder)
    {
        builder.Add("op", Operation).Add("ns", Namespace);
        builder.Add("ui", Uuid is { } uuid ? RawValue.Uuid(uuid) : default);
        builder.Add("o", Object);
        builder.Add("o2", Object2 is { } second ? second : default(RawValue));
    }

    private void AddTail(DocumentBuilder builder)
    {
        if (StatementIds.Count > 0)
        {
            builder.Add(
                "stmtId",
                StatementIds.Count == 1
                    ? StatementIds[0]
                    : RawValue.Array(StatementIds.Select(id => RawValue.Int32(id)))
            );
        }

        if (FromMigrate is { } fromMigrate)
        {
            builder.Add("fromMigrate", fromMigrate);
        }
    }
}
