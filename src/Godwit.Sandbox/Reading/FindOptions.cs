using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Reading;

/// <summary>How <c>find</c> is to give its documents, checked for what does not go together.</summary>
/// <param name="IsTailable">The cursor stays open at the end of a capped collection.</param>
/// <param name="IsAwaitData">getMore waits there.</param>
/// <param name="WantsToken">Batches carry a token.</param>
/// <param name="After">The token's record key from which to go on.</param>
/// <param name="MustExist">Whether that record must still be there.</param>
internal sealed record FindOptions(bool IsTailable, bool IsAwaitData, bool WantsToken, byte[]? After, bool MustExist)
{
    internal static FindOptions Parse(CommandArguments arguments)
    {
        var isTailable = arguments.Boolean("tailable") ?? false;
        var isAwaitData = arguments.Boolean("awaitData") ?? false;
        if (isAwaitData && !isTailable)
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                "Cannot set 'awaitData' without also setting 'tailable'"
            );
        }

        var sort = arguments.Document("sort") ?? RawDocument.Empty;
        if (isTailable && !sort.IsEmpty && !IsNatural(sort))
        {
            throw new CommandException(
                ErrorCode.BadValue,
                "cannot use tailable option with a sort other than {$natural: 1}"
            );
        }

        var wantsToken = arguments.Boolean("$_requestResumeToken") ?? false;
        var resume = arguments.Document("$_resumeAfter");
        var start = arguments.Document("$_startAt");
        CheckToken(arguments, wantsToken, resume ?? start, sort);
        var after = (resume ?? start) is { } token ? RecordIds.Read(token["$recordId"]) : null;
        return new(isTailable, isAwaitData, wantsToken, after, resume is not null);
    }

    private static void CheckToken(CommandArguments arguments, bool wantsToken, RawDocument? token, RawDocument sort)
    {
        if (!wantsToken)
        {
            if (token is not null)
            {
                throw new CommandException(
                    ErrorCode.BadValue,
                    "'requestResumeToken' must be true if 'resumeAfter' is specified"
                );
            }

            return;
        }

        if (arguments["hint"] is not { Type: BsonType.Document } hint || !IsNatural(hint.AsDocument))
        {
            throw new CommandException(
                ErrorCode.BadValue,
                "hint must be {$natural:1} if 'requestResumeToken' is enabled"
            );
        }

        if (!sort.IsEmpty && !IsNatural(sort))
        {
            throw new CommandException(
                ErrorCode.BadValue,
                "sort must be unset or {$natural:1} if 'requestResumeToken' is enabled"
            );
        }
    }

    private static bool IsNatural(RawDocument pattern) =>
        pattern.Count() == 1 && pattern.First().NameIs("$natural") && pattern.First().Value.ToInt64() == 1;
}
