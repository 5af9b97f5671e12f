using System.Text.Json;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>One line of <c>--progress json</c>, as far as tests look at it.</summary>
internal sealed record ProgressLine(
    string Phase,
    long DocumentsCopied,
    long EventsApplied,
    double VerifiedShare,
    int Differences,
    int Healed,
    bool CanCutOver,
    IReadOnlyList<string> Warnings
)
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web);

    /// <summary>The line read; <see langword="null"/> if it is another kind of line.</summary>
    public static ProgressLine? Parse(string line) =>
        line.StartsWith('{') ? JsonSerializer.Deserialize<ProgressLine>(line, Options) : null;
}
