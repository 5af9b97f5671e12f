using Godwit.Engine.Planning;

namespace Godwit.Engine.Verifying;

/// <summary>
/// The order in which both sides gave out their documents, so that it can be compared once it is known which of them were written to
/// meanwhile: all others have to stand in one order on both sides (S30).
/// </summary>
internal sealed class OrderOfKeys
{
    /// <summary>Keys that are remembered of each side; 16 bytes each.</summary>
    private const int KeysMax = 8_000_000;

    private readonly List<KeyHash> source = [];
    private readonly List<KeyHash> destination = [];

    /// <summary>Whether there were too many to remember.</summary>
    internal bool IsUnknown { get; private set; }

    /// <summary>The next document of one side.</summary>
    internal void Add(KeyHash key, bool isSource)
    {
        var side = isSource ? source : destination;
        IsUnknown |= side.Count >= KeysMax;
        if (!IsUnknown)
        {
            side.Add(key);
        }
    }

    /// <summary>Begins anew.</summary>
    internal void Clear()
    {
        source.Clear();
        destination.Clear();
        IsUnknown = false;
    }

    /// <summary>Whether the keys of both sides that are not left out stand in the same order.</summary>
    internal bool IsSameWithout(Predicate<KeyHash> isLeftOut) =>
        source.Where(key => !isLeftOut(key)).SequenceEqual(destination.Where(key => !isLeftOut(key)));
}
