using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Cursors;

/// <summary>The open cursors of one member: opened by queries, continued by getMore, closed by age, by killCursors or with their session.</summary>
internal sealed class CursorRegistry(TimeProvider time, int most = CursorRegistry.Max)
{
    /// <summary>How many cursors a member keeps open unless it is told otherwise: each may hold a snapshot and a batch.</summary>
    internal const int Max = 100_000;

    /// <summary>How many documents a first batch has where nothing is said.</summary>
    internal const int FirstBatchDocumentsDefault = 101;

    private static readonly TimeSpan IdleTimeout = TimeSpan.FromMinutes(10);
    private readonly ConcurrentDictionary<long, ServerCursor> cursors = new();
    private int count;

    /// <summary>The cursors open now.</summary>
    internal IEnumerable<ServerCursor> Open => cursors.Values;

    /// <summary>Raised when a cursor was closed.</summary>
    internal ChangeSignal Closed { get; } = new();

    /// <summary>
    /// Makes the first reply of a query: the first batch, and a cursor where more is left or may come. Takes over the source.
    /// </summary>
    internal RawDocument OpenReply(CommandContext context, IDocumentSource source, CursorOptions options)
    {
        var cursor = new ServerCursor(NewId(), source, options, context.Session)
        {
            Owner = context.Client.User,
            OriginatingCommand = context.Body,
            Routing = context.Request.Routing,
            LastUsed = time.GetUtcNow(),
        };
        var isKept = false;
        try
        {
            var batch = cursor.ReadBatch(options.BatchSize ?? FirstBatchDocumentsDefault);
            isKept = !options.IsSingleBatch && !cursor.IsExhausted && Keep(cursor);
            return Reply(cursor, "firstBatch", batch, isKept);
        }
        finally
        {
            if (!isKept)
            {
                cursor.Dispose();
            }
        }
    }

    /// <summary>Takes a cursor for one command; give it back with <see cref="Release"/>.</summary>
    internal ServerCursor Pin(long id)
    {
        if (!cursors.TryGetValue(id, out var cursor))
        {
            throw NotFound(id);
        }

        lock (cursor)
        {
            if (cursor.IsKilled)
            {
                throw NotFound(id);
            }

            if (cursor.IsPinned)
            {
                throw new CommandException(ErrorCode.CursorInUse, $"cursor id {id} is already in use");
            }

            cursor.IsPinned = true;
            return cursor;
        }
    }

    /// <summary>Gives a cursor back; closes it when it is done, broken or was killed meanwhile.</summary>
    internal void Release(ServerCursor cursor, bool isDone)
    {
        lock (cursor)
        {
            cursor.IsPinned = false;
            cursor.LastUsed = time.GetUtcNow();
            if (!isDone && !cursor.IsKilled)
            {
                return;
            }
        }

        Close(cursor);
    }

    /// <summary>Kills a cursor; one in use ends when its command does.</summary>
    /// <returns>Whether there was such a cursor.</returns>
    internal bool Kill(long id)
    {
        if (!cursors.TryGetValue(id, out var cursor))
        {
            return false;
        }

        lock (cursor)
        {
            cursor.IsKilled = true;
            if (cursor.IsPinned)
            {
                return true;
            }
        }

        Close(cursor);
        return true;
    }

    /// <summary>Kills all cursors for which the condition holds.</summary>
    internal void KillWhere(Func<ServerCursor, bool> condition)
    {
        foreach (var cursor in cursors.Values.Where(condition))
        {
            _ = Kill(cursor.Id);
        }
    }

    /// <summary>Closes cursors that nobody has used for ten minutes, those of sessions excepted.</summary>
    internal void CloseIdle()
    {
        var oldest = time.GetUtcNow() - IdleTimeout;
        KillWhere(cursor =>
            !cursor.Options.HasNoTimeout && cursor.Session.SessionId is null && cursor.LastUsed < oldest
        );
    }

    /// <summary>The reply <c>{cursor: {firstBatch | nextBatch, postBatchResumeToken?, id, ns, atClusterTime?}}</c>.</summary>
    internal static RawDocument Reply(ServerCursor cursor, string batchField, ArrayBuilder batch, bool isOpen)
    {
        var inner = new DocumentBuilder(batch.Length + 256)
        {
            { batchField, batch.Build() },
            { "postBatchResumeToken", cursor.PostBatchResumeToken },
            { "invalidated", cursor.IsInvalidated ? true : RawValue.Missing },
            { "id", isOpen ? cursor.Id : 0L },
            { "ns", cursor.Options.Namespace.ToString() },
        };
        if (cursor.Options.AtClusterTime is { } time)
        {
            inner.Add("atClusterTime", time);
        }

        return new DocumentBuilder(inner.Length + 64) { { "cursor", inner } }.Build();
    }

    /// <summary>MongoDB has no such limit and runs out of memory instead; the code is the one it has for that.</summary>
    private bool Keep(ServerCursor cursor)
    {
        if (Interlocked.Increment(ref count) > most)
        {
            _ = Interlocked.Decrement(ref count);
            throw new CommandException(
                ErrorCode.ExceededMemoryLimit,
                $"{most} cursors are open already: close some, or let them be read to their end"
            );
        }

        cursors[cursor.Id] = cursor;
        return true;
    }

    private void Close(ServerCursor cursor)
    {
        if (cursors.TryRemove(cursor.Id, out _))
        {
            _ = Interlocked.Decrement(ref count);
            cursor.Dispose();
            Closed.Raise();
        }
    }

    private static CommandException NotFound(long id) => new(ErrorCode.CursorNotFound, $"cursor id {id} not found");

    private long NewId()
    {
        long id;
        do
        {
            id = Random.Shared.NextInt64(1, long.MaxValue);
        } while (cursors.ContainsKey(id));

        return id;
    }
}
