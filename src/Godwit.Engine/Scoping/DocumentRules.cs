using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Scoping;

/// <summary>
/// Rules for documents, by collection; of several that match a name the first one holds. The destination is to hold, at any time, what
/// the rules make of the source's documents at that time: copy, re-reading and verification read the source through the same rule, and
/// changes are not applied but have their documents read again (S12).
/// </summary>
internal sealed class DocumentRules
{
    /// <summary>Documents arrive as they are.</summary>
    internal static readonly DocumentRules None = new([], "");

    private readonly IReadOnlyList<DocumentRule> rules;

    private DocumentRules(IReadOnlyList<DocumentRule> rules, string digest) => (this.rules, Digest) = (rules, digest);

    /// <summary>Tells these rules from others without giving away keys; empty for <see cref="None"/>.</summary>
    internal string Digest { get; }

    /// <summary>Reads a JSON list of rules; empty text stands for none.</summary>
    /// <exception cref="ScopeException">One of them cannot be used.</exception>
    internal static DocumentRules Parse(string json)
    {
        if (json.Length == 0)
        {
            return None;
        }

        try
        {
            var root = JsonDocument.Parse(json).RootElement;
            return root.ValueKind == JsonValueKind.Array && root.GetArrayLength() > 0
                ? new(
                    [.. root.EnumerateArray().Select(DocumentRule.Parse)],
                    Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(root))))
                )
                : throw new ScopeException("document rules are a list of at least one");
        }
        catch (JsonException malformed)
        {
            throw new ScopeException($"the document rules are not JSON: {malformed.Message}");
        }
    }

    /// <summary>The rule for documents of a collection of the source; <see langword="null"/> if they arrive as they are.</summary>
    internal DocumentRule? For(Namespace name) =>
        rules.Count == 0 ? null : rules.FirstOrDefault(one => one.Pattern.Matches(SeriesNames.Shown(name)));

    /// <summary>Whether a collection that is renamed so keeps its documents on the destination.</summary>
    internal bool AreSame(Namespace before, Namespace after) => ReferenceEquals(For(before), For(after));

    /// <summary>The source as its documents arrive.</summary>
    internal ISourceCluster Apply(ISourceCluster source) => this == None ? source : new RuledSource(source, this);
}
