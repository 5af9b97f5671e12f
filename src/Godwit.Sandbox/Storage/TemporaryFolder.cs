namespace Godwit.Sandbox.Storage;

/// <summary>
/// A folder for data that go with the Sandbox. A process that is killed leaves it behind, half a gigabyte at times: the next Sandbox
/// removes it. Whether somebody uses a folder, the lock on a file in it says, which the system lifts from the dead.
/// </summary>
internal sealed class TemporaryFolder : IDisposable
{
    private const string Prefix = "godwit-sandbox-";
    private const string LockName = "in-use";

    /// <summary>A lock is taken a moment after its file is made.</summary>
    private static readonly TimeSpan YoungFor = TimeSpan.FromMinutes(1);

    private readonly FileStream held;

    private TemporaryFolder(string path)
    {
        Path = path;
        held = Hold(path, FileMode.CreateNew);
    }

    internal string Path { get; }

    /// <summary>Makes one, and removes those that nobody uses any more.</summary>
    /// <param name="time">The clock: what was made just now is let be.</param>
    /// <param name="parent">Where; <see langword="null"/> for the system's folder for such.</param>
    internal static TemporaryFolder Create(TimeProvider time, string? parent = null)
    {
        var place = parent ?? System.IO.Path.GetTempPath();
        foreach (var left in Directory.EnumerateDirectories(place, Prefix + "*"))
        {
            RemoveIfAbandoned(left, time);
        }

        return new(
            Directory.CreateDirectory(System.IO.Path.Combine(place, Prefix + Guid.NewGuid().ToString("N"))).FullName
        );
    }

    public void Dispose()
    {
        held.Dispose();
        Directory.Delete(Path, recursive: true);
    }

    private static void RemoveIfAbandoned(string folder, TimeProvider time)
    {
        try
        {
            var made = File.GetLastWriteTimeUtc(System.IO.Path.Combine(folder, LockName));
            if (time.GetUtcNow().UtcDateTime - made > YoungFor && made > DateTime.UnixEpoch)
            {
                using var taken = Hold(folder, FileMode.Open);
                Directory.Delete(folder, recursive: true);
            }
        }
        catch (Exception inUse) when (inUse is IOException or UnauthorizedAccessException)
        {
            // Somebody uses it, removes it at this moment, or it is another user's.
        }
    }

    private static FileStream Hold(string folder, FileMode mode) =>
        new(System.IO.Path.Combine(folder, LockName), mode, FileAccess.ReadWrite, FileShare.None);
}
