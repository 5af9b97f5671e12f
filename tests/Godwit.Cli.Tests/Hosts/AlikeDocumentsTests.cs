using System.Globalization;
using Godwit.Bson;
using Godwit.Cluster.Messages;
using Godwit.Engine.Ports;
using Godwit.Engine.Remote;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Hosts;

/// <summary>Documents that are much alike travel as their differences, and come as they were, whatever they are.</summary>
public sealed class AlikeDocumentsTests
{
    [Fact]
    public void Documents_of_any_lengths_and_likeness_come_as_they_were()
    {
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 2_000; round++)
        {
            var documents = Documents(random);
            var packed = Pack(documents);
            var came = new byte[documents.Bytes.Length];
            AlikeDocuments.Unpack(packed, came);
            came.ShouldBe(documents.Bytes.ToArray(), $"seed {seed}, round {round}");
        }
    }

    [Fact]
    public void Nothing_is_packed_as_nothing() => Pack(DocumentBatch.Empty).ShouldBeEmpty();

    [Fact]
    public void Stubs_of_events_take_less_than_a_third()
    {
        var stubs = DocumentBatch.Of([.. Enumerable.Range(0, 1_000).Select(Stub)]);
        Pack(stubs).Length.ShouldBeLessThan(stubs.Bytes.Length / 3);
    }

    private static byte[] Pack(DocumentBatch documents)
    {
        var room = new byte[AlikeDocuments.SizeMax(documents)];
        return room[..AlikeDocuments.Pack(documents, room)];
    }

    /// <summary>Of few lengths, so that many have one before them; each by chance like that, or not at all.</summary>
    private static DocumentBatch Documents(Random random)
    {
        int[] lengths = [0, 1, 7, random.Next(40, 300), random.Next(1_000, 1_100), 5_000];
        var before = new Dictionary<int, byte[]>();
        var documents = new List<RawDocument>();
        for (var count = random.Next(12); count > 0; count--)
        {
            var length = lengths[random.Next(lengths.Length)];
            var content = new byte[length];
            random.NextBytes(content);
            if (before.TryGetValue(length, out var other) && random.Next(4) > 0)
            {
                var same = random.NextDouble();
                for (var at = 0; at < length; at++)
                {
                    content[at] = random.NextDouble() < same ? other[at] : content[at];
                }
            }

            before[length] = content;
            documents.Add(new DocumentBuilder { { "bytes", RawValue.Binary(content) } }.Build());
        }

        return DocumentBatch.Of(documents);
    }

    private static RawDocument Stub(int number)
    {
        var time = new ClusterTime(1_700_000_000 + ((uint)number / 50), 1 + ((uint)number % 50));
        var key = 4_711 * (long)number;
        var token = string.Create(
            CultureInfo.InvariantCulture,
            $"82{time.Packed:X16}2B042C0100296E5A10041F6E0E0C1D9E4C0A8D5E3A7B9C1D2E3F463C6F7065726174696F6E54797065003C757064617465{key:X16}000004"
        );
        var change = new DocumentBuilder
        {
            { "_id", new DocumentBuilder { { "_data", token } }.Build() },
            { "operationType", "update" },
            { "clusterTime", RawValue.Timestamp(time) },
            { "documentKey", new DocumentBuilder { { "_id", key } }.Build() },
        }.Build();
        var room = new byte[change.Length + EventStubs.GrowthMax];
        return new(room.AsMemory(0, EventStubs.Write(change, new(7, number, 300), room)));
    }
}
