using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>insert</c>, <c>update</c> and <c>delete</c>: each statement to the shards it concerns.</summary>
/// <param name="name">Which of them.</param>
/// <param name="field">Where its statements are.</param>
internal sealed class RoutedWriteCommand(string name, string field) : RoutedCommand(name)
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var ns = context.Collection();
        var command = Traits.Name;
        NamespaceRules.CheckWritable(ns);
        var documents = context.RequiredDocuments(field);
        WriteLimits.CheckBatch(documents.Count);
        if (command == "insert" || (command == "update" && documents.Any(statement => statement["upsert"].IsTruthy())))
        {
            _ = await router.EnsureDatabaseAsync(ns.Database, cancellationToken).ConfigureAwait(false);
        }

        using var lease = await router
            .Transactions.HoldAsync(context, router.Table.NameOf(ns), cancellationToken)
            .ConfigureAwait(false);
        var needsId = command == "insert" && router.Table.Find(ns)?.Key.Paths.Contains("_id") == true;
        var first = (int)(context.Body["stmtId"].ToInt64() ?? 0);
        var items = documents.Select(
            (document, index) =>
                new WriteItem(
                    index,
                    needsId ? WithId(context, document) : document,
                    index < context.Session.StatementIds.Count ? context.Session.StatementIds[index] : first + index
                )
        );
        var writer = new RoutedWriter(context, router, command, ns);
        var isOrdered = context.Arguments.Boolean("ordered") ?? true;
        await writer.RunAsync([.. items], isOrdered, cancellationToken).ConfigureAwait(false);
        return writer.Tally.Build(command == "update");
    }

    private static RawDocument WithId(CommandContext context, RawDocument document) =>
        document.Has("_id")
            ? document
            : new DocumentBuilder(document.Length + 32)
                .Add("_id", DocumentRules.NewId(context.Node))
                .AddAll(document)
                .Build();
}
