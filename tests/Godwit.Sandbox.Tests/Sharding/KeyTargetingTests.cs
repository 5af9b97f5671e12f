using Godwit.Bson;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Sharding;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

public sealed class KeyTargetingTests
{
    [Theory]
    [InlineData("{k: 5}", "s0")]
    [InlineData("{k: 10}", "s1")]
    [InlineData("{k: {$lt: 10}}", "s0")]
    [InlineData("{k: {$lte: 10}}", "s0 s1")]
    [InlineData("{k: {$gte: 10, $lt: 20}}", "s1")]
    [InlineData("{k: {$in: [1, 25]}}", "s0 s2")]
    [InlineData("{$or: [{k: 1}, {k: 15}]}", "s0 s1")]
    [InlineData("{$and: [{k: {$gt: 5}}, {k: {$lt: 12}}]}", "s0 s1")]
    [InlineData("{x: 1}", "s0 s1 s2")]
    [InlineData("{k: null}", "s0")]
    [InlineData("{k: 'text'}", "s2")]
    [InlineData("{k: {$ne: 5}}", "s0 s1 s2")]
    public void A_filter_goes_to_the_shards_whose_chunks_its_keys_are_in(string filter, string shards) =>
        string.Join(' ', Target("{k: 1}", filter)).ShouldBe(shards);

    [Theory]
    [InlineData("{k: 5, z: 9}", "s0")]
    [InlineData("{k: 5}", "s0")]
    [InlineData("{z: 9}", "s0 s1 s2")]
    public void A_prefix_of_a_compound_key_is_enough(string filter, string shards) =>
        string.Join(' ', Target("{k: 1, z: 1}", filter)).ShouldBe(shards);

    [Fact]
    public void A_hashed_key_is_found_by_equality_only()
    {
        var collection = Collection("{k: 'hashed'}");
        var hash = HashedKey.Compute(RawValue.Int32(77));
        var owner = collection.ChunkOf(new DocumentBuilder { { "k", hash } }.Build()).Shard;
        Target("{k: 'hashed'}", "{k: 77}").ShouldBe([owner]);
        Target("{k: 'hashed'}", "{k: {$gt: 77}}").Count.ShouldBe(3);
    }

    [Fact]
    public void Only_a_filter_that_fixes_every_field_gives_the_whole_key()
    {
        var targeting = new KeyTargeting(Collection("{k: 1, z: 1}"));
        targeting.KeyOf(Parse("{z: 2, k: 1, x: 3}"), null).ShouldBe(ShellText.Document("{k: 1, z: 2}"));
        targeting.KeyOf(Parse("{k: 1, z: {$gt: 2}}"), null).ShouldBeNull();
    }

    private static IReadOnlyList<string> Target(string key, string filter) =>
        new KeyTargeting(Collection(key)).ShardsOf(Parse(filter), null);

    private static Filter Parse(string filter) => Filter.Parse(ShellText.Document(filter), QueryContext.Plain);

    /// <summary>Three chunks, cut at 10 and 20, on three shards.</summary>
    private static ShardedCollection Collection(string key)
    {
        var pattern = new ShardKeyPattern(ShellText.Document(key));
        var points = new[] { 10L, 20L }.Select(at => pattern.Fill(new DocumentBuilder { { "k", at } }.Build()));
        var uuid = Guid.NewGuid();
        var document = new DocumentBuilder
        {
            { "_id", "t.c" },
            { "uuid", RawValue.Uuid(uuid) },
            { "key", pattern.Source },
        };
        var chunks = ChunkMath.First(pattern, [.. points], ["s0", "s1", "s2"], new(1, 1), TimeProvider.System);
        return new(document.Build(), chunks.Select(chunk => chunk.ToDocument(uuid)));
    }
}
