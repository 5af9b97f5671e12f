using System.CommandLine;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit sandbox fault</c>: tells a running Sandbox, through its control port, what is to go wrong.</summary>
internal static class SandboxFaultVerb
{
    private static readonly Argument<string> Fault = new Argument<string>("fault")
    {
        Description = "What is to happen; 'list' shows what there is to happen to, 'heal' ends all faults",
    }.AcceptOnlyFromAmong(
        "list",
        "heal",
        "kill",
        "stall",
        "cut-from-clients",
        "partition",
        "resync",
        "restart-as",
        "clock-skew",
        "slow-disk",
        "full-disk",
        "slow-network",
        "drop-connections",
        "corrupt-reply"
    );

    private static readonly Option<int> Control = new Option<int>("--control-port")
    {
        Description = "The Sandbox's control port",
        Required = true,
        HelpName = "P",
    }.Between(1, 65535);

    private static readonly Option<string?> Set = new("--set")
    {
        Description = "The replica set, for instance s0 or cfg, or mongos; otherwise the first one",
        HelpName = "NAME",
    };

    private static readonly Option<int?> Member = new("--member")
    {
        Description = "The position of the member, from 0; otherwise the first one",
        HelpName = "N",
    };

    private static readonly Option<int?> From = new("--from")
    {
        Description = "The member it is cut off from; otherwise all others",
        HelpName = "N",
    };

    private static readonly Option<bool> OneWay = new("--one-way")
    {
        Description = "The member does not reach the others, but they reach it",
    };

    private static readonly Option<long?> For = new("--for-ms")
    {
        Description = "After how many milliseconds the fault ends by itself",
        HelpName = "MS",
    };

    private static readonly Option<long?> By = new("--by-ms")
    {
        Description = "How slow, or how far off the clock is",
        HelpName = "MS",
    };

    private static readonly Option<long?> Jitter = new("--jitter-ms")
    {
        Description = "By chance up to so much slower",
        HelpName = "MS",
    };

    private static readonly Option<double?> Probability = new("--probability")
    {
        Description = "How often a message is concerned, from 0 to 1",
        HelpName = "X",
    };

    private static readonly Option<int?> Seed = new("--seed")
    {
        Description = "Decides all that is left to chance; otherwise one is chosen, and printed",
        HelpName = "N",
    };

    private static readonly Option<string?> Release = new Option<string?>("--release")
    {
        Description = "The MongoDB release that a member is started again as",
    }.AcceptOnlyFromAmong("6.0", "7.0", "8.0");

    private static readonly Option<bool> Off = new("--off") { Description = "End the fault" };

    /// <summary>The verb with its options.</summary>
    internal static Command Create()
    {
        var command = new Command("fault", "Makes something go wrong in a running Sandbox, through its control port.")
        {
            Fault,
            Control,
            Set,
            Member,
            From,
            OneWay,
            For,
            By,
            Jitter,
            Probability,
            Seed,
            Release,
            Off,
        };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        string answer;
        try
        {
            answer = await AskAsync(arguments.GetValue(Control), Request(arguments), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception refused) when (refused is SocketException or IOException)
        {
            await Console
                .Error.WriteLineAsync(
                    $"godwit: no Sandbox listens on control port {arguments.GetValue(Control)} ({refused.Message}); start it with --control-port"
                )
                .ConfigureAwait(false);
            return ExitCodes.Stopped;
        }

        var isDone = !answer.Contains("error:", StringComparison.Ordinal);
        await (isDone ? Console.Out : Console.Error).WriteLineAsync(answer).ConfigureAwait(false);
        return isDone ? ExitCodes.Success : ExitCodes.Usage;
    }

    private static string Request(ParseResult arguments)
    {
        var fields = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["fault"] = arguments.GetValue(Fault),
            ["set"] = arguments.GetValue(Set),
            ["member"] = arguments.GetValue(Member),
            ["from"] = arguments.GetValue(From),
            ["oneWay"] = arguments.GetValue(OneWay) ? true : null,
            ["forMS"] = arguments.GetValue(For),
            ["byMS"] = arguments.GetValue(By),
            ["jitterMS"] = arguments.GetValue(Jitter),
            ["probability"] = arguments.GetValue(Probability) is { } chance
                ? new Dictionary<string, string>(StringComparer.Ordinal)
                {
                    ["$numberDouble"] = chance.ToString(CultureInfo.InvariantCulture),
                }
                : null,
            ["seed"] = arguments.GetValue(Seed),
            ["release"] = arguments.GetValue(Release),
            ["off"] = arguments.GetValue(Off) ? true : null,
        };
        return JsonSerializer.Serialize(fields.Where(field => field.Value is not null).ToDictionary());
    }

    private static async Task<string> AskAsync(int port, string request, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, cancellationToken).ConfigureAwait(false);
        var stream = client.GetStream();
        await using (stream.ConfigureAwait(false))
        {
            await stream.WriteAsync(Encoding.UTF8.GetBytes(request + "\n"), cancellationToken).ConfigureAwait(false);
            using var reader = new StreamReader(stream, Encoding.UTF8);
            return await reader.ReadLineAsync(cancellationToken).ConfigureAwait(false)
                ?? throw new IOException("the connection was closed");
        }
    }
}
