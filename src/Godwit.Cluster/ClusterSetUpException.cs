namespace Godwit.Cluster;

/// <summary>Hosts cannot work together as they are set up: what is wrong, and what to do.</summary>
internal sealed class ClusterSetUpException(string message, string remedy, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>What a person can do about it.</summary>
    internal string Remedy { get; } = remedy;
}
