using System.Runtime.InteropServices;

namespace Godwit.Cli.Verbs;

/// <summary>
/// What Ctrl-C and SIGTERM mean: the first asks for a graceful stop, the second stops at once. Both are safe: whatever is on
/// its way is sorted out when the migration is taken up again.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource graceful = new();
    private readonly CancellationTokenSource immediate = new();
    private readonly PosixSignalRegistration[] registrations;

    internal Interruption() =>
        registrations = [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Receive),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Receive),
        ];

    /// <summary>Cancelled at the first signal.</summary>
    internal CancellationToken Graceful => graceful.Token;

    /// <summary>Cancelled at the second signal.</summary>
    internal CancellationToken Immediate => immediate.Token;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        graceful.Dispose();
        immediate.Dispose();
    }

    private void Receive(PosixSignalContext context)
    {
        context.Cancel = true;
        (graceful.IsCancellationRequested ? immediate : graceful).Cancel();
    }
}
