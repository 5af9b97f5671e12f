namespace Godwit.Bench.Measuring;

/// <summary>One figure: its runs, their median and spread.</summary>
/// <param name="Name">What it says.</param>
/// <param name="Unit">Its unit; <c>×</c> for a ratio of paired runs.</param>
/// <param name="Runs">The value of each run.</param>
/// <param name="Expected">What the project expects of it, in words; empty for nothing.</param>
/// <param name="IsMet">Whether it is so; <see langword="null"/> where nothing is expected.</param>
internal sealed record Figure(
    string Name,
    string Unit,
    IReadOnlyList<double> Runs,
    string Expected = "",
    bool? IsMet = null
)
{
    public double Median
    {
        get
        {
            var sorted = Runs.Order().ToList();
            var middle = sorted.Count / 2;
            return sorted.Count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }

    public double Smallest => Runs.Min();

    public double Largest => Runs.Max();
}

/// <summary>What a benchmark gives.</summary>
internal sealed class Figures
{
    private readonly List<Figure> all = [];

    public IReadOnlyList<Figure> All => all;

    public void Add(string name, string unit, IEnumerable<double> runs) => all.Add(new(name, unit, [.. runs]));

    /// <summary>A figure whose median should not be below a value.</summary>
    public void AddAtLeast(double least, string name, string unit, IEnumerable<double> runs) =>
        AddExpected($"≥ {least}", median => median >= least, name, unit, runs);

    /// <summary>A figure whose median should not be above a value.</summary>
    public void AddAtMost(double most, string name, string unit, IEnumerable<double> runs) =>
        AddExpected($"≤ {most}", median => median <= most, name, unit, runs);

    private void AddExpected(
        string expected,
        Predicate<double> isMet,
        string name,
        string unit,
        IEnumerable<double> runs
    )
    {
        var figure = new Figure(name, unit, [.. runs], expected);
        all.Add(figure with { IsMet = isMet(figure.Median) });
    }
}
