using Godwit.Hub.Data;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Hosting;

/// <summary>Marks the database of a Hub that does not run as put back from a backup (P3).</summary>
internal static class HubRestore
{
    /// <summary>Sets the mark, or takes it away.</summary>
    /// <returns>Whether it was there before.</returns>
    /// <exception cref="IOException">There is no Hub's database, or the Hub runs.</exception>
    internal static async Task<bool> RunAsync(
        HubOptions options,
        bool isDone,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (options.Database is null && !File.Exists(Path.Combine(options.DataDirectory, "hub.db")))
        {
            throw new IOException($"{options.DataDirectory} holds no Hub's database");
        }

        var storage = await HubStorage.HoldAsync(options, time, cancellationToken).ConfigureAwait(false);
        await using (storage.ConfigureAwait(false))
        {
            var builder = new DbContextOptionsBuilder<HubDatabase>();
            HubStorage.Use(builder, options);
            var database = new HubDatabase(builder.Options);
            await using (database.ConfigureAwait(false))
            {
                await database.Database.MigrateAsync(cancellationToken).ConfigureAwait(false);
                if (isDone)
                {
                    return await Quarantine.UnmarkAsync(database, cancellationToken).ConfigureAwait(false);
                }

                await Quarantine.MarkAsync(database, time, cancellationToken).ConfigureAwait(false);
                return false;
            }
        }
    }
}
