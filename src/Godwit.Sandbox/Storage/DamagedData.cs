using Godwit.Bson;
using RocksDbSharp;

namespace Godwit.Sandbox.Storage;

/// <summary>Tells of a data folder that cannot be opened what is the matter with it, and what helps.</summary>
internal static class DamagedData
{
    /// <summary>Opens something in a folder.</summary>
    /// <exception cref="IOException">What is in the folder is damaged, or in use.</exception>
    internal static T Guard<T>(string folder, Func<T> open)
    {
        try
        {
            return open();
        }
        catch (RocksDbException locked) when (IsLocked(locked))
        {
            throw new IOException(
                $"the data in {folder} are in use already: end what uses them, or name another folder",
                locked
            );
        }
        catch (Exception damage)
            when (damage is RocksDbException or BsonFormatException or FormatException or InvalidOperationException)
        {
            throw new IOException(
                $"the data in {folder} are damaged ({damage.Message}). Put a copy from before in its place, or remove it: a member of a "
                    + "set takes its data from the others anew, a server that is alone begins without any",
                damage
            );
        }
    }

    // Of another process, or of this one.
    private static bool IsLocked(RocksDbException failure) =>
        failure.Message.Contains("lock file", StringComparison.Ordinal)
        || failure.Message.Contains("lock hold", StringComparison.Ordinal);
}
