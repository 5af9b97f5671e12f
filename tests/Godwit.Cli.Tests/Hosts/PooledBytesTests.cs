using System.Runtime.InteropServices;
using Godwit.Bson;
using Godwit.Cluster.Messages;
using Godwit.Engine.Ports;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Hosts;

/// <summary>Large messages lie in blocks that are used again: each end has one of its own.</summary>
public sealed class PooledBytesTests : IDisposable
{
    private readonly ServiceProvider services = new ServiceCollection()
        .AddSerializer(builder => builder.AddAssembly(typeof(StreamReply).Assembly))
        .BuildServiceProvider();

    public void Dispose() => services.Dispose();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(20_000)]
    public void A_reply_comes_as_it_was_sent_and_shares_nothing_with_what_was_sent(int events)
    {
        var sent = Batch(events);
        var reply = StreamReply.From(sent);
        var serializer = services.GetRequiredService<Serializer>();
        var came = serializer.Deserialize<StreamReply>(serializer.SerializeToArray(reply))!;
        var copied = services.GetRequiredService<DeepCopier>().Copy(reply)!;
        MemoryMarshal.AsMemory(reply.Events.Bytes).Span.Fill(0xEE);
        foreach (var one in (StreamReply[])[came, copied])
        {
            using var batch = one.ToBatch();
            batch.Events.Bytes.ToArray().ShouldBe(sent.Events.Bytes.ToArray());
            batch.Events.Count.ShouldBe(events);
            batch.PostBatchResumeToken.ShouldBe(sent.PostBatchResumeToken);
        }
    }

    private static ChangeBatch Batch(int events) =>
        new(
            DocumentBatch.Of([
                .. Enumerable.Range(0, events).Select(number => new DocumentBuilder { { "_id", number } }.Build()),
            ]),
            new DocumentBuilder { { "_data", "82" } }.Build()
        );
}
