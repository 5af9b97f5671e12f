namespace Godwit.Cluster;

/// <summary>
/// The other hosts have declared this one dead: it stood still, or cannot be reached. They have gone on without it, so it ends at once, with a
/// sentence instead of a dump.
/// </summary>
internal sealed class Deposition(Action<ClusterSetUpException> deposed) : IFatalErrorHandler
{
    /// <summary>Whether the others had let this host in.</summary>
    internal bool HasJoined { get; set; }

    public bool IsUnexpected(Exception exception) => exception is not OperationCanceledException;

    public void OnFatalException(object? sender, string? context, Exception? exception) =>
        deposed(
            HasJoined
                ? new(
                    "The other hosts have taken this one for dead: it stood still, or could not be reached. It has stopped and changes nothing any more.",
                    "Run the same command again to come back."
                )
                : NotLetIn(exception)
        );

    internal static ClusterSetUpException NotLetIn(Exception? cause) =>
        new(
            "This host cannot reach the other hosts, or they do not let it in.",
            "Check --host-address, firewalls, and that all hosts have certificates of one authority (--host-certificate, --host-authority), or none has.",
            cause
        );
}
