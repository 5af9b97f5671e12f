using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Sharding;

/// <summary>A member in this process.</summary>
internal sealed class LocalMember(Member member, LocalServer server) : ShardMember
{
    /// <inheritdoc/>
    internal override string Host => member.Host;

    /// <inheritdoc/>
    internal override ValueTask<RawDocument> SendAsync(
        CommandRequest request,
        Client client,
        CancellationToken cancellationToken
    ) =>
        server.OnAsync(
            member,
            async (asked, token) =>
            {
                var outcome = await asked.Dispatcher.ExecuteAsync(request, client, token).ConfigureAwait(false);
                return outcome.Reply ?? throw Unreachable(Host);
            },
            cancellationToken,
            request.Routing?.SentAt
        );

    /// <inheritdoc/>
    internal override void CloseCursor(long id) => _ = Visit(() => member.Cursors.Kill(id));

    /// <inheritdoc/>
    internal override Task? EndOfPart(LogicalSessionId session, long number)
    {
        Task? end = null;
        _ = Visit(() =>
        {
            var part = member.Node.Transactions.Sessions.Get(session).Transaction;
            end = part?.Number == number ? part.Ended : null;
            return true;
        });
        return end;
    }

    private bool Visit(Func<bool> work)
    {
        if (!member.Visits.TryEnter())
        {
            return false;
        }

        try
        {
            return work();
        }
        finally
        {
            member.Visits.Leave();
        }
    }
}
