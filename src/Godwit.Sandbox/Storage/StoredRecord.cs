using Godwit.Bson;

namespace Godwit.Sandbox.Storage;

/// <summary>A document and where it is stored.</summary>
/// <param name="Key">Its record key: a number, or the key string of <c>_id</c> in a clustered collection.</param>
/// <param name="Document">The document.</param>
internal readonly record struct StoredRecord(byte[] Key, RawDocument Document);
