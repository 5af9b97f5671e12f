using System.Text.RegularExpressions;

namespace Godwit.Tidy.Tests;

/// <summary>Which tests name which requirement or rule, read from the sources of the tests.</summary>
internal sealed partial class RequirementIndex
{
    private readonly Dictionary<string, SortedSet<string>> tests = new(StringComparer.Ordinal);

    public RequirementIndex()
    {
        foreach (var path in Repository.Files("tests/", ".cs").Where(p => !p.Contains("/Godwit.Tidy.Tests/")))
        {
            Scan(Repository.ReadLines(path), Path.GetFileNameWithoutExtension(path));
        }
    }

    public IEnumerable<string> Ids => tests.Keys;

    public IReadOnlyCollection<string> TestsOf(string id) => tests.TryGetValue(id, out var found) ? found : [];

    /// <summary>An attribute belongs to the next class or method after it.</summary>
    private void Scan(string[] lines, string type)
    {
        var pending = new List<string>();
        foreach (var line in lines)
        {
            pending.AddRange(Attributes().Matches(line).Select(match => match.Groups[1].Value));
            if (ClassName().Match(line) is { Success: true } found)
            {
                type = found.Groups[1].Value;
                Assign(pending, type);
            }
            else if (pending.Count > 0 && MethodName().Match(line) is { Success: true } method)
            {
                Assign(pending, $"{type}.{method.Groups[1].Value}");
            }
        }
    }

    private void Assign(List<string> pending, string name)
    {
        foreach (var id in pending)
        {
            if (!tests.TryGetValue(id, out var names))
            {
                tests.Add(id, names = new SortedSet<string>(StringComparer.Ordinal));
            }

            names.Add(name);
        }

        pending.Clear();
    }

    [GeneratedRegex(@"\bRequirement\(""(\w+)""\)")]
    private static partial Regex Attributes();

    [GeneratedRegex(@"^\s*(?:public|internal|file)[\w\s]* class (\w+)")]
    private static partial Regex ClassName();

    [GeneratedRegex(@"^\s*public [^=;]*?\b(\w+)\(")]
    private static partial Regex MethodName();
}
