using Godwit.Testing;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>Waits for migrations in this process.</summary>
internal static class Readiness
{
    /// <summary>Waits until a migration can be cut over, or has ended, of which its run then tells.</summary>
    internal static Task UntilReadyAsync(
        Migration migration,
        Task run,
        TimeSpan patience,
        CancellationToken cancellationToken
    ) =>
        Condition.UntilAsync(
            () => Task.FromResult(migration.Progress.CanCommit || run.IsCompleted),
            () => $"not in sync: {string.Join("; ", migration.Progress.Warnings)}",
            patience,
            cancellationToken
        );
}
