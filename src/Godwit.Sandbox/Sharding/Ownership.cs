using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Sharding;

/// <summary>Tells a shard's own documents of a collection from those it holds still, or already, for another shard.</summary>
internal sealed class Ownership(ShardedCollection collection, string shard, ReadView view)
{
    /// <summary>Whether a document is the shard's own, at the time of the view.</summary>
    internal bool Has(RawDocument document) => collection.Owns(shard, document, view.IsFixed ? view.Time : null);
}
