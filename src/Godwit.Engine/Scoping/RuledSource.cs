using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Scoping;

/// <summary>A source whose documents are read through rules; what is not read but told by events, nobody believes here.</summary>
internal sealed class RuledSource(ISourceCluster inner, DocumentRules rules) : ForwardedSource(inner)
{
    private readonly ConcurrentDictionary<Namespace, bool> tried = [];

    public override async Task<Catalogue> ListCatalogueAsync(string? database, CancellationToken cancellationToken)
    {
        var all = await base.ListCatalogueAsync(database, cancellationToken);
        List<CollectionDescription> listed =
        [
            .. all.Collections.Select(one => IsRuled(one) ? one with { IsRuled = true } : one),
        ];
        foreach (var one in listed.Where(one => one.IsRuled))
        {
            await CheckAsync(one, all.Before, cancellationToken);
        }

        return all with
        {
            Collections = listed,
        };
    }

    public override IAsyncEnumerable<DocumentBatch> ReadRangeAsync(RangeRead read, CancellationToken cancellationToken)
    {
        var rule = rules.For(read.Collection.Name);
        var found = base.ReadRangeAsync(rule is null ? read : read with { Stages = rule.Stages }, cancellationToken);
        return rule?.Hasher is { } hasher ? HashAsync(found, hasher, cancellationToken) : found;
    }

    public override async Task<DocumentBatch> ReadDocumentsAsync(KeyRead read, CancellationToken cancellationToken)
    {
        var rule = rules.For(read.Collection.Name);
        var found = await base.ReadDocumentsAsync(
            rule is null ? read : read with { Stages = rule.Stages },
            cancellationToken
        );
        return rule?.Hasher is { } hasher ? hasher.Rewrite(found) : found;
    }

    private bool IsRuled(CollectionDescription one) =>
        one.Kind == CollectionKind.Collection && rules.For(one.Name) is not null;

    /// <summary>Asks the server for no document through the rule, so that one it does not understand is named before anything is copied.</summary>
    private async Task CheckAsync(CollectionDescription one, ClusterTime at, CancellationToken cancellationToken)
    {
        if (SeriesNames.IsBuckets(one.Name) || one.Options["capped"].IsTruthy())
        {
            throw new MigrationFailedException(
                "UnsupportedSourceFeature",
                $"A document rule covers {SeriesNames.Shown(one.Name)}: measurements of time-series collections stand together in buckets, and in a capped collection the order of documents is content.",
                "Name the collections the rule is for one by one, or leave this one out (--exclude-namespaces)."
            );
        }

        if (tried.ContainsKey(one.Name))
        {
            return;
        }

        try
        {
            using var nothing = await ReadDocumentsAsync(new(one.Address, at, []), cancellationToken);
            tried[one.Name] = true;
        }
        catch (ClusterException refused) when (refused.Kind == FaultKind.BadRequest)
        {
            throw new MigrationFailedException(
                "DocumentRuleRefused",
                $"The source refuses the document rule for {one.Name}: {refused.Message}",
                "Correct the rule (--document-rules)."
            );
        }
        catch (ClusterException moved) when (moved.Kind is FaultKind.Moved or FaultKind.NeedsNewCursor)
        {
            // Whoever reads it next will try.
        }
    }

    private static async IAsyncEnumerable<DocumentBatch> HashAsync(
        IAsyncEnumerable<DocumentBatch> batches,
        FieldHasher hasher,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        await foreach (var batch in batches.WithCancellation(cancellationToken))
        {
            yield return hasher.Rewrite(batch);
        }
    }
}
