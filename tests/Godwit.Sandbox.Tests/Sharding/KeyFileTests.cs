using Godwit.Bson;
using Godwit.Testing;
using Godwit.Wire.Client;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Sharding;

/// <summary>Processes of a cluster with users know one another by a key file, as MongoDB's do, and speak TLS where clients must.</summary>
public sealed class KeyFileTests : IDisposable
{
    private const string Key = "dGhlIGtleSBvZiBhIGNsdXN0ZXI=";
    private static readonly SandboxCredential Root = new("root", "x");
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-key-").FullName;
    private readonly TestCertificates certificates = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        certificates.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task With_the_same_key_they_work_together_over_tls_and_users_log_in_through_the_router()
    {
        var key = KeyFile(Key);
        await using var cluster = await StartRouterAsync(key);
        await using var set = await StartShardAsync(key);

        await cluster.ExpectAsync("admin", $"{{addShard: 's0/127.0.0.1:{set.Ports[0]}'}}");
        await cluster.ExpectAsync("admin", "{shardCollection: 't.c', key: {k: 'hashed'}}");
        await cluster.ExpectAsync("t", "{insert: 'c', documents: [{_id: 1, k: 1}, {_id: 2, k: 2}]}");

        (await cluster.ReadAsync("t", "{find: 'c'}")).Count.ShouldBe(2);
        await using var nobody = await OpenAsync(cluster.Cluster.RouterPorts[0], null);
        (await RunAsync(nobody, "{find: 'c'}"))["code"].ToInt64().ShouldBe(13);
    }

    [Fact]
    public async Task A_process_with_another_key_is_refused_with_the_remedy()
    {
        await using var cluster = await StartRouterAsync(KeyFile(Key));
        await using var set = await StartShardAsync(KeyFile(Key[4..]));

        var refused = await cluster.RunAsync("admin", $"{{addShard: 's0/127.0.0.1:{set.Ports[0]}'}}");

        refused["code"].ToInt64().ShouldBe(18);
        refused["errmsg"].AsString.ShouldContain("--key-file");
    }

    [Fact]
    public async Task Who_has_the_key_may_do_everything_and_nobody_else_gives_a_shard_a_routers_orders()
    {
        await using var set = await StartShardAsync(KeyFile(Key));
        await using var root = await OpenAsync(set.Ports[0], new(null, "admin", Root.User, Root.Password));
        await using var system = await OpenAsync(
            set.Ports[0],
            new(AuthMechanism.ScramSha256, "local", "__system", Key)
        );

        (await RunAsync(root, "{_sandboxTask: 'databases', arguments: {}}"))["code"].ToInt64().ShouldBe(13);
        var status = await RunAsync(system, "{connectionStatus: 1}");
        var roles = status["authInfo"].AsDocument["authenticatedUserRoles"].AsDocument;

        roles.Values().ShouldHaveSingleItem().AsDocument["role"].AsString.ShouldBe("__system");
        (await RunAsync(system, "{insert: 'system.users', documents: [{_id: 'x'}]}"))["ok"].ToInt64().ShouldBe(1);
        await Should.ThrowAsync<HandshakeException>(() =>
            OpenAsync(set.Ports[0], new(AuthMechanism.ScramSha256, "local", "__system", Key[4..]))
        );
    }

    [Theory]
    [InlineData("abc", UnixFileMode.UserRead, "3 characters")]
    [InlineData("secret-key", UnixFileMode.UserRead, "invalid char '-'")]
    [InlineData(Key, UnixFileMode.UserRead | UnixFileMode.GroupRead, "chmod 400")]
    public async Task A_file_that_is_no_key_or_that_others_may_read_is_named(
        string content,
        UnixFileMode mode,
        string reason
    )
    {
        var file = KeyFile(content, mode);

        var refused = await Should.ThrowAsync<ArgumentException>(() => StartShardAsync(file));

        refused.Message.ShouldContain(file);
        refused.Message.ShouldContain(reason);
    }

    private string KeyFile(string content, UnixFileMode mode = UnixFileMode.UserRead)
    {
        var file = Path.Combine(folder, Path.GetRandomFileName());
        File.WriteAllText(file, content + "\n");
        File.SetUnixFileMode(file, mode);
        return file;
    }

    private Task<ShardedUnderTest> StartRouterAsync(string key) =>
        ShardedUnderTest.StartAsync(
            new ShardedOptions
            {
                Shards = 0,
                Credential = Root,
                KeyFile = key,
                TlsCertificateKeyFile = certificates.Server,
                TlsAuthorityFile = certificates.Authority,
            }
        );

    private Task<SandboxCluster> StartShardAsync(string key) =>
        SandboxCluster.StartAsync(
            new()
            {
                Members = 1,
                IsShard = true,
                ReplicaSetName = "s0",
                Credential = Root,
                KeyFile = key,
                TlsCertificateKeyFile = certificates.Server,
                TlsAuthorityFile = certificates.Authority,
            },
            Cancellation
        );

    private Task<WireConnection> OpenAsync(int port, Credential? credential) =>
        WireConnection.OpenAsync(
            $"127.0.0.1:{port}",
            new()
            {
                Credential = credential,
                Tls = new() { AuthorityFile = certificates.Authority },
            },
            Cancellation
        );

    private static Task<RawDocument> RunAsync(WireConnection connection, string command) =>
        ShardedUnderTest.RunAsync(connection, "admin", ShellText.Command(command));
}
