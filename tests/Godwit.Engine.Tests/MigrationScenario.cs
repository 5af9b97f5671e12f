using System.Runtime.CompilerServices;
using Godwit.Bson;
using Godwit.Engine.Reporting;
using Godwit.Engine.Tests.Fakes;
using Godwit.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Engine.Tests;

/// <summary>A fake source with a workload, a fake destination, and migrations between them.</summary>
internal sealed class MigrationScenario
{
    private readonly Random random;

    internal MigrationScenario(
        int seed,
        double faultRate = 0,
        bool isSourceSharded = false,
        bool isDestinationSharded = false
    )
    {
        random = new(seed);
        Faults = new(seed, faultRate);
        Source = new("source", Faults) { IsSharded = isSourceSharded };
        Destination = new("destination", Faults) { IsSharded = isDestinationSharded };
    }

    private MigrationScenario(FakeFaults faults, FakeCluster source, FakeCluster destination)
    {
        random = new(1);
        (Faults, Source, Destination) = (faults, source, destination);
    }

    internal static MigrationSettings Quick =>
        new()
        {
            CutoverAutomatic = true,
            BlockSourceWrites = true,
            Lanes = 4,
            Copiers = 4,
            RangeBytes = 600,
            CheckpointEvery = TimeSpan.FromMilliseconds(10),
            CeilingSlackSeconds = 1,
            VerifyEvery = TimeSpan.FromMilliseconds(10),
            KeepProofEvery = TimeSpan.FromMilliseconds(10),
            LateWriteWatch = TimeSpan.FromMilliseconds(10),
        };

    internal FakeFaults Faults { get; }

    internal FakeCluster Source { get; }

    internal FakeCluster Destination { get; }

    internal Migration Migrate(MigrationSettings settings, TimeProvider? time = null) =>
        new(settings, Source, Destination, time ?? TimeProvider.System, NullLoggerFactory.Instance);

    internal Task<MigrationReport> RunAsync(MigrationSettings settings, CancellationToken cancellationToken) =>
        Migrate(settings).RunAsync(cancellationToken);

    /// <summary>The same clusters, moved in the other direction.</summary>
    internal MigrationScenario Turn() => new(Faults, Destination, Source);

    /// <summary>The same source, and an empty destination.</summary>
    internal MigrationScenario Fresh() =>
        new(Faults, Source, new("destination", Faults) { IsSharded = Destination.IsSharded });

    /// <summary>Hands a committed migration of the other direction over to this one.</summary>
    internal Task HandOverAsync(Notices notices, CancellationToken cancellationToken) =>
        Migration.HandOverAsync(Source, Destination, notices, TimeProvider.System, cancellationToken);

    /// <summary>Fills a collection.</summary>
    internal void Load(string collection, int documents)
    {
        _ = Source.CreateByUser(collection, RawDocument.Empty);
        for (var id = 0; id < documents; id++)
        {
            _ = Source.PutByUser(collection, Document(id));
        }
    }

    /// <summary>Gives a collection an index on one field with one option.</summary>
    internal void Define(string collection, string field, string option, RawValue value)
    {
        var index = new DocumentBuilder
        {
            { "v", 2 },
            {
                "key",
                new DocumentBuilder { { field, 1 } }
            },
            { "name", field + "_1" },
            { option, value },
        }.Build();
        Source.DefineByUser(collection, one => one with { Indexes = [.. one.Indexes, index] });
    }

    /// <summary>What the journal of the cutover says; nothing if no migration is recorded.</summary>
    internal string JournalState()
    {
        var state = Destination.ReadReserved(Recovery.ReservedStore.Migration).FirstOrDefault();
        return state.IsEmpty ? "" : state[Recovery.ReservedStore.State].AsString;
    }

    /// <summary>Waits for a condition.</summary>
    internal Task UntilAsync(
        Func<bool> condition,
        [CallerArgumentExpression(nameof(condition))] string expected = ""
    ) =>
        Condition.UntilAsync(
            () => Task.FromResult(condition()),
            () => $"it did not come to {expected}",
            TimeSpan.FromSeconds(60),
            CancellationToken.None
        );

    internal RawDocument Document(int id) =>
        new DocumentBuilder
        {
            { "_id", id },
            { "number", id },
            { "a", random.Next(100) },
            { "text", new string('x', random.Next(30)) },
        }.Build();

    /// <summary>Writes to the source until cancelled: all kinds of changes, on few keys, with a definition change now and then.</summary>
    internal async Task WorkAsync(string[] collections, int keys, bool definitions, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            for (var i = 0; i < 10; i++)
            {
                Change(collections[random.Next(collections.Length)], random.Next(keys));
            }

            if (definitions && random.NextDouble() < 0.02)
            {
                Define(collections);
            }

            await Task.Delay(1, CancellationToken.None);
        }
    }

    private void Change(string collection, int id)
    {
        switch (random.Next(5))
        {
            case 0:
                Source.DeleteByUser(collection, id);
                break;
            case 1:
                _ = Source.PutByUser(collection, Document(id));
                break;
            default:
                Source.SetByUser(collection, id, "abcdef"[random.Next(6)].ToString(), random.Next(1000));
                break;
        }
    }

    private void Define(string[] collections)
    {
        var names = Source.State.Catalogue.Keys.Select(name => name.ToString()).ToList();
        var pick = collections[random.Next(collections.Length)];
        if (!names.Contains(pick))
        {
            Load(pick, 10);
        }
        else if (random.Next(2) == 0)
        {
            Source.DropByUser(pick);
        }
        else
        {
            Source.RenameByUser(
                pick,
                collections[random.Next(collections.Length)] is var to && to != pick ? to : pick + "_moved"
            );
        }
    }
}
