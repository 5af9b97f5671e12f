using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Faults;

/// <summary>The failpoint <c>failCommand</c>: breaks chosen commands before they run, or their write concern afterwards.</summary>
internal static class FailCommand
{
    /// <summary>What it does to one command.</summary>
    /// <param name="ClosesConnection">Close the connection without a reply.</param>
    /// <param name="Error">Fail with this error.</param>
    /// <param name="WriteConcernError">Append this to the reply.</param>
    /// <param name="Labels">Replace the labels by these; <see langword="null"/> leaves the computed ones.</param>
    internal sealed record Effect(
        bool ClosesConnection,
        CommandException? Error,
        RawDocument? WriteConcernError,
        IReadOnlyList<string>? Labels
    );

    /// <summary>Applies it before a command runs: sleeps where asked, and says what else happens.</summary>
    internal static async ValueTask<Effect?> BeforeAsync(CommandContext context, CancellationToken cancellationToken)
    {
        if (Matching(context) is not { } data)
        {
            return null;
        }

        var closes = data["closeConnection"].IsTruthy();
        var blocks = data["blockConnection"].IsTruthy();
        var hasError = data.Has("errorCode");
        if ((!closes && !blocks && !hasError) || context.Member.FailPoints.Enter("failCommand") is null)
        {
            return null;
        }

        if (blocks)
        {
            var delay = TimeSpan.FromMilliseconds(data["blockTimeMS"].ToInt64() ?? 0);
            try
            {
                await Task.Delay(delay, context.Member.Time, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (context.Operation.KillReason != ErrorCode.OK)
            {
                throw new CommandException(context.Operation.KillReason, "operation was interrupted");
            }
        }

        return new(closes, hasError ? Error(data) : null, null, Labels(data));
    }

    /// <summary>Applies it after a command that takes a write concern has run.</summary>
    internal static Effect? After(CommandContext context) =>
        context.Traits.TakesWriteConcern
        && Matching(context) is { } data
        && data["writeConcernError"] is { Type: BsonType.Document } error
        && context.Member.FailPoints.Enter("failCommand") is not null
            ? new(ClosesConnection: false, null, error.AsDocument, Labels(data))
            : null;

    /// <summary>Refuses a data document that makes no sense.</summary>
    internal static void Check(RawDocument data)
    {
        if (data["blockConnection"].IsTruthy() && !data.Has("blockTimeMS"))
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "must specify 'blockTimeMS' when 'blockConnection' is true"
            );
        }
    }

    private static RawDocument? Matching(CommandContext context)
    {
        if (
            context.Traits.Name == "configureFailPoint"
            || context.Member.FailPoints.Find("failCommand") is not { } point
        )
        {
            return null;
        }

        var data = point.Data;
        return MatchesCommand(data, context) && MatchesClient(data, context) && MatchesNamespace(data, context)
            ? data
            : null;
    }

    private static bool MatchesCommand(RawDocument data, CommandContext context)
    {
        if (data["failAllCommands"].IsTruthy())
        {
            return true;
        }

        return data["failCommands"] is { Type: BsonType.Array } names
            && names
                .AsDocument.Values()
                .Any(name =>
                    name.Type == BsonType.String && CommandTable.Find(name.AsString)?.Traits == context.Traits
                );
    }

    private static bool MatchesClient(RawDocument data, CommandContext context)
    {
        if (context.Client.IsInternal && !data["failInternalCommands"].IsTruthy())
        {
            return false;
        }

        return data["appName"] is not { Type: BsonType.String } name || name.AsString == ApplicationName(context);
    }

    // The first hello of a connection is matched by the name it carries itself: that is how handshakes are broken.
    private static string ApplicationName(CommandContext context) =>
        context.Client.Metadata is null
        && context.Body["client"] is { Type: BsonType.Document } client
        && client.AsDocument["application"] is { Type: BsonType.Document } application
        && application.AsDocument["name"] is { Type: BsonType.String } name
            ? name.AsString
            : context.Client.ApplicationName;

    private static bool MatchesNamespace(RawDocument data, CommandContext context)
    {
        if (data["namespace"] is not { Type: BsonType.String } ns)
        {
            return true;
        }

        var first = context.Body.First().Value;
        var collection = context.Traits.Name == "getMore" ? context.Body["collection"] : first;
        return collection.Type == BsonType.String && $"{context.Database}.{collection.AsString}" == ns.AsString;
    }

    private static CommandException Error(RawDocument data)
    {
        var code = (ErrorCode)(data["errorCode"].ToInt64() ?? 0);
        return new(
            code,
            "Failing command via 'failCommand' failpoint",
            HasExtraInfo(code) && data["errorExtraInfo"] is { Type: BsonType.Document } extra ? extra.AsDocument : null
        );
    }

    // Other codes carry nothing beside their text.
    private static bool HasExtraInfo(ErrorCode code) =>
        code
            is ErrorCode.MultipleErrorsOccurred
                or ErrorCode.DocumentValidationFailure
                or ErrorCode.StaleDbVersion
                or ErrorCode.WouldChangeOwningShard
                or ErrorCode.ChangeStreamInvalidated
                or ErrorCode.CannotConvertIndexToUnique
                or ErrorCode.CollectionUUIDMismatch
                or ErrorCode.DuplicateKey
                or ErrorCode.StaleConfig;

    private static List<string>? Labels(RawDocument data) =>
        data["errorLabels"] is { Type: BsonType.Array } labels
            ?
            [
                .. labels
                    .AsDocument.Values()
                    .Where(label => label.Type == BsonType.String)
                    .Select(label => label.AsString),
            ]
            : null;
}
