using Godwit.Bson;
using Godwit.Engine.Changes;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Tests.Changes;

/// <summary>Several streams become one: in its order, and never before it is known.</summary>
[Requirement("S10")]
public sealed class StreamMergeTests
{
    [Fact]
    public void An_event_waits_until_no_stream_can_bring_an_earlier_one()
    {
        var merge = new StreamMerge<int, string>(2);
        merge.Add(0, 5, "five");
        merge.Reach(0, 5);
        merge.TryTake(out _, out _).ShouldBeFalse("the other stream has said nothing yet");
        merge.Complete.ShouldBeNull();

        merge.Reach(1, 4);
        merge.TryTake(out _, out _).ShouldBeFalse("the other stream may bring something at 4, or at 5");
        merge.Complete.ShouldBe(4);

        merge.Add(1, 4, "four");
        merge.Reach(1, 7);
        Take(merge).ShouldBe("four");
        Take(merge).ShouldBe("five");
        merge.TryTake(out _, out _).ShouldBeFalse();
        merge.Complete.ShouldBe(5, "what the first stream brings next is not known");
    }

    [Fact]
    public void Whatever_is_parted_and_read_by_chance_comes_out_in_its_order()
    {
        var random = new Random(11);
        for (var round = 0; round < 200; round++)
        {
            var streams = random.Next(1, 5);
            var merge = new StreamMerge<int, string>(streams);
            var mine = Enumerable.Range(0, 40).Select(place => (Place: place, Stream: random.Next(streams))).ToList();
            var read = new int[streams];
            var came = new List<string>();
            while (came.Count < mine.Count)
            {
                var stream = random.Next(streams);
                var to = Math.Min(mine.Count, read[stream] + random.Next(1, 9));
                foreach (var (place, _) in mine[read[stream]..to].Where(one => one.Stream == stream))
                {
                    merge.Add(stream, place, $"{place}");
                }

                read[stream] = to;
                merge.Reach(stream, to);
                while (merge.TryTake(out var from, out var change))
                {
                    from.ShouldBe(mine[came.Count].Stream);
                    came.Add(change);
                }

                if (merge.Complete is { } complete)
                {
                    complete.ShouldBeLessThanOrEqualTo(came.Count, "nothing before it is missing");
                }
            }

            came.ShouldBe(mine.Select(one => $"{one.Place}"), $"round {round}");
        }
    }

    [Fact]
    public void A_position_of_several_streams_is_one_of_as_many_only()
    {
        RawDocument[] tokens = [Token("8200000005"), Token("8200000007")];
        var position = StreamPositions.Join(TokenPlace.Of(tokens[0]), tokens);

        position["_data"].AsString.ShouldBe("8200000005");
        StreamPositions.Split(position, 2).ShouldBe(tokens);
        StreamPositions.Split(position, 3).ShouldBeNull();
        StreamPositions.Split(position, 1).ShouldBeNull();
        StreamPositions.Split(tokens[0], 1).ShouldBe([tokens[0]]);
        StreamPositions.Split(tokens[0], 2).ShouldBeNull();
    }

    private static RawDocument Token(string data) => new DocumentBuilder { { "_data", data } }.Build();

    private static string Take(StreamMerge<int, string> merge) =>
        merge.TryTake(out _, out var change) ? change : "nothing";
}
