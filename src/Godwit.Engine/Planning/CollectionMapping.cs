using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>
/// One row of the persisted table of identities (S1): a source collection and the destination collection that stands for it. A row
/// without a destination UUID is an intent: the creation was begun and may or may not have happened (S19).
/// </summary>
/// <param name="SourceUuid">The source's UUID; <see cref="Guid.Empty"/> for a view, which is its name.</param>
/// <param name="Name">Name on both sides when the row was written.</param>
/// <param name="DestinationUuid">The destination's UUID, or <see cref="Guid.Empty"/>.</param>
internal sealed record CollectionMapping(Guid SourceUuid, Namespace Name, Guid DestinationUuid)
{
    internal bool IsView => SourceUuid == Guid.Empty;
}

/// <summary>One step that brings the destination's catalogue to the source's; doing it again after a crash does no harm.</summary>
internal abstract record CatalogueStep;

/// <summary>Drops what stands for a source collection or view that is gone, or what an interrupted creation left.</summary>
internal sealed record DropStep(CollectionAddress Destination, CollectionMapping Row) : CatalogueStep;

/// <summary>Renames within the database; a name that is in a cycle goes over a temporary one.</summary>
internal sealed record RenameStep(CollectionAddress Destination, Namespace NewName, CollectionMapping Row)
    : CatalogueStep;

/// <summary>Creates a collection, its constraints neutral until commit (S25), and its indexes.</summary>
internal sealed record CreateStep(CollectionDescription Source) : CatalogueStep;

/// <summary>Creates a view, or makes an existing one what it is on the source.</summary>
internal sealed record ViewStep(CollectionDescription Source, bool Exists) : CatalogueStep;

/// <summary>Drops indexes that are gone or different and creates those that lack.</summary>
internal sealed record IndexStep(
    CollectionAddress Destination,
    IReadOnlyList<string> Drop,
    IReadOnlyList<RawDocument> Create
) : CatalogueStep;

/// <summary>Shards a collection that holds documents already, or adds fields to its key, as the source did.</summary>
internal sealed record ShardStep(CollectionDescription Source, ShardKey? Before) : CatalogueStep;

/// <summary>A destination collection that is not ours stands where a source collection must go.</summary>
internal sealed record ConflictStep(Namespace Name) : CatalogueStep;
