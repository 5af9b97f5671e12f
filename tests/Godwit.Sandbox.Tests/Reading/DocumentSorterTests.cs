using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Query;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Reading;

public sealed class DocumentSorterTests
{
    private static readonly SortPattern ByKey = SortPattern.Parse(new DocumentBuilder { { "k", -1 } }.Build());

    private static readonly List<StoredRecord> Records =
    [
        .. Enumerable
            .Range(0, 200)
            .Select(i => new StoredRecord([(byte)i], new DocumentBuilder { { "k", i * 37 % 50 }, { "n", i } }.Build())),
    ];

    private static IEnumerable<RawDocument> Expected =>
        Records.Select(record => record.Document).OrderByDescending(document => document["k"].AsInt32);

    [Theory]
    [InlineData(100 * 1024 * 1024)]
    [InlineData(2000)]
    [InlineData(1)]
    public void What_does_not_fit_into_memory_is_merged_from_disk_in_the_same_order(int bytesMax)
    {
        var sorted = new DocumentSorter(ByKey) { BytesMax = bytesMax }.Sort(Records);

        sorted.Select(record => record.Document).ShouldBe(Expected);
    }

    [Fact]
    public void Only_the_first_are_kept_where_no_more_are_wanted() =>
        new DocumentSorter(ByKey) { Limit = 7 }
            .Sort(Records)
            .Select(record => record.Document)
            .ShouldBe(Expected.Take(7));

    [Fact]
    public void Disk_is_not_used_where_that_is_forbidden()
    {
        var sorter = new DocumentSorter(ByKey) { BytesMax = 2000, AllowsDiskUse = false };

        Should
            .Throw<CommandException>(() => sorter.Sort(Records).Count())
            .Code.ShouldBe(ErrorCode.QueryExceededMemoryLimitNoDiskUseAllowed);
    }
}
