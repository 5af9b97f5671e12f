namespace Godwit.Sandbox.Storage;

/// <summary>A walk that outlives suspensions of its view: when the view has moved on, it opens again behind the last key it gave.</summary>
internal sealed class ResumableScan(ReadView view, Family family, ScanRange range) : IScan
{
    private ScanRange rest = range;
    private IScan? scan;
    private int generation;
    private byte[] last = [];
    private int lastLength = -1;

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Key => last.AsSpan(0, lastLength);

    /// <inheritdoc/>
    public ReadOnlySpan<byte> Value => scan!.Value;

    /// <inheritdoc/>
    public bool MoveNext()
    {
        if (scan is null || generation != view.Generation)
        {
            if (lastLength >= 0)
            {
                rest = rest.Behind(Key);
            }

            scan = view.Open(family, rest);
            generation = view.Generation;
        }

        if (!scan.MoveNext())
        {
            return false;
        }

        var key = scan.Key;
        if (last.Length < key.Length)
        {
            last = new byte[key.Length * 2];
        }

        key.CopyTo(last);
        lastLength = key.Length;
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (scan is not null && generation == view.Generation)
        {
            view.Close(scan);
        }

        scan = null;
    }
}
