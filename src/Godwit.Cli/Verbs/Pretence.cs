namespace Godwit.Cli.Verbs;

/// <summary>
/// Internal server facilities that a test wants to be taken as missing, so that the fallbacks can be tried on servers that have
/// them: <c>GODWIT_PRETEND_MISSING</c>, names separated by commas.
/// </summary>
internal static class Pretence
{
    internal static IReadOnlySet<string> Missing() =>
        (Environment.GetEnvironmentVariable("GODWIT_PRETEND_MISSING") ?? "")
            .Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .ToHashSet(StringComparer.Ordinal);
}
