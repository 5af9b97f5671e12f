using System.Globalization;
using Godwit.Bson;
using Godwit.Wire.Client;

namespace Godwit.Testing.Servers;

/// <summary>A replica set of mongods started from a binary, each on a free port with its data in a folder that goes with it.</summary>
public sealed class MongodReplicaSet : IAsyncDisposable
{
    private readonly List<RunningProgram> members = [];
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-mongod-").FullName;
    private readonly int[] ports;
    private readonly string name;

    private readonly string binary;

    private MongodReplicaSet(string binary, int count, string name) =>
        (this.binary, ports, this.name) = (binary, LoopbackPorts.Free(count), name);

    /// <summary>How clients connect.</summary>
    public string ConnectionString => $"mongodb://{string.Join(',', ports.Select(Address))}/?replicaSet={name}";

    /// <summary>Starts the members and initiates the set; a client that selects its servers waits for the first primary.</summary>
    public static async Task<MongodReplicaSet> StartAsync(
        string binary,
        int count,
        string name,
        CancellationToken cancellation
    )
    {
        var set = new MongodReplicaSet(binary, count, name);
        try
        {
            foreach (var port in set.ports)
            {
                set.members.Add(set.StartMember(port));
            }

            await set.InitiateAsync(cancellation);
            return set;
        }
        catch
        {
            await set.DisposeAsync();
            throw;
        }
    }

    /// <summary>Kills a member's process.</summary>
    public ValueTask KillAsync(int member) => members[member].DisposeAsync();

    /// <summary>Starts a killed member again on its port and data.</summary>
    public void Restart(int member) => members[member] = StartMember(ports[member]);

    /// <summary>Sends a member's process a signal by name.</summary>
    public Task SignalAsync(int member, string signal) => members[member].SignalAsync(signal);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var member in members)
        {
            await member.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    private static string Address(int port) => $"127.0.0.1:{port}";

    private RunningProgram StartMember(int port)
    {
        var number = port.ToString(CultureInfo.InvariantCulture);
        var data = Directory.CreateDirectory(Path.Combine(folder, number)).FullName;
        string[] arguments = ["--replSet", name, "--port", number, "--dbpath", data, "--bind_ip", "127.0.0.1"];
        // Its own choice of a cache is half the machine's memory, which a dozen of them do not share.
        string[] limits = ["--wiredTigerCacheSizeGB", "0.25", "--setParameter", "enableTestCommands=1"];
        return RunningProgram.Start(binary, [.. arguments, .. limits]);
    }

    private async Task InitiateAsync(CancellationToken cancellation)
    {
        var hosts = ports.Select(
            (port, i) => RawValue.Document(new DocumentBuilder { { "_id", i }, { "host", Address(port) } }.Build())
        );
        var command = new DocumentBuilder
        {
            {
                "replSetInitiate",
                new DocumentBuilder { { "_id", name }, { "members", RawValue.Array(hosts) } }
            },
            { "$db", "admin" },
        }.Build();
        // The first asks all the others whether they are there, and refuses if one does not listen yet.
        for (var member = 1; member < ports.Length; member++)
        {
            await (await ConnectAsync(member, cancellation)).DisposeAsync();
        }

        await using var connection = await ConnectAsync(0, cancellation);
        using var reply = await connection.RunAsync(command, cancellation);
        if (!reply.IsOk)
        {
            throw new InvalidOperationException($"the set was not initiated: {reply.Body}");
        }
    }

    /// <summary>Connects to a member as soon as it listens.</summary>
    private async Task<WireConnection> ConnectAsync(int member, CancellationToken cancellation)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        while (true)
        {
            try
            {
                return await WireConnection.OpenAsync(Address(ports[member]), new(), patience.Token);
            }
            catch (ConnectionException) when (!members[member].HasExited)
            {
                await Task.Delay(100, patience.Token);
            }
        }
    }
}
