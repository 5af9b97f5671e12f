namespace Godwit.Simulation;

/// <summary>
/// The discrete events of one phase: ranges are opened by the leader, pass their shard of the source, the host that took them and their shard
/// of the destination in a few pieces, one of which is read while the one before is written; hosts die and come back.
/// </summary>
internal sealed class PhaseSimulation
{
    private const int Pieces = 4;
    private readonly Scenario scenario;
    private readonly Assumptions given;
    private readonly Work work;
    private readonly Random random;
    private readonly double[] sizes;
    private readonly int[] shards;
    private readonly Station[] source;
    private readonly Station[] destination;
    private readonly Station[] hosts;
    private readonly Station gate = new();
    private readonly List<Slot> slots = [];
    private readonly Queue<int> pending = new();
    private readonly PriorityQueue<(Step Step, int Who, int Life), (double At, long Order)> events = new();
    private readonly double hostPerByte;
    private readonly double openSeconds;
    private readonly double noteSeconds;
    private long order;
    private int done;
    private double bytes;
    private double repeated;
    private long expired;
    private int deaths;

    internal PhaseSimulation(Scenario scenario, Work work)
    {
        (this.scenario, this.work, given) = (scenario, work, scenario.Given);
        // Not the numbers that sizes are drawn from: the largest ranges would all be on one shard.
        random = new((scenario.Seed * 7_919) + (int)work + 1);
        sizes = scenario.Sizes();
        shards = [.. sizes.Select(_ => random.Next(scenario.Shards))];
        source = Stations(scenario.Shards);
        destination = Stations(scenario.Shards);
        hosts = Stations(scenario.Hosts);
        var costs = scenario.Costs;
        var perGigabyte = work == Work.Copy ? costs.CopyPerGigabyte : 2 * costs.VerifyPerGigabyte;
        var networkPerByte = (work == Work.Copy ? 1 : 2) / given.HostNetwork;
        hostPerByte = Math.Max(networkPerByte, perGigabyte / 1e9 / given.HostCores);
        openSeconds = costs.OpenRange + costs.Order + costs.SaveRange;
        noteSeconds = costs.Note;
    }

    private enum Step
    {
        Opened,
        Read,
        Carried,
        Written,
        Dies,
        Returns,
    }

    internal PhaseResult Run()
    {
        Enumerable.Range(0, sizes.Length).ToList().ForEach(pending.Enqueue);
        for (var host = 0; host < scenario.Hosts; host++)
        {
            for (var count = SlotsOf(host); count > 0; count--)
            {
                slots.Add(new(slots.Count, host));
            }

            At(Lifetime(), Step.Dies, host, 0);
        }

        slots.ForEach(slot => Take(slot, 0));
        var now = 0.0;
        while (done < sizes.Length)
        {
            if (!events.TryDequeue(out var what, out var when))
            {
                throw new InvalidOperationException("ranges are left and nobody moves them");
            }

            now = when.At;
            Happen(now, what.Step, what.Who, what.Life);
        }

        return new(
            now * scenario.Scale,
            bytes * scenario.Scale,
            repeated * scenario.Scale,
            (long)(expired * scenario.Scale),
            (int)(deaths * scenario.Scale),
            Share(source),
            Share(destination),
            Share(hosts),
            gate.Busy / now
        );

        double Share(Station[] stations) => stations.Sum(one => one.Busy) / stations.Length / now;
    }

    private static Station[] Stations(int count) => [.. Enumerable.Range(0, count).Select(_ => new Station())];

    private int SlotsOf(int host) =>
        work switch
        {
            Work.VerifyAlone => host == 0 ? given.VerifiersOfLeader : 0,
            Work.VerifyShared when host == 0 => given.RangesPerHost,
            _ when host == 0 => given.RangesOfLeader,
            _ => Fair(),
        };

    /// <summary>Room is given out evenly where there is not enough for all.</summary>
    private int Fair() =>
        Math.Clamp(scenario.Design.RemoteRanges / Math.Max(1, scenario.Hosts - 1), 1, given.RangesPerHost);

    private double Lifetime() => -Math.Log(1 - random.NextDouble()) * given.HostLives;

    private void At(double when, Step step, int who, int life) => events.Enqueue((step, who, life), (when, order++));

    private void Happen(double now, Step step, int who, int life)
    {
        switch (step)
        {
            case Step.Dies:
                Die(now, who);
                return;
            case Step.Returns:
                slots.Where(slot => slot.Host == who).ToList().ForEach(slot => Come(slot, now));
                At(now + Lifetime(), Step.Dies, who, 0);
                return;
        }

        var slot = slots[who];
        if (slot.Life != life)
        {
            return;
        }

        var piece = sizes[slot.Range] / Pieces;
        switch (step)
        {
            case Step.Opened:
                slot.OpenedAt = now;
                Read(slot, now);
                break;
            case Step.Read:
                slot.Reads++;
                At(hosts[slot.Host].Serve(now, piece * hostPerByte), Step.Carried, who, life);
                Read(slot, now);
                break;
            case Step.Carried:
                var rate = work == Work.Copy ? given.ShardWrite : given.ShardRead;
                At(destination[shards[slot.Range]].Serve(now, piece / rate) + given.RoundTrip, Step.Written, who, life);
                break;
            case Step.Written:
                _ = gate.Serve(now, slot.Host == 0 ? 0 : Math.Ceiling(piece / given.BatchBytes) * noteSeconds);
                slot.Writes++;
                if (slot.Writes < Pieces)
                {
                    Read(slot, now);
                }
                else
                {
                    done++;
                    bytes += sizes[slot.Range];
                    Take(slot, now);
                }

                break;
        }
    }

    /// <summary>Reads the next piece, unless one is being read or two are not written.</summary>
    private void Read(Slot slot, double now)
    {
        if (slot.Begun == Pieces || slot.Begun > slot.Reads || slot.Begun > slot.Writes + 1)
        {
            return;
        }

        if (work == Work.Copy && now - slot.OpenedAt > given.Snapshot)
        {
            // What is written becomes a range of its own; the batch on its way is read again.
            expired++;
            repeated += given.BatchBytes;
            slot.OpenedAt = gate.Serve(now, openSeconds);
        }

        slot.Begun++;
        var shard = source[shards[slot.Range]];
        At(shard.Serve(now, sizes[slot.Range] / Pieces / given.ShardRead), Step.Read, slot.Number, slot.Life);
    }

    private void Take(Slot slot, double now)
    {
        slot.Range = -1;
        if (pending.TryDequeue(out var range))
        {
            (slot.Range, slot.Begun, slot.Reads, slot.Writes) = (range, 0, 0, 0);
            At(gate.Serve(now, openSeconds) + (2 * given.RoundTrip), Step.Opened, slot.Number, slot.Life);
        }
    }

    private void Come(Slot slot, double now)
    {
        slot.IsAway = false;
        Take(slot, now);
    }

    private void Die(double now, int host)
    {
        deaths++;
        var isLeader = host == 0;
        foreach (var slot in slots.Where(slot => slot.Host == host || isLeader))
        {
            slot.Life++;
            slot.IsAway |= slot.Host == host;
            if (slot.Range >= 0)
            {
                repeated += slot.Begun * sizes[slot.Range] / Pieces;
                pending.Enqueue(slot.Range);
                slot.Range = -1;
            }
        }

        var known = now + (given.Silence * (isLeader ? 2 : 1));
        At(now + given.HostAway, Step.Returns, host, 0);
        if (isLeader)
        {
            gate.Rest(known);
        }

        foreach (var slot in slots.Where(slot => slot is { IsAway: false, Range: < 0 }))
        {
            Take(slot, known);
        }
    }

    private sealed class Slot(int number, int host)
    {
        internal int Number => number;

        internal int Host => host;

        internal int Life { get; set; }

        internal bool IsAway { get; set; }

        internal int Range { get; set; } = -1;

        internal double OpenedAt { get; set; }

        internal int Begun { get; set; }

        internal int Reads { get; set; }

        internal int Writes { get; set; }
    }
}
