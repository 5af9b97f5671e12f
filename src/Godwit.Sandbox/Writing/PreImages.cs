using Godwit.Bson;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>Documents as they were before a change, kept for change streams in <c>config.system.preimages</c>.</summary>
internal static class PreImages
{
    /// <summary>Where they are kept.</summary>
    internal static readonly Namespace Namespace = new("config", "system.preimages");

    /// <summary>Keeps one with the commit of a unit.</summary>
    internal static void Keep(Node node, WriteUnit unit, Guid collection, long index, RawDocument before) =>
        unit.Stamping.Add(time =>
        {
            if (node.Catalog.Latest.Find(Namespace) is not { } images)
            {
                return;
            }

            var id = new DocumentBuilder
            {
                { "nsUUID", RawValue.Uuid(collection) },
                { "ts", time.Time },
                { "applyOpsIndex", index },
            };
            var record = new DocumentBuilder
            {
                { "_id", id },
                { "operationTime", RawValue.DateTime(node.Options.Time.GetUtcNow()) },
                { "preImage", before },
            };
            using var view = node.View(unit);
            new CollectionWriter(node, view, unit, images, null).Insert(record.Build());
        });
}
