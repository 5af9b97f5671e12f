using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Sharding;

/// <summary>Fetches the other collections that stages run by a router look at, as a client of the router would see them.</summary>
internal static class ForeignReads
{
    /// <summary>Fetches them all; gives what finds each by its name.</summary>
    internal static async ValueTask<Func<Namespace, IReadOnlyList<RawDocument>>> FetchAsync(
        CommandContext context,
        Router router,
        IReadOnlyList<Namespace> names,
        CancellationToken cancellationToken
    )
    {
        var found = new Dictionary<Namespace, IReadOnlyList<RawDocument>>();
        foreach (var ns in names)
        {
            found[ns] = await FetchAsync(context, router, ns, cancellationToken).ConfigureAwait(false);
        }

        return ns => found.GetValueOrDefault(ns) ?? [];
    }

    private static async ValueTask<IReadOnlyList<RawDocument>> FetchAsync(
        CommandContext context,
        Router router,
        Namespace ns,
        CancellationToken cancellationToken
    )
    {
        using var lease = await router.Transactions.HoldAsync(context, ns, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<ShardServer> shards =
            router.Table.Find(ns) is { IsUnsplittable: false } collection
                ? Sharding.Commands.RoutedReads.Owners(context, collection)
            : router.HomeOf(ns) is { } home ? [home]
            : [];
        var command = new DocumentBuilder
        {
            { "aggregate", ns.Collection },
            { "pipeline", new ArrayBuilder().Build() },
            { "cursor", RawDocument.Empty },
        };
        var body = CommandBody.AppendGeneric(command, Sharding.Commands.RoutedReads.AtOneTime(context, router)).Build();
        var documents = new List<RawDocument>();
        foreach (
            var cursor in await Sharding
                .Commands.RoutedReads.OpenAsync(context, shards, body, cancellationToken)
                .ConfigureAwait(false)
        )
        {
            while (cursor.HasNext || cursor.IsOpen)
            {
                if (cursor.HasNext)
                {
                    documents.Add(cursor.Dequeue());
                }
                else
                {
                    await cursor.FetchAsync(context, int.MaxValue, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        return documents;
    }
}
