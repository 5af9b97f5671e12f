using System.Collections.Concurrent;
using Godwit.Bson;
using Godwit.Wire;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>What has gone over a member's connections since its start: messages, their bytes before and after compression, and commands by kind.</summary>
internal sealed class TrafficCounters
{
    private static readonly string[] Kinds = ["insert", "query", "update", "delete", "getmore", "command"];
    private readonly ConcurrentDictionary<string, long> operations = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Compressor, (long Packed, long Unpacked)> received = new();
    private readonly ConcurrentDictionary<Compressor, (long Packed, long Unpacked)> sent = new();
    private long requests;
    private long bytesIn;
    private long bytesOut;
    private long packedIn;
    private long packedOut;
    private long errors;

    /// <summary>Counts a message that came in; its length as it came, and unpacked.</summary>
    internal void CountReceived(Compressor? compressor, int packed, int unpacked)
    {
        _ = Interlocked.Increment(ref requests);
        _ = Interlocked.Add(ref bytesIn, unpacked);
        _ = Interlocked.Add(ref packedIn, packed);
        Count(received, compressor, packed, unpacked);
    }

    /// <summary>Counts a message that went out.</summary>
    internal void CountSent(Compressor? compressor, int packed, int unpacked)
    {
        _ = Interlocked.Add(ref bytesOut, unpacked);
        _ = Interlocked.Add(ref packedOut, packed);
        Count(sent, compressor, packed, unpacked);
    }

    /// <summary>Counts a command of a client.</summary>
    internal void CountCommand(string name) =>
        _ = operations.AddOrUpdate(KindOf(name), 1, static (_, count) => count + 1);

    /// <summary>Counts a command that was refused.</summary>
    internal void CountError() => Interlocked.Increment(ref errors);

    /// <summary>The section <c>network</c> of serverStatus.</summary>
    internal DocumentBuilder DescribeNetwork()
    {
        var compression = new DocumentBuilder();
        foreach (var compressor in new[] { Compressor.Snappy, Compressor.Zstd, Compressor.Zlib })
        {
            var (outgoing, incoming) = (sent.GetValueOrDefault(compressor), received.GetValueOrDefault(compressor));
            compression.Add(
                Compression.NameOf(compressor),
                new DocumentBuilder
                {
                    { "compressor", Pair(outgoing.Unpacked, outgoing.Packed) },
                    { "decompressor", Pair(incoming.Packed, incoming.Unpacked) },
                }
            );
        }

        return new()
        {
            { "bytesIn", Interlocked.Read(ref bytesIn) },
            { "bytesOut", Interlocked.Read(ref bytesOut) },
            { "physicalBytesIn", Interlocked.Read(ref packedIn) },
            { "physicalBytesOut", Interlocked.Read(ref packedOut) },
            { "numRequests", Interlocked.Read(ref requests) },
            { "compression", compression },
        };
    }

    /// <summary>The section <c>opcounters</c>.</summary>
    internal DocumentBuilder DescribeOperations()
    {
        var counters = new DocumentBuilder();
        foreach (var kind in Kinds)
        {
            counters.Add(kind, operations.GetValueOrDefault(kind));
        }

        return counters;
    }

    /// <summary>The section <c>asserts</c>: refused commands are what it counts as the users'.</summary>
    internal DocumentBuilder DescribeAsserts() =>
        new()
        {
            { "regular", 0 },
            { "warning", 0 },
            { "msg", 0 },
            { "user", RawValue.Narrow(Interlocked.Read(ref errors)) },
            { "tripwire", 0 },
            { "rollovers", 0 },
        };

    /// <summary>The kind a command is counted as.</summary>
    internal static string KindOf(string command) =>
        command switch
        {
            "find" => "query",
            "getMore" => "getmore",
            "insert" or "update" or "delete" => command,
            _ => "command",
        };

    private static void Count(
        ConcurrentDictionary<Compressor, (long Packed, long Unpacked)> counters,
        Compressor? compressor,
        int packed,
        int unpacked
    )
    {
        if (compressor is { } used)
        {
            _ = counters.AddOrUpdate(
                used,
                (packed, unpacked),
                (_, sum) => (sum.Packed + packed, sum.Unpacked + unpacked)
            );
        }
    }

    private static RawValue Pair(long from, long to) => new DocumentBuilder { { "bytesIn", from }, { "bytesOut", to } };
}
