using System.Runtime.InteropServices;

namespace Godwit.Cli.Verbs;

/// <summary>
/// What Ctrl-C and SIGTERM mean: the first asks for a graceful stop, the second stops at once, and so does a minute after the first:
/// whoever waits for clusters that are gone would wait until it is killed. All are safe: whatever is on its way is sorted out when the
/// migration is taken up again.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>Shorter than service managers wait before they kill (systemd: 90 s).</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly CancellationTokenSource graceful = new();
    private readonly CancellationTokenSource immediate = new();
    private readonly PosixSignalRegistration[] registrations;
    private readonly ITimer limit;

    /// <param name="time">The clock; <see langword="null"/> for the system's.</param>
    internal Interruption(TimeProvider? time = null)
    {
        limit = (time ?? TimeProvider.System).CreateTimer(
            _ => immediate.Cancel(),
            null,
            Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan
        );
        registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Receive),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Receive),
        ];
    }

    /// <summary>Cancelled at the first signal.</summary>
    internal CancellationToken Graceful => graceful.Token;

    /// <summary>Cancelled at the second signal, or a minute after the first.</summary>
    internal CancellationToken Immediate => immediate.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        limit.Dispose();
        graceful.Dispose();
        immediate.Dispose();
    }

    /// <summary>A signal has come.</summary>
    internal void Receive(PosixSignalContext context)
    {
        context.Cancel = true;
        if (graceful.IsCancellationRequested)
        {
            immediate.Cancel();
            return;
        }

        _ = limit.Change(Patience, Timeout.InfiniteTimeSpan);
        graceful.Cancel();
    }
}
