using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>The arguments of an operation; one that nobody has taken makes the case not expressible instead of being ignored.</summary>
internal sealed class Arguments(string operation, BsonDocument document, Entities entities)
{
    // Only servers from 8.2 on know of raw data: what is asked of drivers before is that they leave the argument out.
    private readonly HashSet<string> taken = new(["rawData"], StringComparer.Ordinal);

    public IClientSessionHandle? Session =>
        Take("session") is { } id ? entities.Get<IClientSessionHandle>(id.AsString) : null;

    public BsonValue? Take(string name)
    {
        taken.Add(name);
        return document.TryGetValue(name, out var value) ? value : null;
    }

    public BsonValue Required(string name) =>
        Take(name) ?? throw new NotExpressibleException($"{operation} without {name}");

    public BsonDocument Document(string name) => Required(name).AsBsonDocument;

    public BsonDocument? OptionalDocument(string name) => Take(name)?.AsBsonDocument;

    public bool? Bool(string name) => Take(name)?.ToBoolean();

    public int? Int(string name) => Take(name)?.ToInt32();

    public TimeSpan? Milliseconds(string name) =>
        Take(name) is { } value ? TimeSpan.FromMilliseconds(value.ToDouble()) : null;

    public Collation? Collation() =>
        OptionalDocument("collation") is { } c ? MongoDB.Driver.Collation.FromBsonDocument(c) : null;

    /// <summary>Call when the operation has taken what it knows.</summary>
    public void RefuseOthers()
    {
        var unknown = document.Names.Where(name => !taken.Contains(name)).ToArray();
        if (unknown.Length > 0)
        {
            throw new NotExpressibleException($"{operation} with {string.Join(", ", unknown)}");
        }
    }
}
