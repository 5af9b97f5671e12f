using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Cursors;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Sharding.Commands;

/// <summary><c>bulkWrite</c>: each operation as a write of its own, to the shards it concerns.</summary>
internal sealed class RoutedBulkWrite() : RoutedCommand("bulkWrite")
{
    /// <inheritdoc/>
    protected override async ValueTask<RawDocument> RouteAsync(
        CommandContext context,
        Router router,
        CancellationToken cancellationToken
    )
    {
        var operations = context.RequiredDocuments("ops");
        WriteLimits.CheckBatch(operations.Count);
        var namespaces = BulkWriteCommand.Namespaces(context);
        BulkWriteCommand.Check(operations, namespaces.Count);
        var isOrdered = context.Arguments.Boolean("ordered") ?? true;
        var results = new Results(context.Arguments.Boolean("errorsOnly") ?? false);
        for (var index = 0; index < operations.Count; index++)
        {
            var operation = operations[index];
            var ns = namespaces[(int)operation.First().Value.ToInt64()!.Value];
            var kind = operation.First().Name;
            if (kind != "delete")
            {
                _ = await router.EnsureDatabaseAsync(ns.Database, cancellationToken).ConfigureAwait(false);
            }

            using var lease = await router
                .Transactions.HoldAsync(context, router.Table.NameOf(ns), cancellationToken)
                .ConfigureAwait(false);
            var writer = new RoutedWriter(context, router, kind, ns);
            var statement = index < context.Session.StatementIds.Count ? context.Session.StatementIds[index] : index;
            await writer
                .RunAsync([new(index, ItemOf(context, kind, operation), statement)], isOrdered: true, cancellationToken)
                .ConfigureAwait(false);
            results.Add(kind, index, writer.Tally);
            if (results.Errors > 0 && (isOrdered || context.Session.IsTransaction))
            {
                break;
            }
        }

        return results.Reply(context);
    }

    private static RawDocument ItemOf(CommandContext context, string kind, RawDocument operation) =>
        kind switch
        {
            "insert" when operation["document"].AsDocument is var document => document.Has("_id")
                ? document
                : new DocumentBuilder(document.Length + 32)
                    .Add("_id", DocumentRules.NewId(context.Node))
                    .AddAll(document)
                    .Build(),
            "update" => new DocumentBuilder
            {
                { "q", operation["filter"] },
                { "u", operation["updateMods"] },
                { "multi", operation["multi"] },
                { "upsert", operation["upsert"] },
                { "collation", operation["collation"] },
                { "arrayFilters", operation["arrayFilters"] },
                { "hint", operation["hint"] },
                { "sort", operation["sort"] },
                { "c", operation["constants"] },
            }.Build(),
            _ => new DocumentBuilder
            {
                { "q", operation["filter"] },
                { "limit", operation["multi"].IsTruthy() ? 0 : 1 },
                { "collation", operation["collation"] },
                { "hint", operation["hint"] },
            }.Build(),
        };

    private sealed class Results(bool errorsOnly)
    {
        private readonly List<RawDocument> results = [];
        private readonly Dictionary<string, long> counts = new(StringComparer.Ordinal);

        internal int Errors { get; private set; }

        internal void Add(string kind, int index, WriteTally tally)
        {
            if (tally.Errors.TryGetValue(index, out var error))
            {
                Errors++;
                results.Add(
                    new DocumentBuilder { { "ok", 0.0 }, { "idx", index } }
                        .AddAll(CommandBody.Without(error, "index"))
                        .Add("n", 0)
                        .Build()
                );
                return;
            }

            var isUpsert = tally.Upserted.TryGetValue(index, out var id);
            Count(
                kind switch
                {
                    "insert" => "nInserted",
                    "delete" => "nDeleted",
                    _ => isUpsert ? "nUpserted" : "nMatched",
                },
                tally.Count
            );
            Count("nModified", tally.Modified);
            if (errorsOnly)
            {
                return;
            }

            var result = new DocumentBuilder
            {
                { "ok", 1.0 },
                { "idx", index },
                { "n", RawValue.Narrow(tally.Count) },
                { "nModified", kind == "update" ? RawValue.Narrow(tally.Modified) : RawValue.Missing },
            };
            results.Add((isUpsert ? result.Add("upserted", new DocumentBuilder { { "_id", id } }) : result).Build());
        }

        internal RawDocument Reply(CommandContext context)
        {
            var cursor = ListReply.OpenWithIdFirst(
                context,
                new EnumerableSource(results),
                new CursorOptions(new("admin", "$cmd.bulkWrite"))
                {
                    BatchSize = (int?)context.Arguments.Document("cursor")?["batchSize"].ToInt64() ?? int.MaxValue,
                }
            );
            var reply = new DocumentBuilder { { "cursor", cursor }, { "nErrors", Errors } };
            foreach (var name in (string[])["nInserted", "nMatched", "nModified", "nUpserted", "nDeleted"])
            {
                reply.Add(name, RawValue.Narrow(counts.GetValueOrDefault(name)));
            }

            return reply.Add("retriedStmtIds", new ArrayBuilder().Build()).Build();
        }

        private void Count(string name, long more) => counts[name] = counts.GetValueOrDefault(name) + more;
    }
}
