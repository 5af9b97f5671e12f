using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Npgsql;

namespace Godwit.Hub.Hosting;

/// <summary>
/// The database of a Hub, held by one process at a time (P19): an SQLite file with a lock beside it, or a PostgreSQL database whose advisory
/// lock a second Hub waits for, to take over when the first is gone.
/// </summary>
internal sealed class HubStorage : IAsyncDisposable
{
    private const long LockNumber = 0x676F647769740001;
    private static readonly TimeSpan LookEvery = TimeSpan.FromSeconds(2);
    private readonly IAsyncDisposable held;

    private HubStorage(IAsyncDisposable held) => this.held = held;

    internal static void Use(DbContextOptionsBuilder database, HubOptions options)
    {
        _ = database.ConfigureWarnings(warnings => warnings.Ignore(RelationalEventId.PendingModelChangesWarning));
        _ = options.Database is { } address
            ? database.UseNpgsql(address)
            : database.UseSqlite($"Data Source={Path.Combine(options.DataDirectory, "hub.db")}");
    }

    /// <summary>Takes the database for this process; waits where another Hub has it and waiting makes sense.</summary>
    /// <exception cref="IOException">Another process has the file.</exception>
    internal static async Task<HubStorage> HoldAsync(
        HubOptions options,
        TimeProvider time,
        CancellationToken cancellationToken
    )
    {
        if (options.Database is not { } address)
        {
            return new(HoldFile(options.DataDirectory));
        }

        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(address) { KeepAlive = 5, Pooling = false }.ConnectionString
        );
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            while (!await TryLockAsync(connection, cancellationToken).ConfigureAwait(false))
            {
                await Task.Delay(LookEvery, time, cancellationToken).ConfigureAwait(false);
            }

            return new(connection);
        }
        catch (NpgsqlException refused)
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw new IOException($"the database cannot be used: {refused.Message}", refused);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public ValueTask DisposeAsync() => held.DisposeAsync();

    private static FileStream HoldFile(string folder)
    {
        try
        {
            return new(
                Path.Combine(folder, "hub.lock"),
                new FileStreamOptions
                {
                    Mode = FileMode.OpenOrCreate,
                    Access = FileAccess.ReadWrite,
                    Share = FileShare.None,
                }
            );
        }
        catch (IOException taken)
        {
            throw new IOException($"another Hub runs on {folder}", taken);
        }
    }

    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("SELECT pg_try_advisory_lock(@number)", connection);
        await using (command.ConfigureAwait(false))
        {
            _ = command.Parameters.AddWithValue("number", LockNumber);
            return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is true;
        }
    }
}
