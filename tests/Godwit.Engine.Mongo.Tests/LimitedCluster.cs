using Godwit.Engine.Preflight;
using Godwit.Sandbox;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>A Sandbox in this process whose user "mover" holds one role and nothing besides.</summary>
internal sealed class LimitedCluster : IAsyncDisposable
{
    private readonly IAsyncDisposable owner;

    private LimitedCluster(IAsyncDisposable owner, string address, bool isSharded)
    {
        this.owner = owner;
        IsSharded = isSharded;
        Address = address;
        Client = new MongoClient(address);
    }

    internal bool IsSharded { get; }

    internal IMongoClient Client { get; }

    /// <summary>Connection string of the limited user.</summary>
    internal string Limited => As("mover");

    private string Address { get; }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <param name="isSharded">A sharded cluster of two shards, or a set of one member.</param>
    /// <param name="name">The set's name.</param>
    /// <param name="granted">What the role holds.</param>
    /// <param name="less">The name of an action that it does not.</param>
    internal static async Task<LimitedCluster> StartAsync(
        bool isSharded,
        string name,
        IReadOnlyList<RequiredPrivilege> granted,
        string less
    )
    {
        LimitedCluster made;
        if (isSharded)
        {
            var cluster = await ShardedSandbox.StartAsync(new() { Credential = new("root", "x") }, Token);
            made = new(cluster, cluster.ConnectionString, isSharded);
        }
        else
        {
            var set = await SandboxCluster.StartAsync(
                new()
                {
                    Members = 1,
                    ReplicaSetName = name,
                    Credential = new("root", "x"),
                },
                Token
            );
            await set.WaitForPrimaryAsync(Token);
            made = new(set, set.ConnectionString, isSharded);
        }

        await made.RunAsync(
            new()
            {
                { "createUser", "app" },
                { "pwd", "x" },
                {
                    "roles",
                    new BsonArray { "readWriteAnyDatabase" }
                },
            }
        );
        await made.GrantAsync(granted, less);
        return made;
    }

    /// <summary>Sets the role anew, and makes its user if it is not there.</summary>
    internal async Task GrantAsync(IReadOnlyList<RequiredPrivilege> granted, string less)
    {
        var privileges = new BsonArray(
            granted
                .Select(one =>
                    one with
                    {
                        Actions =
                        [
                            .. one.Actions.Where(action => RequiredPrivileges.NameOf(one.Resource, action) != less),
                        ],
                    }
                )
                .Where(one => one.Actions.Count > 0)
                .Select(one => Administration.Grants.Of(one))
        );
        var users = await RunAsync(new("usersInfo", "mover"));
        var isNew = users["users"].AsBsonArray.Count == 0;
        await RunAsync(
            new()
            {
                { isNew ? "createRole" : "updateRole", "mover" },
                { "privileges", privileges },
                { "roles", new BsonArray() },
            }
        );
        if (isNew)
        {
            await RunAsync(
                new()
                {
                    { "createUser", "mover" },
                    { "pwd", "x" },
                    {
                        "roles",
                        new BsonArray { "mover" }
                    },
                }
            );
        }
    }

    /// <summary>Whether an application may not write here now.</summary>
    internal async Task<bool> RefusesWritesAsync()
    {
        using var app = new MongoClient(As("app"));
        try
        {
            await app.GetDatabase("shop").GetCollection<BsonDocument>("items").DeleteOneAsync("{_id: 'none'}", Token);
            await app.GetDatabase("other").GetCollection<BsonDocument>("things").InsertOneAsync([], null, Token);
            await Client.DropDatabaseAsync("other", Token);
            return false;
        }
        catch (MongoWriteException)
        {
            return true;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await owner.DisposeAsync();
    }

    internal string As(string user) => Address.Replace("root:x", $"{user}:x", StringComparison.Ordinal);

    private Task<BsonDocument> RunAsync(BsonDocument command) =>
        Client.GetDatabase("admin").RunCommandAsync<BsonDocument>(command, null, Token);
}
