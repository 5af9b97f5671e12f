using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Wire;

namespace Godwit.Sandbox.Commands;

/// <summary><c>hello</c> and its older names: who this member is. With a topologyVersion it waits until that changes.</summary>
internal sealed class HelloCommand : ICommand
{
    private const int MetadataBytesMax = 512;
    private static readonly string[] Compressors = ["snappy", "zstd", "zlib"];

    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("hello")
        {
            Aliases = ["isMaster", "ismaster"],
            OnSecondary = SecondaryUse.Always,
            RequiresAuthentication = false,
            TakesSession = false,
            IsInApiVersion1 = true,
            Help = "Status information for clients negotiating a connection with this server",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        TakeMetadata(context);
        var awaited = await AwaitChangeAsync(context, cancellationToken).ConfigureAwait(false);
        var reply = new DocumentBuilder(1024);
        AddCompression(reply, context);
        if (context.Body["helloOk"].IsTruthy())
        {
            context.Client.SaidHelloOk = true;
            reply.Add("helloOk", true);
        }

        if (awaited is { } counter && context.Member.RoleAfter(counter, context.Request.Name) is { } role)
        {
            reply.AddAll(role);
        }
        else
        {
            HelloRole.Append(reply, context.Member, context.Request.Name);
        }

        AddTail(reply, context);
        context.Member.Users.AppendHello(reply, context);
        return reply.Build();
    }

    private static void TakeMetadata(CommandContext context)
    {
        var client = context.Client;
        if (context.Body["client"] is { Type: BsonType.Document } metadata)
        {
            if (client.Metadata is not null)
            {
                throw new CommandException(
                    ErrorCode.ClientMetadataCannotBeMutated,
                    "The client metadata document may only be sent in the first hello"
                );
            }

            if (metadata.AsDocument.Length > MetadataBytesMax && !context.Body.Has("internalClient"))
            {
                throw new CommandException(
                    ErrorCode.ClientMetadataDocumentTooLarge,
                    $"The client metadata document must be less then or equal to {MetadataBytesMax} bytes"
                );
            }

            client.Metadata = metadata.AsDocument;
        }

        client.IsInternal |= context.Body.Has("internalClient");
    }

    // Gives the counter that was waited for to move: the answer is what the member was right after, whatever came since.
    private static async ValueTask<long?> AwaitChangeAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var version = context.Body["topologyVersion"];
        var wait = context.Body["maxAwaitTimeMS"];
        if (version.IsMissing && wait.IsMissing)
        {
            return null;
        }

        if (version.Type != BsonType.Document || wait.IsMissing)
        {
            throw wait.IsMissing
                ? new CommandException(31368, "A request with a 'topologyVersion' must include 'maxAwaitTimeMS'")
                : new CommandException(31368, "A request with 'maxAwaitTimeMS' must include a 'topologyVersion'");
        }

        var counter = version.AsDocument["counter"].ToInt64() ?? -1;
        var milliseconds = wait.ToInt64() ?? -1;
        if (counter < 0 || milliseconds < 0)
        {
            throw counter < 0
                ? new CommandException(31372, "topologyVersion must have a non-negative counter")
                : new CommandException(31373, "maxAwaitTimeMS must be a non-negative integer");
        }

        var member = context.Member;
        if (version.AsDocument["processId"] != member.ProcessId || counter < member.TopologyCounter)
        {
            return null;
        }

        if (counter > member.TopologyCounter)
        {
            throw new CommandException(
                31382,
                "Received a topology version with counter greater than the server topology version counter"
            );
        }

        member.CountAwaitingHello(1);
        try
        {
            await WaitAsync(member, counter, TimeSpan.FromMilliseconds(milliseconds), cancellationToken)
                .ConfigureAwait(false);
        }
        finally
        {
            member.CountAwaitingHello(-1);
        }

        return counter;
    }

    private static async ValueTask WaitAsync(
        Member member,
        long counter,
        TimeSpan wait,
        CancellationToken cancellationToken
    )
    {
        using var deadline = new CancellationTokenSource(wait, member.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await member
                .TopologyChanged.WaitAsync(() => member.TopologyCounter != counter, either.Token)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException)
            when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            // Nothing changed: the answer is the same as before.
        }
    }

    private static void AddCompression(DocumentBuilder reply, CommandContext context)
    {
        if (context.Body["compression"] is not { Type: BsonType.Array } offered)
        {
            return;
        }

        var common = offered
            .AsDocument.Values()
            .Where(name => name.Type == BsonType.String && Compressors.Contains(name.AsString, StringComparer.Ordinal))
            .ToList();
        if (common.Count > 0)
        {
            reply.Add("compression", RawValue.Array(common));
        }
    }

    private static void AddTail(DocumentBuilder reply, CommandContext context)
    {
        _ = reply
            .Add("maxBsonObjectSize", 16 * 1024 * 1024)
            .Add("maxMessageSizeBytes", WireLimits.MessageBytesMax)
            .Add("maxWriteBatchSize", 100_000)
            .Add("localTime", RawValue.DateTime(context.Member.Time.GetUtcNow()))
            .Add("logicalSessionTimeoutMinutes", 30)
            .Add("connectionId", context.Client.Id);
        var newest = context.Member.Profile.WireVersionMax;
        _ = context.Member.Router is null
            ? reply.Add("minWireVersion", 0).Add("maxWireVersion", newest).Add("readOnly", false)
            : reply.Add("maxWireVersion", newest).Add("minWireVersion", 0);
    }
}
