using Godwit.Engine.Ports;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>What its servers are, and offer, which may change at any time.</summary>
internal sealed partial class FakeCluster
{
    /// <summary>The release that answers.</summary>
    internal Version Release { get; set; } = new(8, 0, 10);

    /// <summary>Whether capped collections are read at no time (S8).</summary>
    internal bool ReadsCappedInPassing { get; set; }

    /// <summary>Whether <c>bypassEmptyTsReplacement</c> is known.</summary>
    internal bool BypassesEmptyTimestamps { get; set; } = true;

    /// <summary>How often it was tried what it offers.</summary>
    internal int Probes { get; private set; }

    public Task<ClusterCapabilities> ProbeAsync(CancellationToken cancellationToken)
    {
        Probes++;
        return Task.FromResult(
            new ClusterCapabilities(true, true, true, BypassesEmptyTimestamps, !ReadsCappedInPassing, CanBlock)
            {
                HashedKeys = true,
            }
        );
    }
}
