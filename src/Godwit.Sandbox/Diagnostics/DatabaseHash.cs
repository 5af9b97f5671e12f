using System.Security.Cryptography;
using System.Text;
using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>The reply of <c>dbHash</c>: for each collection the hash of its documents in the order of their <c>_id</c>.</summary>
internal static class DatabaseHash
{
    /// <summary>Builds it.</summary>
    internal static DocumentBuilder Run(CommandContext context)
    {
        var started = context.Member.Time.GetTimestamp();
        var asked = context
            .Arguments.Array("collections")
            ?.Select(name => name.AsString)
            .ToHashSet(StringComparer.Ordinal);
        if (context.Database.Length == 0)
        {
            throw new CommandException(ErrorCode.InvalidNamespace, "Invalid db name");
        }

        using var view = context.Node.View();
        var (hashes, capped, uuids) = (new DocumentBuilder(), new ArrayBuilder(), new DocumentBuilder());
        using var all = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        foreach (var collection in Hashed(view.Catalog, context.Database, asked))
        {
            var name = collection.Namespace.Collection;
            var hash = HashOf(new CollectionReader(view, collection));
            hashes.Add(name, hash);
            uuids.Add(name, RawValue.Uuid(collection.Uuid));
            all.AppendData(Encoding.ASCII.GetBytes(hash));
            if (collection.IsCapped)
            {
                capped.Add(name);
            }
        }

        return new()
        {
            { "host", context.Member.Host },
            { "collections", hashes },
            { "capped", capped.Build() },
            { "uuids", uuids },
            { "md5", Convert.ToHexStringLower(all.GetHashAndReset()) },
            { "timeMillis", (int)context.Member.Time.GetElapsedTime(started).TotalMilliseconds },
        };
    }

    private static IEnumerable<CollectionInfo> Hashed(
        CatalogSnapshot catalog,
        string database,
        HashSet<string>? asked
    ) =>
        catalog
            .InDatabase(database)
            .Where(collection => !collection.IsView && collection.IsReplicated)
            .Where(collection => asked is null || asked.Contains(collection.Namespace.Collection))
            .Where(collection => IsHashed(collection.Namespace.Collection))
            .OrderBy(collection => collection.Namespace.Collection, StringComparer.Ordinal);

    // Of the system's collections those that users fill are hashed.
    private static bool IsHashed(string name) =>
        !name.StartsWith("system.", StringComparison.Ordinal)
        || name is "system.js" or "system.views" or "system.version"
        || name.StartsWith("system.buckets.", StringComparison.Ordinal);

    private static string HashOf(CollectionReader reader)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        var records =
            !reader.Collection.IsCapped && reader.Collection.IdIndex is { } index
                ? reader.ScanIndex(index, [], null, isForward: true)
                : reader.Scan();
        foreach (var record in records)
        {
            hash.AppendData(record.Document.Bytes.Span);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
