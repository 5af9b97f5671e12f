using System.Globalization;
using System.Text.Json;
using Godwit.Bench;
using Godwit.Bench.Movers;
using Godwit.Bench.NullServers;
using Godwit.Bench.Simulating;

CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["simulate", .. var asked])
{
    return await SimulateCommand.RunAsync(asked);
}

if (args is not ["role", ..])
{
    return await BenchCommand.RunAsync(args);
}

if (args[1] == "null-servers")
{
    return await NullServersRole.RunAsync(JsonSerializer.Deserialize<NullOptions>(args[2])!);
}

var (documents, batch, streams) = (long.Parse(args[4]), int.Parse(args[5]), int.Parse(args[6]));
_ = await Console.In.ReadLineAsync();
await (
    args[1] switch
    {
        "relay-documents" => RelayRole.CopyAsync(args[2], args[3], documents, batch, streams),
        "relay-events" => RelayRole.EventsAsync(args[2], args[3]),
        "read" => RelayRole.ReadAsync(args[2], args[3], documents, batch, streams),
        var other => throw new ArgumentException($"no role {other}"),
    }
);
return 0;
