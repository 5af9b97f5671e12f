using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Remote;
using Godwit.Engine.Reporting;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests;

/// <summary>Other hosts read streams and write what their events bring, for the one that leads; any of them may go at any time.</summary>
[Requirement("H08")]
[Requirement("S10")]
public sealed class SharedChangesTests
{
    private static readonly string[] Collections = ["shop.orders", "shop.customers"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(81, 2, 1)]
    [InlineData(82, 4, 3)]
    public async Task What_other_hosts_have_read_is_written_by_them(int seed, int streams, int hosts)
    {
        var scenario = Filled(seed, faultRate: 0);
        var others = new Others(scenario, seed, hosts);
        var (report, written) = await MigrateAsync(scenario, others, streams, seed);
        ShouldBeIdentical(scenario, report, seed);
        written.ShouldBePositive();
    }

    /// <summary>What people see of each host is counted where it is done.</summary>
    [Fact]
    [Requirement("H08")]
    public async Task The_one_that_leads_counts_the_streams_it_reads_and_the_changes_it_has_written_itself()
    {
        var scenario = Filled(88, faultRate: 0);
        var others = new Others(scenario, 88, hosts: 1);
        _ = await MigrateAsync(
            scenario,
            others,
            streams: 3,
            seed: 88,
            async migration =>
            {
                migration.Progress.OwnStreams.ShouldBe(2, "another host carries one of three");
                await scenario.UntilAsync(() =>
                    migration.Progress is { EventsWaiting: 0 } now
                    && now.EventsApplied - now.ChangesWritten == others.Written
                );
            }
        );
        others.WrittenBytes.ShouldBePositive();
    }

    /// <summary>Where another host has room, it reads a stream on; what the former one has read by then is still written by that.</summary>
    [Fact]
    public async Task A_host_whose_stream_another_reads_on_writes_what_it_keeps()
    {
        const int seed = 90;
        var scenario = Filled(seed, faultRate: 0);
        var others = new Others(scenario, seed, hosts: 2) { LeaveRate = 0.3 };
        var migration = scenario.Migrate(Settings(others, streams: 3));
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit && !others.HasRoom(3));
        for (var change = 0; others.Left < 10 || change < 1000; change++)
        {
            scenario.Source.SetByUser("shop.orders", change % 200, "a", change);
        }

        await scenario.UntilAsync(() => scenario.Destination.Describe() == scenario.Source.Describe());
        migration.RequestCutover();
        var report = await run.WaitAsync(TimeSpan.FromSeconds(60), Token);
        ShouldBeIdentical(scenario, report, seed);
        report.Totals.DocumentsReread.ShouldBe(0, "nothing that was kept is lost");
    }

    /// <summary>Answers are lost, streams break, hosts go with all that they keep, and write what they were told to when nobody counts on it any more.</summary>
    [Theory]
    [InlineData(83)]
    [InlineData(84)]
    [InlineData(85)]
    [Requirement("S14")]
    [Requirement("S17")]
    public async Task Hosts_that_go_with_what_they_keep_and_write_late_lose_nothing(int seed)
    {
        var scenario = Filled(seed, faultRate: 0.02);
        var others = new Others(scenario, seed, hosts: 2) { GoneRate = 0.05, LeaveRate = 0.1 };
        var (report, _) = await MigrateAsync(scenario, others, streams: 4, seed);
        await others.WriteLateAsync();
        ShouldBeIdentical(scenario, report, seed);
        others.Gone.ShouldBePositive();
    }

    [Theory]
    [InlineData(86)]
    [InlineData(87)]
    [Requirement("S16")]
    public async Task The_one_that_leads_is_killed_again_and_again_while_others_carry_its_streams(int seed)
    {
        var scenario = Filled(seed, faultRate: 0.02);
        var others = new Others(scenario, seed, hosts: 2) { GoneRate = 0.01, LeaveRate = 0.05 };
        var settings = Settings(others, streams: 3);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = scenario.WorkAsync(Collections, 250, definitions: true, stop.Token);
        var random = new Random(seed);
        for (var life = 0; life < 5; life++)
        {
            using var kill = CancellationTokenSource.CreateLinkedTokenSource(Token);
            var dying = scenario.RunAsync(settings, kill.Token);
            await Task.Delay(random.Next(50, 300), Token);
            await kill.CancelAsync();
            _ = await Should.ThrowAsync<OperationCanceledException>(dying.WaitAsync(TimeSpan.FromSeconds(30), Token));
        }

        var last = scenario.RunAsync(settings with { CutoverAutomatic = true }, Token);
        await scenario.Destination.DeliverLateAsync();
        await others.WriteLateAsync();
        await stop.CancelAsync();
        await work;
        ShouldBeIdentical(scenario, await last.WaitAsync(TimeSpan.FromSeconds(60), Token), seed);
    }

    /// <summary>What a host was told to write is refused from the moment on that its document is read again.</summary>
    [Fact]
    [Requirement("S17")]
    public async Task An_order_that_was_not_answered_changes_nothing_any_more_when_its_document_is_read_again()
    {
        const int seed = 89;
        var scenario = Filled(seed, faultRate: 0);
        var others = new Others(scenario, seed, hosts: 1) { GoesAtFirstWrite = true };
        scenario.Source.BeforeKeyRead = others.WriteLateAsync;
        var migration = scenario.Migrate(Settings(others, streams: 2) with { Lanes = 1 });
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit && !others.HasRoom(2));
        for (var id = 0; id < 200 && others.Refused + others.Written == 0; id++)
        {
            // One at a time, until one of them is the other host's.
            scenario.Source.SetByUser("shop.orders", id, "a", seed);
            await scenario.UntilAsync(() => scenario.Destination.Describe() == scenario.Source.Describe());
        }

        migration.RequestCutover();
        ShouldBeIdentical(scenario, await run.WaitAsync(TimeSpan.FromSeconds(60), Token), seed);
        others.Refused.ShouldBe(1);
        others.Written.ShouldBe(0, "it came too late");
    }

    /// <summary>Where order is content, no read makes up for an event: its host hands it on whole.</summary>
    [Fact]
    [Requirement("S30")]
    public async Task A_capped_collection_keeps_its_order_though_hosts_go()
    {
        const int seed = 88;
        var scenario = Filled(seed, faultRate: 0);
        _ = scenario.Source.CreateByUser(
            "shop.log",
            new DocumentBuilder { { "capped", true }, { "size", 1 << 20 } }.Build()
        );
        var others = new Others(scenario, seed, hosts: 2) { GoneRate = 0.02 };
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var logging = LogAsync(scenario, stop.Token);
        var (report, _) = await MigrateAsync(scenario, others, streams: 3, seed, _ => stop.CancelAsync());
        await logging;
        ShouldBeIdentical(scenario, report, seed);
    }

    private static async Task LogAsync(MigrationScenario scenario, CancellationToken cancellationToken)
    {
        for (var line = 0; !cancellationToken.IsCancellationRequested; line++)
        {
            _ = scenario.Source.PutByUser("shop.log", scenario.Document(line));
            // The pace of a writer: nothing waits for it.
            await Task.Delay(1, CancellationToken.None);
        }
    }

    private static MigrationScenario Filled(int seed, double faultRate)
    {
        var scenario = new MigrationScenario(seed, faultRate);
        scenario.Load("shop.orders", 200);
        scenario.Load("shop.customers", 20);
        return scenario;
    }

    private static MigrationSettings Settings(Others others, int streams) =>
        MigrationScenario.Quick with
        {
            CutoverAutomatic = false,
            ChangeStreams = streams,
            ChangeHosts = others,
        };

    private static async Task<(MigrationReport Report, long Written)> MigrateAsync(
        MigrationScenario scenario,
        Others others,
        int streams,
        int seed,
        Func<Migration, Task>? beforeCutover = null
    )
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var work = scenario.WorkAsync(Collections, 250, definitions: true, stop.Token);
        var migration = scenario.Migrate(Settings(others, streams));
        var run = migration.RunAsync(Token);
        await scenario.UntilAsync(() => migration.Progress.CanCommit || run.IsCompleted);
        await scenario.UntilAsync(() => others.Written > 200 || run.IsCompleted);
        await stop.CancelAsync();
        await work;
        await (beforeCutover?.Invoke(migration) ?? Task.CompletedTask);
        migration.RequestCutover();
        return (await run.WaitAsync(TimeSpan.FromSeconds(60), Token), others.Written);
    }

    private static void ShouldBeIdentical(MigrationScenario scenario, MigrationReport report, int seed)
    {
        report.Verdict.Text.ShouldBe("identical", $"seed {seed}: {report.Failure?.Message} {report.Verdict.Reason}");
        report.Differences.ShouldBeEmpty($"seed {seed}");
        scenario.Destination.Describe().ShouldBe(scenario.Source.Describe(), $"seed {seed}");
    }

    /// <summary>Hosts in this process. Each carries what it is given until it goes, by chance; what it was told to write then it writes later.</summary>
    private sealed class Others(MigrationScenario scenario, int seed, int hosts) : IChangeHosts
    {
        private readonly ConcurrentQueue<Func<Task>> late = new();
        private readonly Random random = new(seed);
        private int busy;
        private int gone;
        private int left;
        private int refused;
        private long written;
        private long writtenBytes;

        internal double GoneRate { get; init; }

        /// <summary>How often another is to read a stream on that one of them is asked for.</summary>
        internal double LeaveRate { get; init; }

        internal bool GoesAtFirstWrite { get; init; }

        /// <summary>Orders that were carried out too late, and refused.</summary>
        internal int Refused => Volatile.Read(ref refused);

        internal int Gone => Volatile.Read(ref gone);

        /// <summary>Streams that one of them was to read on.</summary>
        internal int Left => Volatile.Read(ref left);

        internal long Written => Interlocked.Read(ref written);

        internal long WrittenBytes => Interlocked.Read(ref writtenBytes);

        public bool HasRoom(int streams) => Volatile.Read(ref busy) < hosts;

        public IChangeHost? TryTake(int streams)
        {
            lock (random)
            {
                return busy++ < hosts ? new Other(this, random.NextInt64(1, long.MaxValue)) : Leave();
            }
        }

        internal async Task WriteLateAsync()
        {
            while (late.TryDequeue(out var write))
            {
                await write();
            }
        }

        private IChangeHost? Leave()
        {
            busy--;
            return null;
        }

        private bool Happens(double rate)
        {
            lock (random)
            {
                return random.NextDouble() < rate;
            }
        }

        private sealed class Other(Others others, long holder) : IChangeHost
        {
            private readonly RetryPolicy retry = new(
                TimeProvider.System,
                new Random(1),
                TimeSpan.FromMilliseconds(1),
                TimeSpan.FromMilliseconds(10),
                TimeSpan.FromSeconds(1)
            );

            private HeldStream? held;
            private bool isOver;
            private volatile bool isGone;

            public long Holder => holder;

            public async Task<ChangeBatch> OpenAsync(
                ChangeStreamRequest request,
                RawDocument facilities,
                HoldingTerms terms,
                CancellationToken cancellationToken
            )
            {
                var stream = await others.Scenario.Source.OpenChangesAsync(request, cancellationToken);
                held = new(stream, holder, others.Scenario.Destination, retry, bytesMax: 1_000_000);
                return await held.NextAsync(terms, cancellationToken);
            }

            public Task<ChangeBatch> NextAsync(HoldingTerms terms, CancellationToken cancellationToken)
            {
                MayGo();
                return held!.NextAsync(terms, cancellationToken);
            }

            public async Task<LaneEnd> WriteAsync(LaneOrder order, CancellationToken cancellationToken)
            {
                if (isGone || others.GoesAtFirstWrite || others.Happens(others.GoneRate))
                {
                    // It has the order, and its answer never comes.
                    others.late.Enqueue(() => LateAsync(order));
                    Go();
                }

                var end = await held!.WriteAsync(order, cancellationToken);
                _ = Interlocked.Add(ref others.written, end.AreDone.Count(done => done));
                _ = Interlocked.Add(ref others.writtenBytes, end.Bytes);
                MayGo();
                return end;
            }

            public bool TryLeave(int streams)
            {
                if (!others.Happens(others.LeaveRate))
                {
                    return false;
                }

                _ = Interlocked.Increment(ref others.left);
                IsReadByNone();
                return true;
            }

            public async ValueTask DisposeAsync()
            {
                IsReadByNone();
                if (!isGone && held is not null)
                {
                    await held.DisposeAsync();
                }
            }

            private void IsReadByNone()
            {
                if (!isOver)
                {
                    isOver = true;
                    lock (others.random)
                    {
                        others.busy--;
                    }
                }
            }

            private async Task LateAsync(LaneOrder order)
            {
                try
                {
                    var end = await held!.WriteAsync(order, CancellationToken.None);
                    _ = Interlocked.Add(ref others.written, end.AreDone.Count(done => done));
                }
                catch (ClusterException fault)
                {
                    fault.Kind.ShouldBeOneOf(FaultKind.Fenced, FaultKind.Transient);
                    _ = Interlocked.Increment(ref others.refused);
                }
            }

            private void MayGo()
            {
                if (isGone || others.Happens(others.GoneRate))
                {
                    Go();
                }
            }

            private void Go()
            {
                if (!isGone)
                {
                    isGone = true;
                    _ = Interlocked.Increment(ref others.gone);
                }

                throw new ClusterException(Side.Source, Stage.Changes, FaultKind.NeedsNewCursor, "the host is gone");
            }
        }

        private MigrationScenario Scenario => scenario;
    }
}
