namespace Godwit.Sandbox.Storage;

/// <summary>A single write met a key that an open transaction has written: it must wait for the end of that and try again.</summary>
/// <param name="ended">Completes when the transaction has ended.</param>
internal sealed class ClaimedException(Task ended) : Exception("the key belongs to an open transaction")
{
    /// <summary>Completes when the transaction has ended.</summary>
    internal Task Ended { get; } = ended;
}
