using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Ports;
using Godwit.Sandbox;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>A member that froze, or was cut off without a word, closes no connection: nobody waits for its answers for ever.</summary>
public sealed class FrozenPrimaryTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("S14")]
    public async Task What_a_frozen_primary_was_asked_fails_as_transient_once_another_is_elected()
    {
        await using var set = await SandboxCluster.StartAsync(new() { Members = 3 }, Token);
        await set.WaitForPrimaryAsync(Token);
        await using var source = new MongoSource(MongoAddress.Parse(set.ConnectionString), TimeProvider.System);
        var request = new ChangeStreamRequest(RawDocument.Empty, null, KeysOnly: false, TimeSpan.FromMinutes(30));
        await using var stream = await source.OpenChangesAsync(request, Token);
        (await stream.NextAsync(Token)).Dispose();

        var waiting = stream.NextAsync(Token);
        set.SetStalled(set.PrimaryIndex, isStalled: true);

        var fault = await Should.ThrowAsync<ClusterException>(waiting.WaitAsync(Limit, Token));
        fault.Kind.ShouldBe(FaultKind.Transient);
        (await source.AppendNoteAsync("asked of the next one", Token)).ShouldBeGreaterThan(ClusterTime.Zero);
    }
}
