using MongoDB.Bson;
using MongoDB.Driver.GridFS;

namespace Godwit.Conformance.Tests.UnifiedTests.Operations;

/// <summary>Files stored as chunks.</summary>
internal static class GridFs
{
    public static async Task<BsonValue?> UploadAsync(GridFSBucket bucket, Arguments a)
    {
        var options = new GridFSUploadOptions
        {
            ChunkSizeBytes = a.Int("chunkSizeBytes"),
            Metadata = a.OptionalDocument("metadata"),
        };
        var (name, source) = (a.Required("filename").AsString, a.Document("source")["$$hexBytes"].AsString);
        a.Take("disableMD5");
        a.RefuseOthers();
        return await bucket.UploadFromBytesAsync(name, Convert.FromHexString(source), options);
    }

    public static async Task<BsonValue?> DownloadAsync(GridFSBucket bucket, Arguments a)
    {
        var id = a.Required("id");
        a.RefuseOthers();
        using var stream = new MemoryStream();
        await new GridFSBucket<BsonValue>(bucket.Database).DownloadToStreamAsync(id, stream);
        return new BsonBinaryData(stream.ToArray());
    }

    public static async Task<BsonValue?> DownloadByNameAsync(GridFSBucket bucket, Arguments a)
    {
        var options = new GridFSDownloadByNameOptions { Revision = a.Int("revision") ?? -1 };
        var name = a.Required("filename").AsString;
        a.RefuseOthers();
        return new BsonBinaryData(await bucket.DownloadAsBytesByNameAsync(name, options));
    }

    public static async Task<BsonValue?> DeleteAsync(GridFSBucket bucket, Arguments a)
    {
        var id = a.Required("id");
        a.RefuseOthers();
        await new GridFSBucket<BsonValue>(bucket.Database).DeleteAsync(id);
        return null;
    }

    public static async Task<BsonValue?> RenameAsync(GridFSBucket bucket, Arguments a)
    {
        var (id, name) = (a.Required("id"), a.Required("newFilename").AsString);
        a.RefuseOthers();
        await new GridFSBucket<BsonValue>(bucket.Database).RenameAsync(id, name);
        return null;
    }
}
