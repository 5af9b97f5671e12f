namespace Godwit.Sandbox.Storage;

/// <summary>One write that is not committed yet.</summary>
/// <param name="Value">The value; <see langword="null"/> removes the key.</param>
/// <param name="IsNew">Whether the committed data do not have the key, so that nothing older becomes garbage.</param>
internal readonly record struct PendingWrite(ReadOnlyMemory<byte>? Value, bool IsNew);
