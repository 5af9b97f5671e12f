using System.Collections.Concurrent;
using System.Collections.Frozen;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Faults;

/// <summary>The failpoints of a member: which exist, which are set, how often each fired.</summary>
internal sealed class FailPointTable
{
    /// <summary>Those that do something here; others of MongoDB's names are not found.</summary>
    private static readonly FrozenSet<string> Known = new[]
    {
        "failCommand",
        "failGetMoreAfterCursorCheckout",
        "hangAfterStartingIndexBuild",
        "hangIndexBuildBeforeCommit",
        "maxTimeAlwaysTimeOut",
        "maxTimeNeverTimeOut",
        "onPrimaryTransactionalWrite",
        "rsSyncApplyStop",
        "WTWriteConflictException",
    }.ToFrozenSet(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, FailPoint> active = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, long> entered = new(StringComparer.Ordinal);

    /// <summary>Raised when a failpoint was set or fired.</summary>
    internal Storage.ChangeSignal Changed { get; } = new();

    /// <summary>Sets or (with <see langword="null"/>) clears a failpoint.</summary>
    /// <returns>How often it has fired so far.</returns>
    internal long Configure(string name, FailPoint? failPoint)
    {
        Require(name);
        if (failPoint is null)
        {
            _ = active.TryRemove(name, out _);
        }
        else
        {
            active[name] = failPoint;
        }

        Changed.Raise();
        return entered.GetValueOrDefault(name);
    }

    /// <summary>Refuses a name that no failpoint has.</summary>
    internal static void Require(string name)
    {
        if (!Known.Contains(name))
        {
            throw new CommandException(ErrorCode.FailPointSetFailed, $"{name} not found");
        }
    }

    /// <summary>How often a failpoint has fired.</summary>
    internal long TimesEntered(string name) => entered.GetValueOrDefault(name);

    /// <summary>The failpoint, if it is set.</summary>
    internal FailPoint? Find(string name) => active.GetValueOrDefault(name);

    /// <summary>The failpoint, if it is set and fires now.</summary>
    internal FailPoint? Enter(string name)
    {
        if (!active.TryGetValue(name, out var failPoint) || !failPoint.TryEnter())
        {
            return null;
        }

        _ = entered.AddOrUpdate(name, 1, (_, count) => count + 1);
        Changed.Raise();
        return failPoint;
    }
}
