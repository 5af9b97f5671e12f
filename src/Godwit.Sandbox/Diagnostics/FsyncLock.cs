using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sharding;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>
/// <c>fsync</c> with <c>lock</c> and <c>fsyncUnlock</c> (fsync.cpp): until it is unlocked as often as it was locked, whoever wants to
/// write waits; reads go on. So does a secondary's applying. The lock is kept in memory, and gone when the member ends.
/// </summary>
internal sealed class FsyncLock
{
    private const string Help = "http://dochub.mongodb.org/core/fsynccommand";
    private readonly SharedGate writing = new();
    private readonly SemaphoreSlim changing = new(1);
    private IDisposable? held;
    private long count;

    /// <summary>Whether writes are stopped.</summary>
    internal bool IsHeld => Interlocked.Read(ref count) > 0;

    /// <summary><c>fsync</c>: every commit is in the write-ahead log already.</summary>
    internal static async ValueTask<DocumentBuilder> FlushAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        if (!context.Body["lock"].IsTruthy())
        {
            return new() { { "numFiles", 1 } };
        }

        var locks = await context.Member.FsyncLock.TakeAsync(cancellationToken).ConfigureAwait(false);
        return new()
        {
            { "info", "now locked against writes, use db.fsyncUnlock() to unlock" },
            { "lockCount", locks },
            { "seeAlso", Help },
        };
    }

    /// <summary><c>fsyncUnlock</c>.</summary>
    internal static async ValueTask<DocumentBuilder> UnlockAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var left = await context.Member.FsyncLock.GiveAsync(cancellationToken).ConfigureAwait(false);
        return new() { { "info", "fsyncUnlock completed" }, { "lockCount", left } };
    }

    /// <summary>Lets a command write, once writes are not stopped; they cannot be stopped before it is done.</summary>
    internal ValueTask<IDisposable> EnterAsync(CancellationToken cancellationToken) =>
        writing.ShareAsync(cancellationToken);

    private async ValueTask<long> TakeAsync(CancellationToken cancellationToken)
    {
        await changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            held ??= await writing.OwnAsync(cancellationToken).ConfigureAwait(false);
            return Interlocked.Increment(ref count);
        }
        finally
        {
            _ = changing.Release();
        }
    }

    private async ValueTask<long> GiveAsync(CancellationToken cancellationToken)
    {
        await changing.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (!IsHeld)
            {
                throw new CommandException(ErrorCode.IllegalOperation, "fsyncUnlock called when not locked");
            }

            var left = Interlocked.Decrement(ref count);
            if (left == 0)
            {
                held!.Dispose();
                held = null;
            }

            return left;
        }
        finally
        {
            _ = changing.Release();
        }
    }
}
