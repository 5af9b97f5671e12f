using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Preflight;

namespace Godwit.Cli.Output;

/// <summary>Preflight's findings as text: what stands in the way first seen, each with its remedy below.</summary>
internal static class FindingText
{
    internal static IEnumerable<string> Describe(IReadOnlyList<Finding> findings)
    {
        foreach (var finding in findings.OrderByDescending(f => f.State))
        {
            var mark = finding.State switch
            {
                FindingState.Passed => "ok     ",
                FindingState.Warning => "warning",
                FindingState.Failed => "FAILED ",
            };
            yield return $"  {mark}  {SecretText.OfText(finding.Message)}";
            if (finding.Remedy.Length > 0)
            {
                yield return $"           → {finding.Remedy}";
            }
        }
    }
}
