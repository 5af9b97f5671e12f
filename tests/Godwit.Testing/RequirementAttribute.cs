using Xunit.v3;

namespace Godwit.Testing;

/// <summary>Names the requirement (<c>A01</c>…<c>H16</c>) or rule of synchronisation (<c>S1</c>…<c>S35</c>) that a test shows.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method, AllowMultiple = true)]
public sealed class RequirementAttribute(string id) : Attribute, ITraitAttribute
{
    /// <summary>The id, as in <c>docs/features.md</c> or <c>docs/sync-rules.md</c>.</summary>
    public string Id { get; } = id;

    /// <inheritdoc/>
    public IReadOnlyCollection<KeyValuePair<string, string>> GetTraits() => [new("Requirement", Id)];
}
