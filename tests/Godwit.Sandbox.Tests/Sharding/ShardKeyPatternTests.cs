using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sharding;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

public sealed class ShardKeyPatternTests
{
    [Fact]
    public void A_missing_field_of_the_key_counts_as_null()
    {
        var key = new ShardKeyPattern(ShellText.Document("{a: 1, b: 1}"));
        key.KeyOf(ShellText.Document("{_id: 1, b: 2}")).ShouldBe(ShellText.Document("{a: null, b: 2}"));
    }

    [Theory]
    [InlineData("{a: [1]}")]
    [InlineData("{a: {b: []}}")]
    [InlineData("{a: [{b: 1}]}")]
    public void A_key_in_or_through_an_array_is_refused(string document)
    {
        var key = new ShardKeyPattern(ShellText.Document(document.Contains("b:") ? "{'a.b': 1}" : "{a: 1}"));
        Should
            .Throw<CommandException>(() => key.KeyOf(ShellText.Document(document)))
            .Code.ShouldBe(ErrorCode.ShardKeyNotFound);
    }

    [Fact]
    public void A_document_is_named_by_the_fields_of_the_key_that_it_has_and_then_its_id()
    {
        var key = new ShardKeyPattern(ShellText.Document("{k: 1, z: 1}"));
        key.DocumentKey(ShellText.Document("{_id: 3, z: 4, x: 1}")).ShouldBe(ShellText.Document("{z: 4, _id: 3}"));
        new ShardKeyPattern(ShellText.Document("{_id: 1}"))
            .DocumentKey(ShellText.Document("{x: 1, _id: 3}"))
            .ShouldBe(ShellText.Document("{_id: 3}"));
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("{a: -1}")]
    [InlineData("{a: 'x'}")]
    [InlineData("{a: 'hashed', b: 'hashed'}")]
    [InlineData("{'a..b': 1}")]
    public void A_pattern_that_is_no_shard_key_is_refused(string pattern) =>
        Should
            .Throw<CommandException>(() => ShardKeyPattern.Parse(ShellText.Document(pattern)))
            .Code.ShouldBe(ErrorCode.BadValue);
}
