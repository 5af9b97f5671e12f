using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>The writing half.</summary>
internal sealed partial class FakeCluster
{
    public async Task<WriteOutcome> WriteAsync(
        WriteTicket ticket,
        WriteCommand command,
        CancellationToken cancellationToken
    )
    {
        var copy = command with { Statements = DocumentBatch.Of([.. Each(command.Statements)]) };
        await (BeforeWrite?.Invoke(copy) ?? Task.CompletedTask);
        if (Swallows?.Invoke(command.Collection.Name) == true)
        {
            return new(copy.Statements.Count, [], Now);
        }

        var outcome = await SendAsync(ticket, () => Execute(ticket, [copy]), cancellationToken);
        OnWrite?.Invoke(command.Collection.Name.ToString());
        return outcome;
    }

    public Task<WriteOutcome> WriteInTransactionAsync(
        WriteTicket ticket,
        IReadOnlyList<WriteCommand> commands,
        CancellationToken cancellationToken
    ) => SendAsync(ticket, () => Execute(ticket, commands), cancellationToken);

    public Task<IReadOnlyList<RawDocument>> ReadReservedAsync(string collection, CancellationToken cancellationToken) =>
        Task.FromResult(ReadReserved(collection));

    internal IReadOnlyList<RawDocument> ReadReserved(string collection)
    {
        lock (gate)
        {
            var there = State.Catalogue.GetValueOrDefault(new(ReservedDatabase, collection));
            return there is null ? [] : [.. State.Of(there.Uuid).Values];
        }
    }

    public Task<bool> SwapReservedAsync(string collection, RawDocument statement, CancellationToken cancellationToken)
    {
        faults.Step();
        lock (gate)
        {
            var uuid = Reserved(collection);
            var query = statement["q"].AsDocument;
            var before = State.Find(uuid, query["_id"]);
            var matches = before is { } one && query.All(field => one[field.Name].ToString() == field.Value.ToString());
            if (!matches && (before is not null || !statement["upsert"].IsTruthy()))
            {
                return Task.FromResult(false);
            }

            if (statement["u"].AsDocument["$set"].AsDocument["state"] is { IsMissing: false } journal)
            {
                OnJournal?.Invoke(journal.AsString);
            }

            var after = FakeUpdates.Set(
                before ?? new DocumentBuilder { { "_id", query["_id"] } }.Build(),
                statement["u"].AsDocument
            );
            _ = Tick();
            Commit(State.Put(uuid, after), []);
            return Task.FromResult(true);
        }
    }

    public Task DropReservedAsync(CancellationToken cancellationToken)
    {
        lock (gate)
        {
            foreach (var one in State.Catalogue.Values.Where(one => one.Name.Database == ReservedDatabase).ToList())
            {
                State = State.Drop(one.Name);
            }
        }

        return Task.CompletedTask;
    }

    public Task<Guid> CreateCollectionAsync(Namespace name, RawDocument options, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            return Task.FromResult(Create(name, options));
        }
    }

    public async Task CreateIndexesAsync(
        CollectionAddress collection,
        IReadOnlyList<RawDocument> indexes,
        CancellationToken cancellationToken
    )
    {
        await (BeforeIndexes?.Invoke() ?? Task.CompletedTask);
        await DefineAsync(
            collection,
            there =>
                there with
                {
                    Indexes =
                    [
                        .. there.Indexes,
                        .. indexes.Where(index => there.Indexes.All(other => other["name"] != index["name"])),
                    ],
                }
        );
    }

    public Task DropIndexAsync(CollectionAddress collection, string index, CancellationToken cancellationToken) =>
        DefineAsync(
            collection,
            there => there with { Indexes = [.. there.Indexes.Where(one => one["name"].AsString != index)] }
        );

    public Task ModifyCollectionAsync(
        CollectionAddress collection,
        RawDocument modification,
        CancellationToken cancellationToken
    )
    {
        faults.Step();
        BeforeModify?.Invoke();
        if (modification["dryRun"].IsTruthy())
        {
            RefuseEqualValues(collection, modification["index"].AsDocument["name"]);
            return Task.CompletedTask;
        }

        return DefineAsync(collection, there => FakeUpdates.Modify(there, modification));
    }

    /// <summary>As a server answers whether an index can become unique.</summary>
    private void RefuseEqualValues(CollectionAddress collection, RawValue name)
    {
        lock (gate)
        {
            var there = Resolve(collection);
            var field = there.Indexes.Single(one => one["name"] == name)["key"].AsDocument.First().Name;
            var violations = State
                .Of(there.Uuid)
                .Values.GroupBy(document => document[field].ToString())
                .Where(group => group.Count() > 1)
                .Select(group =>
                    new DocumentBuilder { { "ids", RawValue.Array(group.Select(one => one["_id"])) } }.Build()
                )
                .ToList();
            if (violations.Count > 0)
            {
                const string cannot = "Cannot convert the index to unique.";
                throw new ClusterException(Side.Destination, Stage.Catalogue, FaultKind.DataConflict, cannot, 359)
                {
                    Violations = violations,
                };
            }
        }
    }

    public Task RenameCollectionAsync(
        CollectionAddress collection,
        Namespace newName,
        bool dropTarget,
        CancellationToken cancellationToken
    )
    {
        lock (gate)
        {
            var there = Resolve(collection);
            _ = Tick();
            Commit(State.Rename(there.Name, newName), [Definition("rename", there.Name, there.Uuid)]);
        }

        return Task.CompletedTask;
    }

    public Task DropCollectionAsync(CollectionAddress collection, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (State.Catalogue.TryGetValue(collection.Name, out var there))
            {
                _ = Tick();
                Commit(State.Drop(collection.Name), [Definition("drop", there.Name, there.Uuid)]);
            }
        }

        return Task.CompletedTask;
    }

    private static List<RawDocument> Each(DocumentBatch batch)
    {
        var list = new List<RawDocument>();
        foreach (var one in batch)
        {
            list.Add(one);
        }

        return list;
    }

    /// <summary>The way to the server and back: the request or the answer may be lost, and a lost request may still arrive later.</summary>
    private async Task<WriteOutcome> SendAsync(
        WriteTicket ticket,
        Func<WriteOutcome> execute,
        CancellationToken cancellationToken
    )
    {
        faults.Step();
        await Task.Yield();
        cancellationToken.ThrowIfCancellationRequested();
        if (LosesNext || faults.Strikes())
        {
            if (!LosesNext && faults.Next() < 0.5)
            {
                _ = execute();
            }
            else
            {
                lock (gate)
                {
                    LosesNext = false;
                    Late.Add(() =>
                    {
                        _ = Record(execute);
                        return Task.CompletedTask;
                    });
                }
            }

            throw FakeFaults.Lost(Stage.Write);
        }

        return execute();
    }

    private static object? Record(Func<WriteOutcome> execute)
    {
        try
        {
            return execute();
        }
        catch (ClusterException fault)
        {
            return fault;
        }
    }

    /// <summary>Delivers requests that were lost on the way, in any order.</summary>
    internal async Task DeliverLateAsync()
    {
        List<Func<Task>> late;
        lock (gate)
        {
            late = [.. Late.OrderBy(_ => faults.Next())];
            Late.Clear();
        }

        foreach (var one in late)
        {
            await one();
        }
    }

    private WriteOutcome Execute(WriteTicket ticket, IReadOnlyList<WriteCommand> commands)
    {
        lock (gate)
        {
            CheckNumber(ticket);
            if (
                sessions.TryGetValue(ticket.Session, out var last)
                && last.Number == ticket.TransactionNumber
                && last.Outcome is { } known
            )
            {
                return known;
            }

            var count = 0;
            var errors = new List<StatementError>();
            foreach (var command in commands)
            {
                count += Execute(command, errors);
            }

            var outcome = new WriteOutcome(count, errors, now);
            sessions[ticket.Session] = (ticket.TransactionNumber, outcome);
            return outcome;
        }
    }

    private int Execute(WriteCommand command, List<StatementError> errors)
    {
        var uuid =
            command.Collection.Name.Database == ReservedDatabase
                ? Reserved(command.Collection.Name.Collection)
                : Resolve(command.Collection).Uuid;
        var (index, count) = (0, 0);
        foreach (var statement in command.Statements)
        {
            var isRefused = IsRefused(uuid, statement);
            var (done, error) = isRefused
                ? (null, "refused (injected)")
                : FakeUpdates.Execute(State, uuid, command.Kind, statement);
            if (done is { } written && FindDuplicate(written.State, uuid, written.Id) is { } duplicate)
            {
                (done, error) = (null, duplicate);
            }

            if (error is not null)
            {
                errors.Add(new(index, isRefused ? 121 : 11000, error, RawDocument.Empty));
                if (command.Ordered)
                {
                    return count;
                }
            }
            else if (done is { } change)
            {
                count++;
                _ = Tick();
                Commit(change.State, [Event(change.Operation, command.Collection.Name, uuid, change.Id, [])]);
            }

            index++;
        }

        return count;
    }

    private bool IsRefused(Guid uuid, RawDocument statement)
    {
        var isMeant =
            RefusalsLeft > 0
            && refused is var (collection, id)
            && collection == uuid
            && statement["q"] is { Type: BsonType.Document } query
            && query.AsDocument["_id"] == id;
        RefusalsLeft -= isMeant ? 1 : 0;
        return isMeant;
    }

    /// <summary>Says which unique (or prepared) single-field index the document now violates.</summary>
    private static string? FindDuplicate(FakeState after, Guid uuid, RawValue id)
    {
        var there = after.Catalogue.Values.FirstOrDefault(one => one.Uuid == uuid);
        if (there is null || after.Find(uuid, id) is not { } written)
        {
            return null;
        }

        return there
            .Indexes.Where(index => index["unique"].IsTruthy() || index["prepareUnique"].IsTruthy())
            .Select(index => index["key"].AsDocument.First().Name)
            .FirstOrDefault(field =>
                after.Of(uuid).Values.Any(other => other["_id"] != id && other[field] == written[field])
            );
    }

    private void CheckNumber(WriteTicket ticket)
    {
        if (sessions.TryGetValue(ticket.Session, out var last) && ticket.TransactionNumber < last.Number)
        {
            throw new ClusterException(Side.Destination, Stage.Write, FaultKind.Fenced, "transaction too old", 225);
        }
    }

    private Guid Reserved(string collection)
    {
        var there = new Namespace(ReservedDatabase, collection);
        return State.Catalogue.TryGetValue(there, out var known) ? known.Uuid : Create(there, RawDocument.Empty);
    }

    private CollectionDescription Resolve(CollectionAddress collection)
    {
        var there = State.Catalogue.Values.FirstOrDefault(one => one.Uuid == collection.Uuid);
        return there is not null && there.Name == collection.Name
            ? there
            : throw new ClusterException(
                Side.Destination,
                Stage.Write,
                FaultKind.Moved,
                "collection UUID mismatch",
                361
            )
            {
                ActualName = there?.Name,
            };
    }

    private Task DefineAsync(CollectionAddress collection, Func<CollectionDescription, CollectionDescription> change)
    {
        lock (gate)
        {
            var there = Resolve(collection);
            _ = Tick();
            Commit(State.Define(change(there)), [Definition("modify", there.Name, there.Uuid)]);
        }

        return Task.CompletedTask;
    }

    private Guid Create(Namespace at, RawDocument options)
    {
        if (State.Catalogue.ContainsKey(at))
        {
            throw new ClusterException(Side.Destination, Stage.Catalogue, FaultKind.DataConflict, $"{at} exists", 48);
        }

        var isView = options.Has("viewOn");
        var uuid = isView ? Guid.Empty : new Guid(++uuids, 7, (short)name[0], [0, 0, 0, 0, 0, 0, 0, 0]);
        var index = new DocumentBuilder
        {
            { "v", 2 },
            {
                "key",
                new DocumentBuilder { { "_id", 1 } }
            },
            { "name", "_id_" },
        };
        _ = Tick();
        Commit(
            State.Define(
                new(
                    at,
                    uuid,
                    isView ? CollectionKind.View : CollectionKind.Collection,
                    options,
                    isView ? [] : [index.Build()],
                    []
                )
            ),
            [Definition("create", at, uuid)]
        );
        return uuid;
    }
}
