namespace Godwit.Engine.Reporting;

/// <summary>What a person should know about a migration, oldest first, each thing once: shown while it runs and kept in the report.</summary>
internal sealed class Notices
{
    private readonly List<string> said = [];
    private readonly Lock gate = new();

    internal IReadOnlyList<string> All
    {
        get
        {
            lock (gate)
            {
                return [.. said];
            }
        }
    }

    internal void Say(string text)
    {
        lock (gate)
        {
            if (!said.Contains(text, StringComparer.Ordinal))
            {
                said.Add(text);
            }
        }
    }
}
