using Godwit.Bson;

namespace Godwit.Sandbox.Query;

/// <summary>A node of a filter's tree. Under <c>$elemMatch</c> nodes are applied to a value instead of a document.</summary>
internal abstract class FilterNode
{
    internal abstract bool Matches(RawDocument document, MatchTrace? trace);

    internal abstract bool MatchesElement(RawValue value);
}

/// <summary>A test of the values at a path.</summary>
internal sealed class PathNode(FieldPath? path, IValueTest test) : FilterNode
{
    /// <summary>The path; <see langword="null"/> within <c>$elemMatch</c> on values.</summary>
    internal FieldPath? Path => path;

    internal IValueTest Test => test;

    internal override bool Matches(RawDocument document, MatchTrace? trace) =>
        path is null ? test.Matches(RawValue.Document(document), trace) : new PathWalk(path, test, trace).Any(document);

    internal override bool MatchesElement(RawValue value) => test.Matches(value, null);
}

/// <summary>All of several.</summary>
internal sealed class AndNode(IReadOnlyList<FilterNode> children) : FilterNode
{
    internal IReadOnlyList<FilterNode> Children => children;

    internal override bool Matches(RawDocument document, MatchTrace? trace)
    {
        foreach (var child in children)
        {
            if (!child.Matches(document, trace))
            {
                return false;
            }
        }

        return true;
    }

    internal override bool MatchesElement(RawValue value) => children.All(child => child.MatchesElement(value));
}

/// <summary>At least one of several.</summary>
internal sealed class OrNode(IReadOnlyList<FilterNode> children) : FilterNode
{
    internal IReadOnlyList<FilterNode> Children => children;

    internal override bool Matches(RawDocument document, MatchTrace? trace) =>
        children.Any(child => child.Matches(document, trace));

    internal override bool MatchesElement(RawValue value) => children.Any(child => child.MatchesElement(value));
}

/// <summary>The opposite of one.</summary>
internal sealed class NotNode(FilterNode child) : FilterNode
{
    internal FilterNode Child => child;

    internal override bool Matches(RawDocument document, MatchTrace? trace) => !child.Matches(document, null);

    internal override bool MatchesElement(RawValue value) => !child.MatchesElement(value);
}

/// <summary>A test of the whole document: <c>$expr</c>, <c>$jsonSchema</c>, <c>$sampleRate</c>, the constants.</summary>
internal sealed class DocumentNode(Func<RawDocument, bool> test) : FilterNode
{
    internal override bool Matches(RawDocument document, MatchTrace? trace) => test(document);

    internal override bool MatchesElement(RawValue value) =>
        value.Type is BsonType.Document or BsonType.Array && test(value.AsDocument);
}
