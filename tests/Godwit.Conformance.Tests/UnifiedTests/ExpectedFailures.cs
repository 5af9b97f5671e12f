using Godwit.Testing;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>
/// Cases that are known to fail, each with its reason: one line a case, name, tab, reason. A name may end in <c>*</c>. What is said of
/// a suite holds where it runs on a sharded cluster, too.
/// </summary>
internal sealed class ExpectedFailures
{
    private readonly Dictionary<string, string> exact = new(StringComparer.Ordinal);
    private readonly List<(string Prefix, string Reason)> prefixes = [];

    public ExpectedFailures()
    {
        var path = Path.Combine(SharedData.RepositoryRoot(), "tests/Godwit.Conformance.Tests/expected-failures.tsv");
        foreach (var line in File.ReadLines(path).Where(line => line.Length > 0 && line[0] != '#'))
        {
            if (line.Split('\t') is not [var name, { Length: > 0 } reason])
            {
                throw new InvalidDataException(
                    $"expected-failures.tsv: a name, a tab and a reason expected in: {line}"
                );
            }

            if (name.EndsWith('*'))
            {
                prefixes.Add((name[..^1], reason));
            }
            else
            {
                exact.Add(name, reason);
            }
        }
    }

    public IEnumerable<string> Names => exact.Keys;

    public string? ReasonFor(string name) =>
        exact.TryGetValue(name, out var reason) || exact.TryGetValue(SpecCase.Unsharded(name), out reason)
            ? reason
            : prefixes.FirstOrDefault(p => name.StartsWith(p.Prefix, StringComparison.Ordinal)).Reason;
}
