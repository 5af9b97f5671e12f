using System.Text;
using Godwit.Engine.Spooling;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Spooling;

/// <summary>What the stream gave stands on disk in order, readable by nobody else, until a checkpoint has passed it.</summary>
[Requirement("S33")]
public sealed class StreamSpoolTests : IDisposable
{
    private readonly SpoolScene scene = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => scene.Dispose();

    [Fact]
    public async Task Replies_come_back_in_order_and_go_once_a_checkpoint_has_passed_them()
    {
        var folder = scene.Open();
        using var spool = new StreamSpool(folder, epoch: 1);
        await AppendAsync(spool, 1, 2, 3);

        (await ReadAsync(spool)).ShouldBe([1, 2, 3]);
        await spool.ForgetAsync(new(2, 0), Token);
        scene.Files.Count.ShouldBe(1);
        await spool.ForgetAsync(new(3, 0), Token);
        scene.Files.ShouldBeEmpty();
        folder.Used.ShouldBe(0);
    }

    [Fact]
    public async Task Nothing_of_the_events_can_be_read_from_the_files_and_nobody_else_can_open_them()
    {
        using var spool = new StreamSpool(scene.Open(), epoch: 1);
        await AppendAsync(spool, 7);

        var file = scene.Files.ShouldHaveSingleItem();
        Encoding.Latin1.GetString(await File.ReadAllBytesAsync(file, Token)).ShouldNotContain("xxxx");
        if (!OperatingSystem.IsWindows())
        {
            File.GetUnixFileMode(file).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
            File.GetUnixFileMode(scene.Path)
                .ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public async Task A_byte_that_changed_on_disk_stops_the_migration_by_name()
    {
        using var spool = new StreamSpool(scene.Open(), epoch: 1);
        await AppendAsync(spool, 7);
        var file = scene.Files.ShouldHaveSingleItem();
        var bytes = await File.ReadAllBytesAsync(file, Token);
        bytes[^20] ^= 1;
        await File.WriteAllBytesAsync(file, bytes, Token);

        (await Should.ThrowAsync<MigrationFailedException>(() => spool.ReadAsync(Token))).Code.ShouldBe("SpoolDamaged");
    }

    [Fact]
    public async Task At_its_bound_it_takes_no_more_until_something_has_gone()
    {
        using var spool = new StreamSpool(scene.Open(bytesMax: 400), epoch: 1);
        (await TryAppendAsync(spool, 1)).ShouldBeTrue();
        (await TryAppendAsync(spool, 2)).ShouldBeTrue();
        (await TryAppendAsync(spool, 3)).ShouldBeFalse();

        (await ReadAsync(spool)).ShouldBe([1, 2]);
        await spool.ForgetAsync(new(2, 0), Token);
        (await TryAppendAsync(spool, 3)).ShouldBeTrue();
    }

    [Theory]
    [InlineData(1u, new[] { 2, 3, 4 })]
    [InlineData(3u, new[] { 4 })]
    public async Task A_later_life_takes_up_what_lies_behind_its_checkpoint(uint floor, int[] expected)
    {
        using (var dead = new StreamSpool(scene.Open(), epoch: 1))
        {
            await AppendAsync(dead, 1, 2, 3, 4);
            (await ReadAsync(dead)).Count.ShouldBe(4);
        }

        using var spool = new StreamSpool(scene.Open(), epoch: 2);
        (await spool.RecoverAsync(new(floor, 0), Token)).ShouldBe(SpoolScene.Token(4));
        await AppendAsync(spool, 5);
        (await ReadAsync(spool)).ShouldBe([.. expected, 5]);
    }

    [Fact]
    public async Task A_spool_torn_by_a_crash_ends_where_it_was_torn()
    {
        using (var dead = new StreamSpool(scene.Open(), epoch: 1))
        {
            await AppendAsync(dead, 1, 2, 3);
        }

        using (var torn = File.OpenWrite(scene.Files.ShouldHaveSingleItem()))
        {
            torn.SetLength(torn.Length - 5);
        }

        using var spool = new StreamSpool(scene.Open(), epoch: 2);
        (await spool.RecoverAsync(new(0, 0), Token)).ShouldBe(SpoolScene.Token(2));
        (await ReadAsync(spool)).ShouldBe([1, 2]);
    }

    [Theory]
    [InlineData(9u, "the checkpoint has passed it")]
    [InlineData(2u, "it has a gap behind the checkpoint")]
    public async Task A_spool_of_no_use_is_erased(uint floor, string reason)
    {
        using (var dead = new StreamSpool(scene.Open(), epoch: 1))
        {
            await AppendAsync(dead, 1, 2, 3);
            (await dead.TryAppendAsync(SpoolScene.Token(6), SpoolScene.Batch(7), Token)).ShouldBeTrue();
        }

        var folder = scene.Open();
        using var spool = new StreamSpool(folder, epoch: 2);
        (await spool.RecoverAsync(new(floor, 0), Token)).IsEmpty.ShouldBeTrue(reason);
        spool.HasUnread.ShouldBeFalse();
        scene.Files.ShouldBeEmpty();
        folder.Used.ShouldBe(0);
    }

    private static async Task AppendAsync(StreamSpool spool, params uint[] times)
    {
        foreach (var time in times)
        {
            (await TryAppendAsync(spool, time)).ShouldBeTrue();
        }
    }

    private static Task<bool> TryAppendAsync(StreamSpool spool, uint time) =>
        spool.TryAppendAsync(SpoolScene.Token(time - 1), SpoolScene.Batch(time), Token);

    private static async Task<List<int>> ReadAsync(StreamSpool spool)
    {
        var times = new List<int>();
        while (spool.HasUnread)
        {
            using var batch = await spool.ReadAsync(Token);
            batch.PostBatchResumeToken.ShouldBe(SpoolScene.Token((uint)SpoolScene.TimeOf(batch)));
            times.Add(SpoolScene.TimeOf(batch));
        }

        return times;
    }
}
