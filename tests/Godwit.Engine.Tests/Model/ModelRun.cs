namespace Godwit.Engine.Tests.Model;

/// <summary>A write met another document than the one it was made on: an event was lost, doubled or reordered.</summary>
internal sealed class DivergenceException(string message) : Exception(message);

/// <summary>
/// One random migration in virtual time: copy, apply, re-reads, checkpoints, verification, crashes with writes still on the way,
/// failovers and definition changes, in an order drawn from the seed. The engine's part is its own decision types.
/// </summary>
internal sealed partial class ModelRun(int seed, Omission omission, ModelKind kind)
{
    private const int StepsMax = 60;
    private readonly Random random = new(seed);
    private ModelDestination destination = new(ModelState.Empty);
    private readonly List<Func<ModelState, ModelState>> zombies = [];
    private ModelSource source = null!;
    private ModelLife life = null!;
    private ModelCheckpoint saved = null!;
    private int start;
    private int crashes;
    private HashSet<Guid> adopted = [];

    internal int Compared { get; private set; }

    internal int Alarms { get; private set; }

    private bool IsOrdered => kind.HasFlag(ModelKind.Ordered);

    private bool IsNatural => kind.HasFlag(ModelKind.Natural);

    private bool IsPassing => kind.HasFlag(ModelKind.Passing);

    private bool IsSourceBusy => source.Steps < start + StepsMax;

    /// <summary>Runs to the end; throws <see cref="DivergenceException"/> if both clusters are not identical then.</summary>
    internal void Run()
    {
        source = new(random, kind, ModelState.Empty, 1);
        for (var i = random.Next(1, 8); i > 0; i--)
        {
            source.Step();
        }

        start = source.Steps;
        saved = new(new(source.Now, source.Now), new Dictionary<Guid, IReadOnlyList<SavedRange>>());
        Migrate();
        if (kind.HasFlag(ModelKind.Turned))
        {
            TurnRound();
            Migrate();
        }
    }

    private void Migrate()
    {
        while (!Live()) { }

        var (expected, actual) = (source.State.Describe(IsOrdered), destination.State.Describe(IsOrdered));
        if (!string.Equals(expected, actual, StringComparison.Ordinal))
        {
            throw new DivergenceException($"source {expected} / destination {actual}");
        }
    }

    /// <summary>One life: from the fence to the end (true) or to a crash (false).</summary>
    private bool Live()
    {
        if (omission != Omission.NoFence)
        {
            zombies.Clear();
        }

        destination.Commit();
        life = new(saved, omission != Omission.NoCeiling)
        {
            Feed = OpenStreams(),
            IsOrdered = IsOrdered,
            IsNatural = IsNatural,
        };
        if (!Reconcile())
        {
            return false;
        }

        life.Position = source.Events.FindIndex(one => one.Time > saved.Times.Floor);
        life.Position = life.Position < 0 ? source.Events.Count : life.Position;
        for (var actions = 0; actions < 100_000; actions++)
        {
            if (Act() is false)
            {
                return false;
            }

            if (source.HasPending && !IsSourceBusy)
            {
                source.Step();
            }

            if (IsFinished())
            {
                return true;
            }
        }

        throw new DivergenceException("does not come to an end");
    }

    /// <summary>Several streams that go on where they were saved, if there are as many as then; else at the floor.</summary>
    private ModelFeed? OpenStreams()
    {
        if (!kind.HasFlag(ModelKind.Streams))
        {
            return null;
        }

        var count = random.Next(2, 4);
        var floor = source.Events.FindIndex(one => one.Time >= saved.Times.Floor);
        var places =
            saved.Places?.Count == count
                ? saved.Places
                : Enumerable.Repeat(floor < 0 ? source.Events.Count : floor, count).ToList();
        return new(source, places, omission != Omission.MergeByArrival);
    }

    private bool IsFinished() =>
        !IsSourceBusy
        && !source.HasPending
        && (life.Feed?.Next ?? life.Position) == source.Events.Count
        && life.LanesAreEmpty
        && life.Router.Dirty.Count == 0
        && life.Anew.Count == 0
        && zombies.Count == 0
        && life.Copies.Count == 0
        && life.Tables.Values.All(table => table.IsCopied);

    /// <summary>Does one random thing; false when it was a crash.</summary>
    private bool Act()
    {
        switch (random.Next(16))
        {
            case 0 or 1 or 2 when IsSourceBusy:
                source.Step();
                break;
            case 3 or 4:
                return Read();
            case 5 or 6:
                RunLane(life.Queues[0]);
                break;
            case 7 or 8:
                RunLane(life.Queues[1]);
                break;
            case 9 or 10:
                Copy();
                break;
            case 11:
                Reread();
                break;
            case 12:
                Save();
                break;
            case 13:
                Verify();
                break;
            case 14 when random.NextDouble() < 0.1:
                FailOver();
                break;
            case 14:
                destination.Commit();
                break;
            case 15 when zombies.Count > 0:
                _ = destination.Write(zombies[0]);
                zombies.RemoveAt(0);
                break;
            case 15 when crashes < 5 && IsSourceBusy && random.NextDouble() < 0.3:
                Crash();
                return false;
            default:
                break;
        }

        return true;
    }
}
