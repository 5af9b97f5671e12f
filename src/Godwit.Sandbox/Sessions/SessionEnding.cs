using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sessions;

/// <summary>Ends sessions with all that belongs to them: cursors, open transactions, running commands.</summary>
internal static class SessionEnding
{
    /// <summary>Ends one that its client gave up or that has expired.</summary>
    internal static void End(Member member, LogicalSessionId session)
    {
        member.Sessions.End(session);
        member.Cursors.KillWhere(cursor => cursor.Session.SessionId == session);
        member.Node.Transactions.AbortWhere(transaction => transaction.Session == session);
        member.Router?.Transactions.Forget(session);
    }

    /// <summary>Ends one by force: its running commands are interrupted too.</summary>
    internal static void Kill(Member member, LogicalSessionId session)
    {
        member.Operations.KillWhere(
            operation =>
                operation.Context.Session.SessionId == session
                && operation.Context.Traits.Name
                    is not ("killSessions" or "killAllSessions" or "killAllSessionsByPattern"),
            ErrorCode.Interrupted
        );
        End(member, session);
    }
}
