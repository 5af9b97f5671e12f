using Godwit.Bson;

namespace Godwit.Sandbox.Replication;

/// <summary>
/// The <c>replicaSetId</c> of the set whose data a folder keeps: chosen once, when the set is initiated, and the same whenever it is
/// started again, as that of a server's stored configuration is.
/// </summary>
internal static class SetIdentity
{
    private const string FileName = "replica-set-id";

    /// <summary>A UUID that belongs to a set.</summary>
    internal static Guid UuidOf(RawValue id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.Bytes.Span.CopyTo(bytes);
        bytes[6] = (byte)((bytes[6] & 0x0F) | 0x40);
        bytes[8] = (byte)((bytes[8] & 0x3F) | 0x80);
        return new Guid(bytes, bigEndian: true);
    }

    internal static RawValue ReadOrChoose(string directory, TimeProvider time)
    {
        var file = Path.Combine(directory, FileName);
        if (File.Exists(file))
        {
            return RawValue.ObjectId(Convert.FromHexString(File.ReadAllText(file)));
        }

        var chosen = ObjectIds.New(time);
        _ = Directory.CreateDirectory(directory);
        File.WriteAllText(file, Convert.ToHexString(chosen.Bytes.Span));
        return chosen;
    }
}
