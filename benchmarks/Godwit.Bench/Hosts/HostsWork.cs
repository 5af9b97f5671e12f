using System.Globalization;
using Godwit.Bench.NullServers;

namespace Godwit.Bench.Hosts;

/// <summary>What hosts are measured at.</summary>
/// <param name="Served">What the null servers have.</param>
/// <param name="Figure">What of a leader's progress says how much is done.</param>
/// <param name="Options">Of the command line.</param>
internal sealed record HostsWork(NullOptions Served, string Figure, string[] Options)
{
    /// <summary>Far more than is copied in the time.</summary>
    private const long ManyDocuments = 400_000_000;

    /// <summary>Copied before what is measured begins.</summary>
    private const long FewDocuments = 200_000;

    /// <summary>Far more than is applied in the time.</summary>
    private const long ManyEvents = 1_000_000_000;

    /// <summary>Bytes of documents that are copied.</summary>
    public static HostsWork Copy { get; } = new(new() { Documents = ManyDocuments }, "bytesCopied", []);

    /// <summary>Changes that are applied, of a source that is written to harder than they can be.</summary>
    public static HostsWork Changes(int streams) =>
        new(
            new()
            {
                Documents = FewDocuments,
                Events = ManyEvents,
                Streams = streams,
            },
            "eventsApplied",
            ["--change-streams", streams.ToString(CultureInfo.InvariantCulture)]
        );
}
