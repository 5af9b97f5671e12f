using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Replication;

namespace Godwit.Sandbox.Commands;

/// <summary>A pipeline that writes, asked of a secondary: what it writes only the primary can write, which therefore runs it.</summary>
internal static class PassedOnAggregate
{
    /// <summary>Has the primary run it; gives its reply without what every reply has.</summary>
    internal static async ValueTask<RawDocument> RunAsync(
        CommandContext context,
        ReplicaMember secondary,
        CancellationToken cancellationToken
    )
    {
        var primary = secondary.PrimaryIndex;
        if (primary < 0 || primary == secondary.Index)
        {
            throw new CommandException(ErrorCode.NotWritablePrimary, "not primary");
        }

        context.IsPassedOn = true;
        var outcome = await secondary
            .Network.AskAsync<CommandOutcome?>(
                secondary.Index,
                primary,
                async member =>
                    await member.RunAsync(context.Request, context.Client, cancellationToken).ConfigureAwait(false),
                null
            )
            .ConfigureAwait(false);
        var reply =
            outcome?.Reply ?? throw new CommandException(ErrorCode.HostUnreachable, "the primary cannot be reached");
        if (reply["code"].ToInt64() is { } code)
        {
            throw new CommandException((int)code, reply["errmsg"].AsString);
        }

        var own = new DocumentBuilder(reply.Length);
        foreach (var element in reply)
        {
            if (element.Name is not ("ok" or "$clusterTime" or "operationTime"))
            {
                own.Add(element);
            }
        }

        return own.Build();
    }
}
