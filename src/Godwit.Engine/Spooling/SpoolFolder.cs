using Godwit.Engine.Pacing;

namespace Godwit.Engine.Spooling;

/// <summary>
/// A migration's folder on its host: makes files that only the user can read, counts their bytes together against a bound, and erases
/// all of it at the end (S33).
/// </summary>
internal sealed class SpoolFolder
{
    /// <summary>Begins the names of files with events that wait for a range.</summary>
    internal const string WaitingPrefix = "waiting";

    private readonly string path;
    private readonly SpoolKey key;
    private readonly long bytesMax;
    private readonly Pulse freed = new();
    private long used;
    private int files;

    internal SpoolFolder(string parent, Guid migration, SpoolKey key, long bytesMax)
    {
        path = Path.Combine(parent, $"godwit-{migration:N}");
        (this.key, this.bytesMax) = (key, bytesMax);
        CreateForUserOnly(path);
    }

    /// <summary>Bytes on disk.</summary>
    internal long Used => Interlocked.Read(ref used);

    /// <summary>Completes when bytes are given back next.</summary>
    internal Task Freed => freed.Next;

    /// <summary>Takes room for a record; false if the bound would be passed.</summary>
    internal bool TryReserve(long bytes)
    {
        var after = Interlocked.Add(ref used, bytes + SpoolFile.RecordOverhead);
        if (after <= bytesMax)
        {
            return true;
        }

        // Nobody is woken: nothing has become free that was taken before.
        _ = Interlocked.Add(ref used, -(bytes + SpoolFile.RecordOverhead));
        return false;
    }

    /// <summary>Gives room back.</summary>
    internal void Release(long bytes)
    {
        _ = Interlocked.Add(ref used, -bytes);
        freed.Set();
    }

    /// <summary>A new file; its records are reserved one by one.</summary>
    internal Task<SpoolFile> CreateAsync(string prefix, CancellationToken cancellationToken) =>
        SpoolFile.CreateAsync(
            Path.Combine(path, FormattableString.Invariant($"{prefix}-{Interlocked.Increment(ref files):D8}.spool")),
            key,
            cancellationToken
        );

    /// <summary>Opens a file an earlier life left; its bytes count.</summary>
    internal async Task<SpoolFile> OpenAsync(string name, CancellationToken cancellationToken)
    {
        var file = await SpoolFile.OpenAsync(name, key, cancellationToken);
        _ = Interlocked.Add(ref used, file.RecordBytes);
        return file;
    }

    /// <summary>Files of earlier lives whose names begin so, in the order they were made.</summary>
    internal IReadOnlyList<string> Find(string prefix) =>
        [.. Directory.EnumerateFiles(path, $"{prefix}-*.spool").Order(StringComparer.Ordinal)];

    /// <summary>Removes a file, giving back its room.</summary>
    internal void Erase(SpoolFile file)
    {
        var bytes = file.RecordBytes;
        file.Erase();
        Release(bytes);
    }

    /// <summary>Removes events that waited for ranges of an earlier life: those ranges are copied anew (S7).</summary>
    internal void EraseWaiting()
    {
        foreach (var name in Find(WaitingPrefix))
        {
            File.Delete(name);
        }
    }

    /// <summary>Removes everything, whoever left it.</summary>
    internal void Erase() => Directory.Delete(path, recursive: true);

    private static void CreateForUserOnly(string path)
    {
        if (OperatingSystem.IsWindows())
        {
            _ = Directory.CreateDirectory(path);
        }
        else
        {
            _ = Directory.CreateDirectory(
                path,
                UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
            );
        }
    }
}
