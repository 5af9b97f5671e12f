using System.Collections.Concurrent;

namespace Godwit.Sandbox.Storage;

/// <summary>How often each index was used since the member started, as <c>$indexStats</c> tells it.</summary>
internal sealed class IndexUses
{
    private readonly ConcurrentDictionary<uint, long> uses = new();

    /// <summary>Notes one use.</summary>
    internal void Count(uint index) => _ = uses.AddOrUpdate(index, 1, static (_, count) => count + 1);

    /// <summary>The uses of an index.</summary>
    internal long Of(uint index) => uses.GetValueOrDefault(index);
}
