using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>One document or statement of a write command on its way through a router.</summary>
/// <param name="Index">Its place in the client's command.</param>
/// <param name="Document">The document, or the statement.</param>
/// <param name="StatementId">Its statement id, in a retryable write.</param>
internal readonly record struct WriteItem(int Index, RawDocument Document, int? StatementId);
