using System.Globalization;
using System.Text.RegularExpressions;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>The lines in which <c>replay.py</c> counts same answers.</summary>
internal static partial class Tally
{
    public static IReadOnlyList<double> Parse(string output) =>
        [.. Lines().Matches(output).Select(line => Share(line.Groups[1].Value, line.Groups[2].Value))];

    private static double Share(string same, string all) =>
        double.Parse(same, CultureInfo.InvariantCulture) / double.Parse(all, CultureInfo.InvariantCulture);

    [GeneratedRegex(@": (\d+) of ([1-9]\d*) answers the same \(")]
    private static partial Regex Lines();
}
