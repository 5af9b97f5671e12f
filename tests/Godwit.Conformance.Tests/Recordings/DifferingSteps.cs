using System.Globalization;
using System.Text.RegularExpressions;
using Godwit.Testing;

namespace Godwit.Conformance.Tests.Recordings;

/// <summary>
/// differing-steps.tsv: the steps of recorded sessions that are answered in another way, each with its reason. Some differ by chance;
/// what is said to differ always must.
/// </summary>
internal sealed partial class DifferingSteps
{
    private readonly List<(int Step, bool IsAlways)> listed = [];

    public DifferingSteps(string recording)
    {
        var path = Path.Combine(SharedData.RepositoryRoot(), "tests/Godwit.Conformance.Tests/differing-steps.tsv");
        foreach (var line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line.Split('\t') is not [var name, var step, "always" or "sometimes", { Length: > 0 }] parts)
            {
                throw new InvalidDataException(
                    $"differing-steps.tsv: recording, step, how often and why expected in: {line}"
                );
            }

            if (name == recording)
            {
                listed.Add((int.Parse(step, CultureInfo.InvariantCulture), parts[2] == "always"));
            }
        }
    }

    /// <summary>What the list does not say of a report, in words; empty where it says all.</summary>
    /// <param name="report">What <c>replay.py</c> has printed.</param>
    public string Unexplained(string report)
    {
        var differing = In(report);
        return string.Join(
            "; ",
            [
                .. differing
                    .Where(step => !listed.Exists(one => one.Step == step))
                    .Select(step => $"step {step} differs and is not listed"),
                .. listed
                    .Where(one => one.IsAlways && !differing.Contains(one.Step))
                    .Select(one => $"step {one.Step} is listed and does not differ"),
            ]
        );
    }

    /// <summary>The steps that differ in more than the text of a message.</summary>
    private static HashSet<int> In(string report)
    {
        var steps = new HashSet<int>();
        var current = -1;
        foreach (var line in report.Split('\n'))
        {
            if (Header().Match(line) is { Success: true } header)
            {
                current = int.Parse(header.Groups[1].Value, CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("      ", StringComparison.Ordinal) && !Message().IsMatch(line))
            {
                _ = steps.Add(current);
            }
        }

        return steps;
    }

    [GeneratedRegex(@"^  sessions\S* · #(\d+) ")]
    private static partial Regex Header();

    [GeneratedRegex(@"^      (\S+\.)?errmsg: ")]
    private static partial Regex Message();
}
