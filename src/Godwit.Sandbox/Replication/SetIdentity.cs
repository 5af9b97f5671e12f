using Godwit.Bson;

namespace Godwit.Sandbox.Replication;

/// <summary>
/// The <c>replicaSetId</c> of the set whose data a folder keeps: chosen once, when the set is initiated, and the same whenever it is
/// started again, as that of a server's stored configuration is.
/// </summary>
internal static class SetIdentity
{
    private const string FileName = "replica-set-id";

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
