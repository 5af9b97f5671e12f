namespace Godwit.Sandbox;

// Members that are killed, and started again as they were, as another release, or without data.
public sealed partial class SandboxCluster
{
    /// <summary>Kills a member as if its process had died.</summary>
    public Task KillAsync(int index, CancellationToken cancellationToken = default) =>
        ChangeAsync(() => KillUnderLockAsync(index), cancellationToken);

    /// <summary>Starts a killed member again on its port and data.</summary>
    public Task RestartAsync(int index, CancellationToken cancellationToken = default) =>
        ChangeAsync(
            async () =>
            {
                await KillUnderLockAsync(index).ConfigureAwait(false);
                StartMember(index);
            },
            cancellationToken
        );

    /// <summary>
    /// Ends a member and starts it again on its port and data as another MongoDB release, as one upgrades the servers of a set one after
    /// the other.
    /// </summary>
    /// <exception cref="IOException">That release does not open these data: the member runs as before.</exception>
    public Task RestartAsAsync(int index, string mongoVersion, CancellationToken cancellationToken = default)
    {
        var (before, after) = (releases[index], ServerProfile.Parse(mongoVersion));
        return ChangeAsync(
            async () =>
            {
                await KillUnderLockAsync(index).ConfigureAwait(false);
                releases[index] = after;
                try
                {
                    StartMember(index);
                }
                catch (IOException)
                {
                    releases[index] = before;
                    StartMember(index);
                    throw;
                }
            },
            cancellationToken
        );
    }

    /// <summary>Starts the members again that are dead, or one of them.</summary>
    internal Task RestartDeadAsync(int? only = null) =>
        ChangeAsync(
            () =>
            {
                for (var i = 0; i < processes.Length; i++)
                {
                    if (processes[i] is null && (only ?? i) == i)
                    {
                        StartMember(i);
                    }
                }

                return Task.CompletedTask;
            },
            CancellationToken.None
        );

    /// <summary>Throws a member's data away and lets it take them from the primary anew: what helps one that is too stale.</summary>
    public Task ResyncAsync(int index, CancellationToken cancellationToken = default)
    {
        if (processes.Length == 1)
        {
            throw new InvalidOperationException("there is no other member to take data from");
        }

        return ChangeAsync(
            async () =>
            {
                await KillUnderLockAsync(index).ConfigureAwait(false);
                Directory.Delete(DataOf(index), recursive: true);
                needsInitialSync[index] = true;
                StartMember(index);
            },
            cancellationToken
        );
    }
}
