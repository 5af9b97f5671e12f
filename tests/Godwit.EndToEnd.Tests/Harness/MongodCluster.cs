using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A replica set of three mongods started from the binary that GODWIT_TEST_MONGOD names.</summary>
internal sealed class MongodCluster : TestCluster
{
    private readonly IReadOnlyList<RunningProgram> members;
    private readonly string folder;

    private MongodCluster(string connectionString, IReadOnlyList<RunningProgram> members, string folder)
        : base(connectionString) => (this.members, this.folder) = (members, folder);

    public override bool IsSandbox => false;

    public static async Task<TestCluster> StartAsync(string binary, CancellationToken cancellation)
    {
        var folder = Directory.CreateTempSubdirectory("godwit-mongod-").FullName;
        var (ports, members, name) = (FreePorts(3), new List<RunningProgram>(), "rs" + Path.GetFileName(folder)[^6..]);
        try
        {
            foreach (var port in ports)
            {
                var data = Directory
                    .CreateDirectory(Path.Combine(folder, port.ToString(CultureInfo.InvariantCulture)))
                    .FullName;
                members.Add(
                    RunningProgram.Start(
                        binary,
                        [
                            "--replSet",
                            name,
                            "--port",
                            $"{port}",
                            "--dbpath",
                            data,
                            "--bind_ip",
                            "127.0.0.1",
                            "--setParameter",
                            "enableTestCommands=1",
                        ]
                    )
                );
            }

            await InitiateAsync(name, ports, cancellation);
            var hosts = string.Join(',', ports.Select(port => $"127.0.0.1:{port}"));
            return new MongodCluster($"mongodb://{hosts}/?replicaSet={name}", members, folder);
        }
        catch
        {
            await StopAsync(members, folder);
            throw;
        }
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await StopAsync(members, folder);
    }

    private static async Task StopAsync(IEnumerable<RunningProgram> members, string folder)
    {
        foreach (var member in members)
        {
            await member.DisposeAsync();
        }

        Directory.Delete(folder, recursive: true);
    }

    private static async Task InitiateAsync(string name, IReadOnlyList<int> ports, CancellationToken cancellation)
    {
        var settings = MongoClientSettings.FromConnectionString(
            $"mongodb://127.0.0.1:{ports[0]}/?directConnection=true&serverSelectionTimeoutMS=60000"
        );
        using var client = new MongoClient(settings);
        var members = new BsonArray(
            ports.Select((port, i) => new BsonDocument { { "_id", i }, { "host", $"127.0.0.1:{port}" } })
        );
        await client
            .GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(
                new BsonDocument("replSetInitiate", new BsonDocument { { "_id", name }, { "members", members } }),
                cancellationToken: cancellation
            );
    }

    private static int[] FreePorts(int count)
    {
        var listeners = Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0)).ToArray();
        Array.ForEach(listeners, listener => listener.Start());
        var ports = listeners.Select(listener => ((IPEndPoint)listener.LocalEndpoint).Port).ToArray();
        Array.ForEach(listeners, listener => listener.Stop());
        return ports;
    }
}
