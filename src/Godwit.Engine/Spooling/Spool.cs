using Godwit.Bson;
using Godwit.Engine.Recovery;

namespace Godwit.Engine.Spooling;

/// <summary>A migration's spool in one of its lives (S33): the folder and what goes on in it.</summary>
internal sealed class Spool : IDisposable
{
    private const string KeyField = "spoolKey";
    private readonly SpoolFolder folder;

    private Spool(SpoolFolder folder, long epoch) => (this.folder, Stream) = (folder, new(folder, epoch));

    internal SpoolFolder Folder => folder;

    internal StreamSpool Stream { get; }

    /// <summary>Opens the spool if one is asked for, with the migration's key, which is made by the first life that needs it.</summary>
    internal static async Task<Spool?> OpenAsync(
        MigrationSettings settings,
        Guid migration,
        long epoch,
        ReservedStore store,
        CancellationToken cancellationToken
    )
    {
        if (settings.SpoolDirectory is not { } directory)
        {
            return null;
        }

        var kept = (await store.ReadStateAsync(cancellationToken))[KeyField];
        var key = kept.IsMissing ? SpoolKey.New() : SpoolKey.Parse(kept);
        if (kept.IsMissing)
        {
            var fields = new DocumentBuilder { { KeyField, key.ToValue() } };
            await store.SetStateAsync(fields.Build(), cancellationToken);
        }

        try
        {
            var folder = new SpoolFolder(directory, migration, key, settings.SpoolBytesMax);
            folder.EraseWaiting();
            return new(folder, epoch);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new MigrationFailedException(
                "SpoolFailed",
                $"The spool in {directory} cannot be opened: {failure.Message}",
                "Name a folder that this user can write to (--spool), and run the migration again.",
                failure
            );
        }
    }

    /// <summary>The migration is over: nothing of it stays on this host.</summary>
    internal void Erase()
    {
        Dispose();
        folder.Erase();
    }

    public void Dispose() => Stream.Dispose();
}
