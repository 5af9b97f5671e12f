namespace Godwit.Bson;

/// <summary>A database and a collection (or view) in it. The first dot separates them, as in MongoDB.</summary>
/// <param name="Database">Database name, without dots.</param>
/// <param name="Collection">Collection name; may contain dots; empty for the database itself.</param>
public readonly record struct Namespace(string Database, string Collection)
{
    /// <summary>Splits <c>db.collection</c> at the first dot; without a dot the whole text is the database.</summary>
    public static Namespace Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? new(text, "") : new(text[..dot], text[(dot + 1)..]);
    }

    /// <inheritdoc/>
    public override string ToString() => Collection.Length == 0 ? Database : $"{Database}.{Collection}";
}
