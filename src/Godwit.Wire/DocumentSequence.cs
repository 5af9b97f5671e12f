using Godwit.Bson;

namespace Godwit.Wire;

/// <summary>A kind-1 section: documents that stand beside the body under the name of an array field.</summary>
/// <param name="Identifier">The field name.</param>
/// <param name="Bytes">The documents one after the other.</param>
internal readonly record struct DocumentSequence(string Identifier, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The documents, as views on the bytes.</summary>
    /// <exception cref="BsonFormatException">The bytes do not divide into documents.</exception>
    internal List<RawDocument> ToList()
    {
        var documents = new List<RawDocument>();
        var rest = Bytes;
        while (!rest.IsEmpty)
        {
            var document = new RawDocument(rest);
            documents.Add(document);
            rest = rest[document.Length..];
        }

        return documents;
    }
}
