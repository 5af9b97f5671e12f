using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Faults;

/// <summary>
/// A port of the Sandbox's own, on loopback: each line is a JSON object that names a <c>fault</c>, with the <c>set</c> and the
/// <c>member</c> it is for, and is answered by a line.
/// </summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        ["kill"] = "sandboxKill",
        ["stall"] = "sandboxStall",
        ["cut-from-clients"] = "sandboxCutFromClients",
        ["partition"] = "sandboxPartition",
        ["resync"] = "sandboxResync",
        ["restart-as"] = "sandboxRestartAs",
        ["clock-skew"] = "sandboxClockSkew",
        ["slow-disk"] = "sandboxSlowDisk",
        ["full-disk"] = "sandboxFullDisk",
        ["slow-network"] = "sandboxSlowNetwork",
        ["drop-connections"] = "sandboxDropConnections",
        ["corrupt-reply"] = "sandboxCorruptReply",
    };

    private readonly IReadOnlyList<IFaultTarget> targets;
    private readonly Socket listener;
    private readonly CancellationTokenSource stopping = new();
    private readonly Task accepting;

    private ControlServer(Socket listener, IReadOnlyList<IFaultTarget> targets)
    {
        this.listener = listener;
        this.targets = targets;
        Port = ((IPEndPoint)listener.LocalEndPoint!).Port;
        accepting = AcceptAsync(stopping.Token);
    }

    /// <summary>The port.</summary>
    internal int Port { get; }

    /// <summary>Opens it; 0 lets the system choose.</summary>
    internal static ControlServer Open(int port, IReadOnlyList<IFaultTarget> targets) =>
        new(MemberListener.Bind(port), targets);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync().ConfigureAwait(false);
        listener.Dispose();
        await accepting.ConfigureAwait(false);
        stopping.Dispose();
    }

    private async Task AcceptAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                var socket = await listener.AcceptAsync(cancellationToken).ConfigureAwait(false);
                _ = ServeAsync(socket, cancellationToken);
            }
            catch (Exception ended)
                when (ended is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // The port was closed, or somebody gave up while being accepted; the loop's condition decides.
            }
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken cancellationToken)
    {
        try
        {
            var stream = new NetworkStream(socket, ownsSocket: true);
            await using (stream.ConfigureAwait(false))
            {
                using var reader = new StreamReader(stream, Encoding.UTF8);
                while (await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
                {
                    var answer = Encoding.UTF8.GetBytes(Answer(line) + "\n");
                    await stream.WriteAsync(answer, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException)
        {
            // Whoever asked has gone, or the Sandbox ends.
        }
    }

    private string Answer(string line)
    {
        try
        {
            var asked = ExtendedJsonReader.ReadDocument(Encoding.UTF8.GetBytes(line));
            return Run(asked).Add("ok", true).Build().ToString();
        }
        catch (Exception refused) when (refused is CommandException or FormatException)
        {
            return new DocumentBuilder { { "error", refused.Message }, { "ok", false } }
                .Build()
                .ToString();
        }
    }

    private DocumentBuilder Run(RawDocument asked)
    {
        switch (asked["fault"] is { Type: BsonType.String } text ? text.AsString : "")
        {
            case "list":
                return new()
                {
                    { "sets", RawValue.Array(targets.Select(target => RawValue.Document(Describe(target)))) },
                };
            case "heal":
                foreach (var target in targets)
                {
                    target.Heal();
                }

                return [];
            case var name when Names.TryGetValue(name, out var fault):
                var on = TargetOf(asked["set"], fault, name);
                return new() { { "seed", on.Set(fault, !asked["off"].IsTruthy(), asked, 0) } };
            default:
                throw new CommandException(
                    ErrorCode.BadValue,
                    $"'fault' is one of {string.Join(", ", Names.Keys)}, list, heal"
                );
        }
    }

    private IFaultTarget TargetOf(RawValue set, string fault, string shown)
    {
        var target = set.Type == BsonType.String ? targets.FirstOrDefault(one => one.Name == set.AsString) : targets[0];
        if (target is null)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"'set' is one of {string.Join(", ", targets.Select(one => one.Name))}"
            );
        }

        return target.Knows(fault)
            ? target
            : throw new CommandException(ErrorCode.BadValue, $"{shown} cannot be done to {target.Name}");
    }

    private static RawDocument Describe(IFaultTarget target) =>
        new DocumentBuilder
        {
            { "set", target.Name },
            { "ports", RawValue.Array(target.Ports.Select(RawValue.Int32)) },
        }.Build();
}
