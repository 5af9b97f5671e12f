using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>The labels the server itself puts on errors, by code and by what the failed command was (wire-server §4.3).</summary>
internal static class ErrorLabels
{
    /// <summary>The labels for a failed command; <paramref name="code"/> is OK where only the write concern failed.</summary>
    internal static IReadOnlyList<string> For(
        CommandRequest request,
        GenericArguments generic,
        ErrorCode code,
        ErrorCode? writeConcernCode,
        bool isInternalClient
    )
    {
        var isCommitOrAbort = request.Name is "commitTransaction" or "abortTransaction";
        if (generic.Session.IsTransaction && IsTransientTransactionError(code, writeConcernCode, isCommitOrAbort))
        {
            return ["TransientTransactionError"];
        }

        if (
            !isInternalClient
            && (generic.Session.IsRetryableWrite || (generic.Session.IsTransaction && isCommitOrAbort))
            && (IsRetriable(code) || (writeConcernCode is { } concern && IsRetriable(concern)))
        )
        {
            return ["RetryableWriteError"];
        }

        return writeConcernCode is null && IsChangeStream(request) ? ChangeStreamLabels(code) : [];
    }

    private static bool IsTransientTransactionError(
        ErrorCode code,
        ErrorCode? writeConcernCode,
        bool isCommitOrAbort
    ) =>
        code switch
        {
            ErrorCode.WriteConflict
            or ErrorCode.LockTimeout
            or ErrorCode.PreparedTransactionInProgress
            or ErrorCode.StaleDbVersion
            or ErrorCode.SnapshotTooOld
            or ErrorCode.SnapshotUnavailable
            or ErrorCode.StaleConfig
            or ErrorCode.StaleEpoch => true,
            (ErrorCode)250 or (ErrorCode)272 => true,
            (ErrorCode)358 => false,
            ErrorCode.NoSuchTransaction => !isCommitOrAbort || writeConcernCode is null,
            _ => !isCommitOrAbort && IsRetriable(code),
        };

    private static bool IsRetriable(ErrorCode code) =>
        (int)code
            is 6
                or 7
                or 89
                or 91
                or 134
                or 189
                or 262
                or 358
                or 402
                or 407
                or 412
                or 9001
                or 10107
                or 11600
                or 11602
                or 13435
                or 13436
                or 50915
                or 91331;

    /// <summary>Whether a command is an aggregate that opens a change stream.</summary>
    internal static bool OpensChangeStream(RawDocument command) =>
        command.First().NameIs("aggregate")
        && command["pipeline"] is { Type: BsonType.Array } pipeline
        && pipeline.AsDocument["0"] is { Type: BsonType.Document } first
        && first.AsDocument.Has("$changeStream");

    // An aggregate is judged by its pipeline: it may have failed before it was run.
    private static bool IsChangeStream(CommandRequest request) =>
        request.ContinuesChangeStream || OpensChangeStream(request.Body);

    private static IReadOnlyList<string> ChangeStreamLabels(ErrorCode code) =>
        code is ErrorCode.ChangeStreamFatalError or ErrorCode.ChangeStreamHistoryLost
            ? ["NonResumableChangeStreamError"]
        : IsRetriable(code) || (int)code is 234 or 133 or 175 or 43 or 13388 or 150 ? ["ResumableChangeStreamError"]
        : [];
}
