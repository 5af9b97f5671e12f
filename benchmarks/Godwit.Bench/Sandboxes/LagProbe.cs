using System.Diagnostics;
using Godwit.Bson;

namespace Godwit.Bench.Sandboxes;

/// <summary>Measures how far the destination is behind as applications would see it: a document written here, looked for there.</summary>
internal static class LagProbe
{
    private const string Collection = "markers";
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(2);

    /// <summary>Makes the collection, so that it is part of the copy.</summary>
    public static async Task PrepareAsync(SandboxRun source)
    {
        await using var connection = await source.ConnectAsync();
        await SandboxRun.InsertAsync(connection, Collection, [new DocumentBuilder { { "_id", 0 } }.Build()]);
    }

    /// <summary>Milliseconds from the acknowledgement on the source to the sight on the destination, one a marker.</summary>
    public static async Task<List<double>> MeasureAsync(SandboxRun source, SandboxRun destination, int markers)
    {
        await using var here = await source.ConnectAsync();
        await using var there = await destination.ConnectAsync();
        var lags = new List<double>();
        for (var marker = 1; marker <= markers; marker++)
        {
            await SandboxRun.InsertAsync(here, Collection, [new DocumentBuilder { { "_id", marker } }.Build()]);
            var written = Stopwatch.GetTimestamp();
            while (await CountAsync(there, marker) == 0)
            {
                await Task.Delay(LookEvery, TimeProvider.System);
            }

            lags.Add(Stopwatch.GetElapsedTime(written).TotalMilliseconds);
        }

        return lags;
    }

    private static async Task<int> CountAsync(Wire.Client.WireConnection connection, int marker)
    {
        var find = new DocumentBuilder
        {
            { "find", Collection },
            {
                "filter",
                new DocumentBuilder { { "_id", marker } }
            },
        };
        var reply = await SandboxRun.RunAsync(connection, find);
        return reply["cursor"].AsDocument["firstBatch"].AsDocument.Count();
    }
}
