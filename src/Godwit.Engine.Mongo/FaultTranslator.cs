using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Wire;
using Godwit.Wire.Client;

namespace Godwit.Engine.Mongo;

/// <summary>The one place where codes, labels and broken connections become the engine's kinds of faults.</summary>
internal static class FaultTranslator
{
    internal static bool CanTranslate(Exception cause) =>
        cause is IOException or WireException or HandshakeException or BsonFormatException;

    internal static ClusterException Translate(Side side, Stage stage, Exception cause) =>
        cause switch
        {
            HandshakeException refused => new(
                side,
                Stage.Connect,
                refused.Code is 0 or 11 or 18 or 334 ? FaultKind.BadRequest : KindOf(refused.Code, Stage.Connect),
                refused.Message,
                refused.Code,
                cause
            ),
            IOException => new(side, stage, FaultKind.Transient, cause.Message, cause: cause),
            _ => new(side, stage, FaultKind.Bug, cause.Message, cause: cause),
        };

    /// <summary>The fault a reply tells of; <see langword="null"/> if the command succeeded (single statements may have failed).</summary>
    internal static ClusterException? FromReply(Side side, Stage stage, RawDocument reply)
    {
        if (!reply["ok"u8].IsTruthy())
        {
            return FromError(side, stage, reply, HasTransientLabel(reply));
        }

        return reply["writeConcernError"u8] is { Type: BsonType.Document } concern
            ? FromError(side, stage, concern.AsDocument, isTransient: false)
            : null;
    }

    /// <summary>The fault of an error document: a failed reply, a write error, a write concern error.</summary>
    internal static ClusterException FromError(Side side, Stage stage, RawDocument error, bool isTransient)
    {
        var code = (int)(error["code"u8].ToInt64() ?? 0);
        var message = error["errmsg"u8] is { Type: BsonType.String } text ? text.AsString : "no message";
        var kind = isTransient ? FaultKind.Transient : KindOf(code, stage);

        // A read at a time that the member has not reached yet (S4, S5).
        if (
            code == 72
            && message.Contains("must not be greater than the current clusterTime", StringComparison.Ordinal)
        )
        {
            kind = FaultKind.Transient;
        }

        return new(side, stage, kind, message, code) { ActualName = ActualName(error), Violations = Violations(error) };
    }

    /// <summary>Whether the member that answered is not (any more) the one to talk to.</summary>
    internal static bool IsRoleChange(int code) =>
        code is 91 or 189 or 10058 or 10107 or 11600 or 11602 or 13435 or 13436;

    internal static FaultKind KindOf(int code, Stage stage) =>
        code switch
        {
            _ when IsRoleChange(code) => FaultKind.Transient,
            6 or 7 or 89 or 202 or 317 or 384 or 407 or 9001 => FaultKind.Transient,
            24 or 46 or 50 or 64 or 107 or 112 or 117 or 251 or 262 or 282 or 290 or 314 or 358 or 365 or 402 or 412 =>
                FaultKind.Transient,
            70
            or 133
            or 134
            or 150
            or 211
            or 249
            or 267
            or 319
            or 338
            or 398
            or 406
            or 433
            or 449
            or 462
            or 11601
            or 12586
            or 12587
            or 13388 => FaultKind.Transient,
            43 or 136 or 175 or 222 or 234 or 237 or 239 or 246 or 250 or 272 => FaultKind.NeedsNewCursor,
            280 or 286 => FaultKind.HistoryLost,
            260 when stage == Stage.Changes => FaultKind.HistoryLost,
            225 => FaultKind.Fenced,
            361 => FaultKind.Moved,
            26 or 27 or 28 or 29 or 40 or 48 or 66 or 67 or 68 or 85 or 86 or 121 or 167 or 276 or 359 =>
                FaultKind.DataConflict,
            10334 or 11000 or 17280 or 17419 or 17420 => FaultKind.DataConflict,
            _ => FaultKind.BadRequest,
        };

    private static bool HasTransientLabel(RawDocument reply) =>
        reply["errorLabels"u8] is { Type: BsonType.Array } labels
        && labels
            .AsDocument.Values()
            .Any(label => label.AsString is "RetryableWriteError" or "TransientTransactionError" or "RetryableError");

    /// <summary>Copies, since they outlive the reply.</summary>
    private static IReadOnlyList<RawDocument> Violations(RawDocument error) =>
        error["violations"u8] is { Type: BsonType.Array } groups
            ? [.. groups.AsDocument.Values().Select(one => new RawDocument(one.AsDocument.Bytes.ToArray()))]
            : [];

    private static Namespace? ActualName(RawDocument error) =>
        error["actualCollection"u8] is { Type: BsonType.String } name
        && error["db"u8] is { Type: BsonType.String } database
            ? new(database.AsString, name.AsString)
            : null;
}
