namespace Godwit.Bson;

/// <summary>Bytes that are not a BSON document: truncated, with a wrong length, an unknown type or a missing terminator.</summary>
/// <param name="message">What is wrong and where.</param>
public sealed class BsonFormatException(string message) : FormatException(message)
{
    /// <summary>Whether nothing is wrong with it but that documents are nested too deep.</summary>
    public bool IsTooDeep { get; init; }
}
