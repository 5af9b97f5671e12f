using Godwit.Bench.Measuring;

namespace Godwit.Bench.Benchmarks;

/// <summary>The bound on memory with ten million documents, all of them verified: it does not grow with them.</summary>
internal sealed class MemoryBenchmark : IBenchmark
{
    public string Name => "memory";

    public string Description => "a whole migration of 10⁷ documents between null servers, verified: its peak memory";

    public Task RunAsync(Scale scale, Figures figures)
    {
        var documents = scale.Of(10_000_000);
        return GrowthBenchmark.MeasureAsync(
            FormattableString.Invariant($"{documents} documents, verified"),
            "document",
            scale,
            figures,
            new() { Documents = documents },
            documents
        );
    }
}
