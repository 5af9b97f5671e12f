using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Sharding;

/// <summary>One member of a shard as routers reach it: cursors and parts of transactions stay with the member they began on.</summary>
internal abstract class ShardMember
{
    /// <summary>Its address.</summary>
    internal abstract string Host { get; }

    /// <summary>Sends it a request and gives its reply, errors included.</summary>
    internal abstract ValueTask<RawDocument> SendAsync(
        CommandRequest request,
        Client client,
        CancellationToken cancellationToken
    );

    /// <summary>Closes a cursor there, if the member is still there; nobody waits for it.</summary>
    internal abstract void CloseCursor(long id);

    /// <summary>Completes when the part of a transaction there has ended; <see langword="null"/> where there is none.</summary>
    internal abstract Task? EndOfPart(LogicalSessionId session, long number);

    /// <summary>What a router says of a member that does not answer.</summary>
    internal static CommandException Unreachable(string host) =>
        new(ErrorCode.HostUnreachable, $"Error connecting to {host} :: caused by :: connection closed by peer");
}
