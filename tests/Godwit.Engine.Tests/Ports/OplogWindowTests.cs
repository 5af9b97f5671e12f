using Godwit.Bson;
using Godwit.Engine.Ports;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Ports;

/// <summary>An oplog that still has room overwrites nothing: what counts is how far back it will reach.</summary>
public sealed class OplogWindowTests
{
    [Theory]
    [InlineData(1.0, 100)]
    [InlineData(0.5, 200)]
    [InlineData(0.0, 10_000)]
    [Requirement("D11")]
    public void It_reaches_as_far_back_as_it_will_when_it_is_full(double fullness, long seconds) =>
        new OplogWindow(new ClusterTime(1_000, 1), new ClusterTime(1_100, 1), fullness).SpanSeconds.ShouldBe(seconds);
}
