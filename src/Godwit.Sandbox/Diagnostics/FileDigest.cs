using System.Security.Cryptography;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Diagnostics;

/// <summary><c>filemd5</c>: the MD5 of a file that GridFS keeps, over its chunks in their order (<c>dbcommands_d.cpp</c>).</summary>
internal static class FileDigest
{
    /// <summary>Computes it; a file that there is none of has no chunks.</summary>
    internal static DocumentBuilder Run(CommandContext context)
    {
        if (context.Body["partialOk"].IsTruthy())
        {
            // The state of one library's computation, which nobody but mongod's own routers can read.
            throw new CommandException(ErrorCode.NotImplemented, "a digest cannot be given in parts");
        }

        var (count, digest) = (0, MD5.HashData([]));
        using var view = context.Node.View();
        if (view.Catalog.Find(Chunks(context.Database, context.Body)) is { IsView: false } collection)
        {
            var file = context.Body["filemd5"];
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
            var chunks = new CollectionReader(view, collection)
                .Scan()
                .Select(record => record.Document)
                .Where(document => ValueComparer.Compare(document["files_id"], file) == 0)
                .Select(document => (Number: document["n"].ToInt64() ?? -1, Data: document["data"]))
                .OrderBy(chunk => chunk.Number);
            foreach (var (number, data) in chunks)
            {
                hash.AppendData(
                    number == count++ ? Bytes(data).Span : throw new CommandException(10040, "chunks out of order")
                );
            }

            digest = hash.GetHashAndReset();
        }

        return new() { { "numChunks", count }, { "md5", Convert.ToHexStringLower(digest) } };
    }

    /// <summary>The collection that has a file's chunks.</summary>
    internal static Namespace Chunks(string database, RawDocument command) =>
        new(database, (command["root"] is { Type: BsonType.String } root ? root.AsString : "fs") + ".chunks");

    private static ReadOnlyMemory<byte> Bytes(RawValue data) =>
        data.Type == BsonType.Binary
            ? data.BinaryData
            : throw new CommandException(
                data.IsMissing ? 50848 : 50849,
                $"The element that calls binDataClean() must be type of BinData, but type of {BsonTypeNames.NameOf(data.Type)} found."
            );
}
