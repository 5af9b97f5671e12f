using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Planning;
using Godwit.Engine.Ports;
using Godwit.Engine.Recovery;
using Godwit.Engine.Reporting;

namespace Godwit.Engine.Reversal;

/// <summary>
/// Makes collections that were in use neutral until commit (S25, S29): what a migration creates is neutral from the start, but an old
/// source has everything in force, and would refuse, delete or hide documents by itself.
/// </summary>
internal sealed class Neutraliser(IDestinationCluster destination, ReservedStore store, Notices notices)
{
    private const int AtOnce = 16;

    /// <summary>The longest expiry an index may have: nothing is as old as that.</summary>
    private const int ExpiryMax = int.MaxValue;

    internal Task RunAsync(IEnumerable<CollectionDescription> collections, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            collections,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (one, token) =>
            {
                foreach (var change in Plan(one))
                {
                    await ModifyAsync(one.Address, change, token);
                }
            }
        );

    /// <summary>
    /// The <c>collMod</c>s, computed from a listing, so that an interrupted attempt goes on where it was. Validators stay: every write
    /// bypasses them (S15). A unique shard key stays unique, since the server knows no other way (S25).
    /// </summary>
    internal static IReadOnlyList<RawDocument> Plan(CollectionDescription one)
    {
        var changes = new List<RawDocument>();
        if (one.Options["capped"].IsTruthy())
        {
            if (one.Options["size"].ToInt64() != NeutralOptions.CappedBytes)
            {
                changes.Add(new DocumentBuilder { { "cappedSize", NeutralOptions.CappedBytes } }.Build());
            }

            if (one.Options["max"].ToInt64() > 0)
            {
                changes.Add(new DocumentBuilder { { "cappedMax", 0 } }.Build());
            }
        }

        if (one.Options.Has("expireAfterSeconds"))
        {
            changes.Add(new DocumentBuilder { { "expireAfterSeconds", "off" } }.Build());
        }

        foreach (var index in one.Indexes.Where(index => !CataloguePlanner.IsIdIndex(index)))
        {
            if (index["unique"].IsTruthy() && one.ShardKey?.IsKeptUniqueBy(index) != true)
            {
                changes.Add(IndexChange(index, "forceNonUnique", true));
            }

            if (index["prepareUnique"].IsTruthy())
            {
                changes.Add(IndexChange(index, "prepareUnique", false));
            }

            if (index.Has("expireAfterSeconds") && index["expireAfterSeconds"].ToInt64() != ExpiryMax)
            {
                changes.Add(IndexChange(index, "expireAfterSeconds", ExpiryMax));
            }

            if (index["hidden"].IsTruthy())
            {
                changes.Add(IndexChange(index, "hidden", false));
            }
        }

        return changes;
    }

    private async Task ModifyAsync(
        CollectionAddress collection,
        RawDocument change,
        CancellationToken cancellationToken
    )
    {
        try
        {
            await store.DefineAsync(
                token => destination.ModifyCollectionAsync(collection, change, token),
                cancellationToken
            );
        }
        catch (ClusterException gone)
            when (gone.Kind == FaultKind.Moved
                || gone.Code is ServerCodes.NamespaceNotFound or ServerCodes.IndexNotFound
            )
        {
            // Nobody may have changed it, but somebody did: the catalogues are compared next anyway.
        }
        catch (ClusterException refused)
            when (refused.Kind is FaultKind.DataConflict or FaultKind.BadRequest && IsOfUniqueness(change))
        {
            // Lanes live with it: a document whose value is still taken makes way until the other one's change has come.
            notices.Say($"{collection.Name}: an index stays unique meanwhile ({refused.Message})");
        }
        catch (ClusterException refused) when (refused.Kind is FaultKind.DataConflict or FaultKind.BadRequest)
        {
            throw new MigrationFailedException(
                "DefinitionRefused",
                $"The old source refuses {change} of {collection.Name}: {refused.Message}",
                "It would delete documents by itself. Change that option or index there by hand, then run again; it is put right at the cutover.",
                refused
            );
        }
    }

    private static bool IsOfUniqueness(RawDocument change) =>
        change["index"] is { Type: BsonType.Document } index && index.AsDocument.Has("forceNonUnique");

    private static RawDocument IndexChange(RawDocument index, string option, RawValue value) =>
        new DocumentBuilder
        {
            {
                "index",
                new DocumentBuilder { { "name", index["name"] }, { option, value } }
            },
        }.Build();
}
