using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Wire;

namespace Godwit.Sandbox.Connections;

/// <summary>Runs the few commands that may still come as OP_QUERY: the first hello of older drivers and what logs them in.</summary>
internal static class LegacyCommands
{
    private const string CommandSuffix = ".$cmd";

    /// <summary>Runs one.</summary>
    internal static ValueTask<CommandOutcome> ExecuteAsync(
        Member member,
        Client client,
        LegacyQuery query,
        CancellationToken cancellationToken
    )
    {
        if (
            !query.Collection.EndsWith(CommandSuffix, StringComparison.Ordinal) || query.NumberToReturn is not (1 or -1)
        )
        {
            return ValueTask.FromResult(
                Refuse(member, "OP_QUERY is no longer supported. The client driver may require an upgrade.")
            );
        }

        var body = query.Query["$query"] is { Type: BsonType.Document } wrapped ? wrapped.AsDocument : query.Query;
        if (body.IsEmpty || !IsAllowed(body.First().Name))
        {
            var name = body.IsEmpty ? "" : body.First().Name;
            return ValueTask.FromResult(
                Refuse(
                    member,
                    $"Unsupported OP_QUERY command: {name}. The client driver may require an upgrade. "
                        + "For more details see https://dochub.mongodb.org/core/legacy-opcode-removal"
                )
            );
        }

        var request = new CommandRequest(body, query.Collection[..^CommandSuffix.Length]);
        return member.Dispatcher.ExecuteAsync(request, client, cancellationToken);
    }

    private static bool IsAllowed(string name) =>
        name
            is "hello"
                or "isMaster"
                or "ismaster"
                or "_isSelf"
                or "authenticate"
                or "buildinfo"
                or "buildInfo"
                or "saslStart"
                or "saslContinue";

    private static CommandOutcome Refuse(Member member, string message) =>
        member.Dispatcher.Refuse(new CommandException(ErrorCode.UnsupportedOpQueryCommand, message));
}
