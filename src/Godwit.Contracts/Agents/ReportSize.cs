namespace Godwit.Contracts.Agents;

/// <summary>
/// Keeps what a host says of a migration within one message, however many collections it has: the first of them stand as they are, the rest
/// and a long report packed.
/// </summary>
internal static class ReportSize
{
    /// <summary>The longest message that the Hub takes from a host, in bytes.</summary>
    internal const long MessageBytesMax = 8 * 1024 * 1024;

    /// <summary>Collections that are shown wherever a migration is; all of them only where they are asked for.</summary>
    internal const int ShownMax = 1000;

    /// <summary>Characters of a report that go as they are.</summary>
    private const int PlainMax = 256 * 1024;

    /// <summary>Characters that packed collections may take; what is left of a message is for the report.</summary>
    private const int PackedMax = 4 * 1024 * 1024;

    /// <summary>As it is sent.</summary>
    internal static ReportedMigration Pack(ReportedMigration whole)
    {
        var packed = whole.Report is { Length: > PlainMax } report
            ? whole with
            {
                Report = null,
                PackedReport = PackedText.Pack(report),
            }
            : whole;
        return whole.Progress is { Collections.Count: > ShownMax } progress
            ? packed with
            {
                Progress = Shorten(progress),
                MoreCollections = PackWithin(progress.Collections.Skip(ShownMax).ToList()),
            }
            : packed;
    }

    /// <summary>With its report as it is; collections stay packed until somebody looks at them.</summary>
    /// <exception cref="InvalidDataException">It was not packed by a host.</exception>
    internal static ReportedMigration UnpackReport(ReportedMigration sent) =>
        sent.PackedReport is { } report ? sent with { Report = PackedText.Unpack(report), PackedReport = null } : sent;

    /// <summary>Its progress with every collection that was sent.</summary>
    internal static ReportedProgress? Whole(ReportedMigration sent) =>
        sent is { Progress: { } progress, MoreCollections: { } more }
            ? progress with
            {
                Collections =
                [
                    .. progress.Collections,
                    .. ApiJson.Read<List<ReportedCollection>>(PackedText.Unpack(more)),
                ],
            }
            : sent.Progress;

    private static ReportedProgress Shorten(ReportedProgress progress) =>
        progress with
        {
            Collections = [.. progress.Collections.Take(ShownMax)],
            CollectionsCount = progress.Collections.Count,
        };

    /// <summary>As many as fit; how many there are is told beside them.</summary>
    private static string PackWithin(List<ReportedCollection> collections)
    {
        var packed = PackedText.Pack(ApiJson.Write(collections));
        return packed.Length <= PackedMax ? packed : PackWithin(collections[..(collections.Count / 2)]);
    }
}
