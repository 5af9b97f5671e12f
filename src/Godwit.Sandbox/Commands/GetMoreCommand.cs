using Godwit.Bson;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary><c>getMore</c>: the next batch of a cursor; on an awaitData cursor it waits for documents up to maxTimeMS.</summary>
internal sealed class GetMoreCommand : ICommand
{
    private static readonly TimeSpan AwaitDefault = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    public CommandTraits Traits { get; } =
        new("getMore")
        {
            Fields = CommandTraits.FieldSet(
                "collection",
                "batchSize",
                "term",
                "lastKnownCommittedOpTime",
                "includeQueryStatsMetrics"
            ),
            OnSecondary = SecondaryUse.Always,
            RunsInTransaction = true,
            IsInApiVersion1 = true,
            Help = "retrieve more results from an existing cursor",
        };

    /// <inheritdoc/>
    public async ValueTask<RawDocument> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var arguments = context.Arguments;
        var id = arguments["getMore"] is { Type: BsonType.Int64 } value
            ? value.AsInt64
            : throw CommandErrors.WrongType("getMore", "getMore", arguments["getMore"], "long");
        var ns = NamespaceRules.Check(new Namespace(context.Database, arguments.RequiredString("collection")));
        var batchSize = arguments.NumberAtLeast("batchSize", 0) is { } size and > 0
            ? (int)Math.Min(size, int.MaxValue)
            : int.MaxValue;
        var cursor = context.Member.Cursors.Pin(id);
        var isDone = true;
        var mayStay = false;
        try
        {
            mayStay = true;
            context.Request.ContinuesChangeStream = ErrorLabels.OpensChangeStream(cursor.OriginatingCommand);
            CheckUse(context, cursor, ns);
            mayStay = false;
            FailCursorIfAsked(context);
            var batch = await ReadAsync(context, cursor, batchSize, cancellationToken).ConfigureAwait(false);
            isDone = cursor.IsExhausted;
            return CursorRegistry.Reply(cursor, "nextBatch", batch, !isDone);
        }
        finally
        {
            context.Member.Cursors.Release(cursor, isDone && !mayStay);
        }
    }

    // A cursor that is checked out when the failpoint strikes is lost, as after any failure within its query.
    private static void FailCursorIfAsked(CommandContext context)
    {
        if (context.Member.FailPoints.Enter("failGetMoreAfterCursorCheckout")?.Data["errorCode"].ToInt64() is { } code)
        {
            throw new CommandException((int)code, "Hit the 'failGetMoreAfterCursorCheckout' failpoint");
        }
    }

    // A cursor is continued as it was opened (validateAPIParameters, api_parameters.cpp).
    private static void CheckApi(CommandContext context, RawDocument opened)
    {
        if (!context.Session.IsTransaction && Api(context.Body) is var used && used != Api(opened))
        {
            throw new CommandException(
                ErrorCode.APIMismatchError,
                $"API parameter mismatch: getMore used params {used}, the cursor-creating command used {Api(opened)}"
            );
        }
    }

    private static RawDocument Api(RawDocument body) =>
        new DocumentBuilder
        {
            { "apiVersion", body["apiVersion"] },
            { "apiStrict", body["apiStrict"] },
            { "apiDeprecationErrors", body["apiDeprecationErrors"] },
        }.Build();

    private static void CheckUse(CommandContext context, ServerCursor cursor, Namespace ns)
    {
        CheckApi(context, cursor.OriginatingCommand);
        if (cursor.Options.Namespace != ns)
        {
            throw new CommandException(
                ErrorCode.Unauthorized,
                $"Requested getMore on namespace '{ns}', but cursor belongs to a different namespace {cursor.Options.Namespace}"
            );
        }

        if (context.Member.Options.IsAuthRequired && cursor.Owner != context.Client.User)
        {
            throw new CommandException(
                ErrorCode.Unauthorized,
                $"cursor id {cursor.Id} was not created by the authenticated user"
            );
        }

        CheckSession(context, cursor);
        if (context.Generic.MaxTime > TimeSpan.Zero && !cursor.Options.IsAwaitData)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                "cannot set maxTimeMS on getMore command for a non-awaitData cursor"
            );
        }
    }

    private static void CheckSession(CommandContext context, ServerCursor cursor)
    {
        var (mine, theirs) = (context.Session.SessionId, cursor.Session.SessionId);
        if (mine != theirs)
        {
            throw theirs is null
                ? new CommandException(
                    50736,
                    $"Cannot run getMore on cursor {cursor.Id}, which was not created in a session, in session {mine?.Id}"
                )
            : mine is null
                ? new CommandException(
                    50737,
                    $"Cannot run getMore on cursor {cursor.Id}, which was created in session {theirs?.Id}, without an lsid"
                )
            : new CommandException(
                50738,
                $"Cannot run getMore on cursor {cursor.Id}, which was created in session {theirs?.Id}, in session {mine?.Id}"
            );
        }

        var (number, created) = (Transaction(context.Session), Transaction(cursor.Session));
        if (number != created)
        {
            throw created is null
                ? new CommandException(
                    50739,
                    $"Cannot run getMore on cursor {cursor.Id}, which was not created in a transaction, in transaction {number}"
                )
            : number is null
                ? new CommandException(
                    50740,
                    $"Cannot run getMore on cursor {cursor.Id}, which was created in transaction {created}, without a txnNumber"
                )
            : new CommandException(
                50741,
                $"Cannot run getMore on cursor {cursor.Id}, which was created in transaction {created}, in transaction {number}"
            );
        }
    }

    private static long? Transaction(Sessions.SessionOptions session) =>
        session.IsTransaction ? session.TxnNumber : null;

    private static async Task<ArrayBuilder> ReadAsync(
        CommandContext context,
        ServerCursor cursor,
        int batchSize,
        CancellationToken cancellationToken
    )
    {
        await cursor.PrepareAsync(context, batchSize, cancellationToken).ConfigureAwait(false);
        var batch = cursor.ReadBatch(batchSize);
        if (!cursor.Options.IsAwaitData || batch.Count > 0 || cursor.IsExhausted)
        {
            return batch;
        }

        var wait = context.Generic.MaxTime > TimeSpan.Zero ? context.Generic.MaxTime : AwaitDefault;
        using var deadline = new CancellationTokenSource(wait, context.Member.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        while (batch.Count == 0 && !cursor.IsExhausted && !deadline.IsCancellationRequested)
        {
            if (cursor.IsKilled)
            {
                throw new CommandException(ErrorCode.CursorKilled, "cursor was killed while it was in use");
            }

            try
            {
                await cursor.WaitForMoreAsync(either.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The wait is over without news: an empty batch is the answer.
            }

            batch = cursor.ReadBatch(batchSize);
        }

        return batch;
    }
}
