namespace Godwit.Bson;

/// <summary>Bytes that are not a BSON document: truncated, with a wrong length, an unknown type or a missing terminator.</summary>
/// <param name="message">What is wrong and where.</param>
public sealed class BsonFormatException(string message) : FormatException(message);
