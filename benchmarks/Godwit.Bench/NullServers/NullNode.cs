using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Wire;

namespace Godwit.Bench.NullServers;

/// <summary>
/// One side: answers what the engine and its driver ask, as the only member of a replica set. What it does not know it refuses as a
/// server does.
/// </summary>
internal sealed class NullNode(NullPair pair, bool isSource, string address)
{
    private readonly ConcurrentDictionary<long, NullCursor> cursors = new();
    private readonly ReservedDocuments reserved = new();
    private readonly ConcurrentDictionary<Namespace, SyntheticCollection> present = new(
        isSource || pair.Options.IsFilled ? pair.Collections.ToDictionary(one => one.Name) : []
    );
    private long lastCursor;

    private string SetName => isSource ? "null-source" : "null-sink";

    public string ConnectionString => $"mongodb://{address}/?replicaSet={SetName}";

    /// <summary>Makes the reply; the bytes are valid until the next request of the same cursor.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> AnswerAsync(
        NullRequest request,
        NullConnection connection,
        CancellationToken cancellationToken
    )
    {
        if (request.Header.OpCode == OpCode.Query)
        {
            return LegacyReply.ToFrame(request.Header.RequestId, request.Header.RequestId, Hello());
        }

        return request.Name switch
        {
            "find" when request.Database == "bench" => await OpenAsync(
                Find(request),
                request,
                connection,
                cancellationToken
            ),
            "aggregate" when Stage(request) == "$changeStream" => await OpenAsync(
                await WatchAsync(request, cancellationToken),
                request,
                connection,
                cancellationToken
            ),
            "getMore" => await GetMoreAsync(request, connection, cancellationToken),
            _ => ToFrame(request, Answer(request)),
        };
    }

    private RawDocument Answer(NullRequest request) =>
        request.Name switch
        {
            "hello" or "isMaster" or "ismaster" => Hello(),
            "ping" or "endSessions" or "killCursors" or "create" or "createIndexes" or "collMod" => Change(request),
            "buildInfo" => Ok(new() { { "version", "8.0.10" }, { "maxBsonObjectSize", 16 * 1024 * 1024 } }),
            "getParameter" => Ok(
                new()
                {
                    {
                        "featureCompatibilityVersion",
                        new DocumentBuilder { { "version", "8.0" } }
                    },
                }
            ),
            "connectionStatus" => Ok(
                new()
                {
                    {
                        "authInfo",
                        new DocumentBuilder
                        {
                            { "authenticatedUsers", RawValue.Array([]) },
                            { "authenticatedUserRoles", RawValue.Array([]) },
                            { "authenticatedUserPrivileges", RawValue.Array([]) },
                        }
                    },
                }
            ),
            "replSetGetConfig" => Ok(new() { { "config", Configuration() } }),
            "replSetGetStatus" => Ok(new() { { "members", RawValue.Array([new DocumentBuilder { { "state", 1 } }]) } }),
            "listDatabases" => Ok(new() { { "databases", RawValue.Array(Databases()) } }),
            "listCollections" => Cursor(request, Listed(request)),
            "listIndexes" => Cursor(request, [Index()]),
            "collStats" => Ok(Statistics(request)),
            "aggregate" => Aggregate(request),
            "find" => Cursor(request, FindControl(request)),
            "appendOplogNote" => Note(),
            "insert" or "update" or "delete" => Write(request),
            "setUserWriteBlockMode" => Replies.Error(
                pair.Clock,
                40414,
                "Location40414",
                "the field 'global' is missing"
            ),
            var other => Replies.Error(pair.Clock, 59, "CommandNotFound", $"no such command: '{other}'"),
        };

    private RawDocument Hello() =>
        Ok(
            new()
            {
                { "hosts", RawValue.Array([address]) },
                { "setName", SetName },
                { "setVersion", 1 },
                { "isWritablePrimary", true },
                { "ismaster", true },
                { "secondary", false },
                { "me", address },
                { "maxBsonObjectSize", 16777216 },
                { "maxMessageSizeBytes", 48000000 },
                { "maxWriteBatchSize", 100000 },
                { "localTime", RawValue.DateTime(TimeProvider.System.GetUtcNow()) },
                { "logicalSessionTimeoutMinutes", 30 },
                { "minWireVersion", 0 },
                { "maxWireVersion", 25 },
                {
                    "lastWrite",
                    new DocumentBuilder
                    {
                        {
                            "opTime",
                            new DocumentBuilder { { "ts", pair.Clock.Now }, { "t", 1L } }
                        },
                        { "lastWriteDate", RawValue.DateTime(TimeProvider.System.GetUtcNow()) },
                    }
                },
            }
        );

    private DocumentBuilder Configuration() =>
        new()
        {
            { "_id", SetName },
            { "members", RawValue.Array([new DocumentBuilder { { "_id", 0 }, { "host", address } }]) },
            {
                "settings",
                new DocumentBuilder
                {
                    {
                        "replicaSetId",
                        RawValue.ObjectId(new byte[] { isSource ? (byte)1 : (byte)2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 })
                    },
                }
            },
        };

    private IEnumerable<RawValue> Databases()
    {
        string[] names =
        [
            .. present.IsEmpty ? [] : (string[])["bench"],
            .. reserved.IsEmpty ? [] : (string[])[ReservedDocuments.Database],
        ];
        return names.Select(name => (RawValue)new DocumentBuilder { { "name", name } });
    }

    private IEnumerable<RawDocument> Listed(NullRequest request)
    {
        if (request.Database != "bench")
        {
            return [];
        }

        var wanted = Names(request.Body["filter"]);
        var listed = present
            .Values.Where(one => wanted is null || wanted.Contains(one.Name.Collection, StringComparer.Ordinal))
            .OrderBy(one => one.Name.Collection, StringComparer.Ordinal);
        return listed.Select(one =>
            new DocumentBuilder
            {
                { "name", one.Name.Collection },
                { "type", "collection" },
                { "options", RawDocument.Empty },
                {
                    "info",
                    new DocumentBuilder { { "readOnly", false }, { "uuid", RawValue.Uuid(one.Uuid) } }
                },
                { "idIndex", Index() },
            }.Build()
        );
    }

    /// <summary>The names that a filter asks for, one or a list of them; <see langword="null"/> for all.</summary>
    private static IReadOnlyList<string>? Names(RawValue filter)
    {
        if (filter.Type != BsonType.Document || !filter.AsDocument.TryGet("name", out var name))
        {
            return null;
        }

        return name.Type == BsonType.String
            ? [name.AsString]
            : [.. name.AsDocument["$in"].AsDocument.Values().Select(one => one.AsString)];
    }

    private static RawDocument Index() =>
        new DocumentBuilder
        {
            { "v", 2 },
            {
                "key",
                new DocumentBuilder { { "_id", 1 } }
            },
            { "name", "_id_" },
        }.Build();

    private DocumentBuilder Statistics(NullRequest request)
    {
        var one = present.GetValueOrDefault(new(request.Database, request.Collection));
        return new()
        {
            { "count", one?.Documents ?? 0 },
            { "size", one?.Bytes ?? 0 },
            { "storageSize", one?.Bytes ?? 0 },
        };
    }

    private static string Stage(NullRequest request) =>
        request.Body["pipeline"].AsDocument is { IsEmpty: false } stages
            ? stages.First().Value.AsDocument.First().Name
            : "";

    private RawDocument Aggregate(NullRequest request)
    {
        var stage = Stage(request);
        switch (stage)
        {
            case "$collStats":
                return Cursor(request, [new DocumentBuilder { { "storageStats", Statistics(request) } }.Build()]);
            case "$currentOp":
                return Cursor(request, []);
            case "$sample":
                var size = request.Body["pipeline"].AsDocument.First().Value.AsDocument["$sample"].AsDocument["size"];
                return Cursor(request, Sample(present[new(request.Database, request.Collection)], size.AsInt32));
            default:
                return Replies.Error(
                    pair.Clock,
                    40324,
                    "Location40324",
                    $"Unrecognized pipeline stage name: '{stage}'"
                );
        }
    }

    private static IEnumerable<RawDocument> Sample(SyntheticCollection collection, int size) =>
        Enumerable
            .Range(0, size)
            .Select(i => new DocumentBuilder { { "_id", collection.Documents * i / size } }.Build());

    /// <summary>A read of the oplog's ends or of the engine's progress.</summary>
    private IEnumerable<RawDocument> FindControl(NullRequest request) =>
        request.Database == ReservedDocuments.Database ? reserved.Read(request.Collection)
        : request.Collection == "oplog.rs" ? [new DocumentBuilder { { "ts", OplogEdge(request) } }.Build()]
        : [];

    private ClusterTime OplogEdge(NullRequest request)
    {
        var now = pair.Clock.Now;
        var isOldest = request.Body["sort"].AsDocument["$natural"].ToInt64() > 0;
        return isOldest ? new(now.Seconds - 86_400, 1) : now;
    }

    private RawDocument Note()
    {
        _ = pair.Clock.Tick();
        return Ok();
    }

    private RawDocument Change(NullRequest request)
    {
        if (request.Name == "create")
        {
            _ = pair.Clock.Tick();
            var name = new Namespace(request.Database, request.Collection);
            if (request.Database == "bench")
            {
                var like = pair.Collections.First(one => one.Name == name);
                present[name] = new(name, like.Documents, like.DocumentBytes);
            }
        }

        return Ok();
    }

    private RawDocument Write(NullRequest request)
    {
        if (request.Database != ReservedDocuments.Database)
        {
            _ = pair.Clock.Tick();
            pair.HasWritten(request.Statements, request.RelayedBytes);
            return Ok(new() { { "n", request.Statements }, { "nModified", request.Statements } });
        }

        var statements = request.Body[request.Name == "insert" ? "documents" : $"{request.Name}s"].AsDocument;
        if (statements.IsEmpty)
        {
            return Replies.Error(pair.Clock, 16, "InvalidLength", "Write batch sizes must be between 1 and 100000");
        }

        foreach (var statement in statements.Values())
        {
            if (request.Name == "update")
            {
                reserved.Update(request.Collection, statement.AsDocument);
            }
            else
            {
                reserved.Delete(request.Collection, statement.AsDocument);
            }
        }

        _ = pair.Clock.Tick();
        return Ok(new() { { "n", statements.Count() } });
    }

    private NullCursor Find(NullRequest request)
    {
        var collection = present[new(request.Database, request.Collection)];
        if (
            request.Body["filter"] is { Type: BsonType.Document } filter
            && filter.AsDocument.TryGet("_id", out var ids)
        )
        {
            return new KeyCursor(NextCursor(), pair, collection, ids.AsDocument["$in"].AsDocument);
        }

        pair.ReadBegins(isSource);
        var from = Bound(request.Body["min"], 0);
        var to = Bound(request.Body["max"], collection.Documents);
        return new RangeCursor(NextCursor(), pair, collection, isSource, from, to);
    }

    private static long Bound(RawValue bound, long otherwise) =>
        bound is { Type: BsonType.Document } ? bound.AsDocument["_id"].AsInt64 : otherwise;

    /// <summary>
    /// A stream that is meant to be read (a probe asks for nothing but an answer) opens on the sink when all events are applied: verification
    /// waits for it, so until then applying is measured alone.
    /// </summary>
    private async ValueTask<NullCursor> WatchAsync(NullRequest request, CancellationToken cancellationToken)
    {
        var options = request.Body["pipeline"].AsDocument.First().Value.AsDocument["$changeStream"].AsDocument;
        if (!isSource && options.Has("showExpandedEvents"))
        {
            await pair.EventsApplied.WaitAsync(cancellationToken);
        }

        var feed = isSource ? pair.Feeds[Part(request)] : null;
        if (options.Has("showExpandedEvents"))
        {
            feed?.Open(isRaw: options["showRawUpdateDescription"].IsTruthy());
        }

        return new StreamCursor(NextCursor(), pair, feed);
    }

    /// <summary>Which part of the events a filter by the hash of their keys is for; a probe may ask for one that is not there.</summary>
    private int Part(NullRequest request)
    {
        var match = request
            .Body["pipeline"]
            .AsDocument.Values()
            .Select(stage => stage.AsDocument["$match"])
            .FirstOrDefault(one => one.Type == BsonType.Document);
        if (match.Type != BsonType.Document)
        {
            return 0;
        }

        var filter = match.AsDocument;
        return filter.TryGet("$expr", out var wanted)
            ? Math.Min(wanted.AsDocument["$eq"].AsDocument.Values().Last().AsInt32, pair.Feeds.Count - 1)
            : 0;
    }

    private async ValueTask<ReadOnlyMemory<byte>> OpenAsync(
        NullCursor cursor,
        NullRequest request,
        NullConnection connection,
        CancellationToken cancellationToken
    )
    {
        var reply = await cursor.NextAsync(request, connection, cancellationToken);
        if (!cursor.IsAtEnd)
        {
            cursors[cursor.Id] = cursor;
        }

        return reply;
    }

    private async ValueTask<ReadOnlyMemory<byte>> GetMoreAsync(
        NullRequest request,
        NullConnection connection,
        CancellationToken cancellationToken
    )
    {
        var id = request.Body.First().Value.AsInt64;
        if (!cursors.TryGetValue(id, out var cursor))
        {
            return ToFrame(request, Replies.Error(pair.Clock, 43, "CursorNotFound", $"cursor id {id} not found"));
        }

        var reply = await cursor.NextAsync(request, connection, cancellationToken);
        if (cursor.IsAtEnd)
        {
            _ = cursors.TryRemove(id, out _);
        }

        return reply;
    }

    private long NextCursor() => Interlocked.Increment(ref lastCursor);

    private RawDocument Ok(DocumentBuilder? fields = null) => Replies.Ok(pair.Clock, fields);

    private RawDocument Cursor(NullRequest request, IEnumerable<RawDocument> documents) =>
        Replies.Cursor(pair.Clock, new(request.Database, "$cmd"), documents);

    private static ReadOnlyMemory<byte> ToFrame(NullRequest request, RawDocument reply) =>
        OpMessageWriter.ToFrame(request.Header.RequestId, request.Header.RequestId, MessageFlags.None, reply);
}
