using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Storage;

/// <summary>
/// Keys that open transactions have written. Another transaction that wants one fails with a write conflict; a single write waits
/// until the owner has ended. Guarded by the write lock.
/// </summary>
internal sealed class Claims
{
    /// <summary>The text of error 112.</summary>
    internal const string ConflictText =
        "Caused by :: Write conflict during plan execution and yielding is disabled. :: Please retry your operation or multi-document transaction.";

    private readonly Dictionary<UnitKey, ITransaction> owners = [];

    /// <summary>Takes a key for a transaction, or checks that a single write may have it (no transaction given).</summary>
    /// <exception cref="CommandException">WriteConflict: another transaction has the key.</exception>
    /// <exception cref="ClaimedException">The same, for a single write: wait and do it again.</exception>
    internal void Take(ITransaction? transaction, UnitKey key)
    {
        if (owners.Count == 0 && transaction is null)
        {
            return;
        }

        if (owners.TryGetValue(key, out var owner) && owner != transaction)
        {
            throw transaction is null
                ? new ClaimedException(owner.Ended)
                : new CommandException(ErrorCode.WriteConflict, ConflictText);
        }

        if (transaction is not null)
        {
            owners[key] = transaction;
        }
    }

    /// <summary>Frees all keys of a transaction.</summary>
    internal void Release(ITransaction transaction)
    {
        foreach (var (key, owner) in owners)
        {
            if (owner == transaction)
            {
                owners.Remove(key);
            }
        }
    }
}
