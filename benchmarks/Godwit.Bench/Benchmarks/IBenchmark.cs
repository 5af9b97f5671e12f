using Godwit.Bench.Measuring;

namespace Godwit.Bench.Benchmarks;

/// <summary>Something that can be measured by name.</summary>
internal interface IBenchmark
{
    string Name { get; }

    /// <summary>What it measures, for <c>--help</c>.</summary>
    string Description { get; }

    Task RunAsync(Scale scale, Figures figures);
}

/// <summary>How much is measured.</summary>
/// <param name="IsQuick">A tenth of the size: to see that it works, not for figures to quote.</param>
/// <param name="Runs">Runs of each figure.</param>
internal sealed record Scale(bool IsQuick, int Runs)
{
    public long Of(long full) => IsQuick ? full / 10 : full;

    /// <summary>Runs something as often as asked, telling which run it is.</summary>
    public async Task<List<T>> RepeatAsync<T>(string what, Func<Task<T>> run)
    {
        var results = new List<T>();
        for (var number = 1; number <= Runs; number++)
        {
            await Console.Error.WriteLineAsync($"  {what}: run {number} of {Runs}");
            results.Add(await run());
        }

        return results;
    }
}
