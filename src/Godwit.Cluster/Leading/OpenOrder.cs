using System.Threading.Channels;
using Godwit.Cluster.Messages;
using Godwit.Engine.Pacing;
using Godwit.Engine.Verifying;

namespace Godwit.Cluster.Leading;

/// <summary>A range that a host has taken, and what it says of it.</summary>
internal sealed class OpenOrder(Guid hostId, Guid id)
{
    private readonly Pulse taken = new();

    internal Guid Id => id;

    internal Guid HostId => hostId;

    /// <summary>When the host has said last that it works on it.</summary>
    internal long SeenAt { get; set; }

    /// <summary>What it has moved, until it is done.</summary>
    internal Channel<MovedNote> Notes { get; } = Channel.CreateUnbounded<MovedNote>();

    /// <summary>What it has summed up; <see langword="null"/> if it has not, or has failed.</summary>
    internal RangeSums? Sums { get; set; }

    internal void Taken() => taken.Set();

    /// <summary>Waits until few notes are left to be taken; false if it takes too long.</summary>
    internal async Task<bool> WhenFewAsync(int most, CancellationToken cancellationToken)
    {
        while (true)
        {
            var next = taken.Next;
            if (Notes.Reader.Count <= most)
            {
                return true;
            }

            await next.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (cancellationToken.IsCancellationRequested)
            {
                return false;
            }
        }
    }
}
