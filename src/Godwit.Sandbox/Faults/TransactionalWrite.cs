using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Faults;

/// <summary>
/// The failpoint <c>onPrimaryTransactionalWrite</c>: loses the reply to a retryable write by closing the connection (unless
/// <c>closeConnection</c> is false), after its commit or, with <c>failBeforeCommitExceptionCode</c>, instead of it.
/// </summary>
internal static class TransactionalWrite
{
    /// <summary>Applies it to a commit that is about to be made.</summary>
    internal static void Apply(CommandContext context)
    {
        if (context.Member.FailPoints.Enter("onPrimaryTransactionalWrite") is not { } point)
        {
            return;
        }

        var closes = point.Data["closeConnection"];
        context.LosesReply |= closes.IsMissing || closes.IsTruthy();
        if (point.Data["failBeforeCommitExceptionCode"].ToInt64() is { } code)
        {
            throw new CommandException(
                (ErrorCode)code,
                $"Failing write for {context.Session.SessionId?.Id}:{context.Session.TxnNumber} due to failpoint. "
                    + "The write must not be reflected."
            );
        }
    }
}
