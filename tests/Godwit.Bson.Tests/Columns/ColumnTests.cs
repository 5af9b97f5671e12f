using CsCheck;
using Godwit.Bson.Columns;
using Shouldly;
using Xunit;

namespace Godwit.Bson.Tests.Columns;

/// <summary>Columns of time-series buckets, against columns a real server wrote (recordings timeseries and timeseries_copy).</summary>
public sealed class ColumnTests
{
    public static TheoryData<string, string> Recorded =>
        new()
        {
            { "EAAAAAAAgC0AAAAQAAAAAA==", "0, 1, 3" },
            { "EAAAAAAAgEwAAAQAQAAAAA==", "0, 2, 4, 6" },
            { "EAABAAAAgEwAAAQAQAAAAA==", "1, 3, 5, 7" },
            { "EAAgHAAAAA==", "7200" },
        };

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Columns_of_a_real_server_are_read_and_written_as_it_does(string base64, string values)
    {
        var column = Convert.FromBase64String(base64);
        var read = ColumnReader.Read(column).ToList();

        string.Join(", ", read.Select(value => value.AsInt32)).ShouldBe(values);
        Write(read).ShouldBe(column);
    }

    [Fact]
    public void Times_that_grow_evenly_take_one_word()
    {
        var column = Convert.FromBase64String("CQBT/OyQcAEAAIAM+gAAAAAAAAA=");
        var read = ColumnReader.Read(column).ToList();

        read.Select(value => value.AsDateTimeMilliseconds)
            .ShouldBe([1582979415123, 1582979417123, 1582979419123, 1582979421123]);
        Write(read).ShouldBe(column);
    }

    [Fact]
    public void Objects_of_one_shape_are_read_from_their_interleaved_fields()
    {
        var read = ColumnReader.Read(Convert.FromBase64String("8QwAAAAQeAABAAAAAIAOAAAAAAAAAAAA")).ToList();

        read.ShouldHaveSingleItem().AsDocument.ShouldBe(new DocumentBuilder { { "x", 1 } }.Build());
    }

    [Fact]
    public void Any_values_come_back_as_they_were_with_the_gaps_between_them() =>
        Gen.OneOf(RawValues.Any, Gen.Const(RawValue.Missing), Near)
            .List[0, 200]
            .Sample(values => ColumnReader.Read(Write(values)).SequenceEqual(values));

    [Fact]
    public void A_column_without_its_end_is_refused()
    {
        var column = Write([1, 2, 3]);

        Should.Throw<BsonFormatException>(() => ColumnReader.Read(column.AsMemory(..^1)).ToList());
    }

    private static Gen<RawValue> Near =>
        Gen.OneOf(
            Gen.Int[0, 9].Select(RawValue.Int32),
            Gen.Int[0, 99].Select(value => RawValue.Double(value / 10.0)),
            Gen.Long[0, 999].Select(RawValue.DateTime),
            Gen.Int[0, 9].Select(value => RawValue.String("sensor-" + value))
        );

    private static byte[] Write(IEnumerable<RawValue> values)
    {
        var writer = new ColumnWriter();
        foreach (var value in values)
        {
            writer.Append(value);
        }

        return writer.ToArray();
    }
}
