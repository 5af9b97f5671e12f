namespace Godwit.Sandbox.Storage;

/// <summary>An open multi-document transaction as storage sees it: an owner of keys, until it ends.</summary>
internal interface ITransaction
{
    /// <summary>Completes when the transaction has ended and its keys are free.</summary>
    Task Ended { get; }
}
