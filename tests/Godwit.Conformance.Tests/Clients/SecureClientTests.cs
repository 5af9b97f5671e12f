using System.Security.Cryptography.X509Certificates;
using Godwit.Sandbox;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Clients;

/// <summary>Clients that are not ours log in, over TLS and with certificates, and compress.</summary>
public sealed class SecureClientTests
{
    private static readonly SandboxCredential Root = new("root", "secret ü");

    [Theory]
    [InlineData("snappy")]
    [InlineData("zlib")]
    [InlineData("zstd")]
    public async Task The_dotnet_driver_compresses(string compressor)
    {
        await using var sandbox = await StartAsync(new() { Members = 1 });
        using var client = new MongoClient(sandbox.ConnectionString + "&compressors=" + compressor);
        var documents = client.GetDatabase("db").GetCollection<BsonDocument>("c");
        var text = new string('x', 100_000);

        await documents.InsertOneAsync(new("text", text), null, TestContext.Current.CancellationToken);

        var found = await documents.Find(new BsonDocument()).FirstAsync(TestContext.Current.CancellationToken);
        found["text"].AsString.ShouldBe(text);
        var status = await RunAsync(client, "serverStatus");
        var figures = status["network"]["compression"][compressor];
        figures["decompressor"]["bytesOut"].ToInt64().ShouldBeGreaterThan(text.Length);
        figures["decompressor"]["bytesIn"].ToInt64().ShouldBeLessThan(text.Length / 2);
        figures["compressor"]["bytesIn"].ToInt64().ShouldBeGreaterThan(text.Length);
    }

    [Theory]
    [InlineData("SCRAM-SHA-1")]
    [InlineData("SCRAM-SHA-256")]
    public async Task The_dotnet_driver_logs_in_over_tls_with_each_mechanism(string mechanism)
    {
        using var certificates = new TestCertificates();
        await using var sandbox = await StartAsync(Secured(certificates));
        var settings = Settings(sandbox, certificates, null);
        settings.Credential = CredentialFor(mechanism);
        using var client = new MongoClient(settings);

        var status = await RunAsync(client, "connectionStatus");

        status["authInfo"]["authenticatedUsers"][0]["user"].AsString.ShouldBe(Root.User);
    }

    [Fact]
    public async Task The_dotnet_driver_logs_in_with_a_certificate()
    {
        using var certificates = new TestCertificates();
        await using var sandbox = await StartAsync(Secured(certificates));
        using (var root = new MongoClient(Settings(sandbox, certificates, null)))
        {
            await MakeHolderAsync(root);
        }

        using var certificate = X509Certificate2.CreateFromPemFile(certificates.Client);
        var settings = Settings(sandbox, certificates, certificate);
        settings.Credential = MongoCredential.CreateMongoX509Credential(null);
        using var client = new MongoClient(settings);

        var status = await RunAsync(client, "connectionStatus");

        status["authInfo"]["authenticatedUsers"][0]["user"].AsString.ShouldBe(TestCertificates.ClientSubject);
    }

    [Fact]
    public async Task The_dotnet_driver_logs_in_over_tls_through_routers_and_on_a_shard_with_password_and_certificate()
    {
        using var certificates = new TestCertificates();
        await using var cluster = await ShardedSandbox.StartAsync(
            new()
            {
                Routers = 2,
                Credential = Root,
                TlsCertificateKeyFile = certificates.Server,
                TlsAuthorityFile = certificates.Authority,
            },
            TestContext.Current.CancellationToken
        );
        using (var root = new MongoClient(Settings(cluster.ConnectionString, certificates, null)))
        {
            await MakeHolderAsync(root);
            var hello = await RunAsync(root, "hello");
            hello["msg"].AsString.ShouldBe("isdbgrid");
        }

        using var certificate = X509Certificate2.CreateFromPemFile(certificates.Client);
        var settings = Settings(cluster.ConnectionString, certificates, certificate);
        settings.Credential = MongoCredential.CreateMongoX509Credential(null);
        using var holder = new MongoClient(settings);
        var status = await RunAsync(holder, "connectionStatus");
        status["authInfo"]["authenticatedUsers"][0]["user"].AsString.ShouldBe(TestCertificates.ClientSubject);
        await holder
            .GetDatabase("db")
            .GetCollection<BsonDocument>("c")
            .InsertOneAsync(new("a", 1), null, TestContext.Current.CancellationToken);
        using var shard = new MongoClient(Settings(cluster.Shards[0].ConnectionString, certificates, null));
        (await RunAsync(shard, "hello"))["setName"].AsString.ShouldBe("s0");
    }

    [Fact]
    public async Task Pymongo_logs_in_over_tls_with_passwords_and_with_a_certificate_and_compresses()
    {
        using var certificates = new TestCertificates();
        await using var sandbox = await StartAsync(Secured(certificates));
        using (var root = new MongoClient(Settings(sandbox, certificates, null)))
        {
            await MakeHolderAsync(root);
        }

        var script = Path.Combine(SharedData.RepositoryRoot(), "tests", "clients", "python_secure.py");
        var (code, output) = await Python.RunAsync(
            [
                script,
                $"127.0.0.1:{sandbox.Ports[0]}",
                certificates.Authority,
                certificates.Client,
                Root.User,
                Root.Password,
            ],
            TestContext.Current.CancellationToken
        );

        code.ShouldBe(0, output);
        output.ShouldContain("pymongo: everything as expected");
    }

    [Fact]
    public async Task A_client_without_a_login_or_with_a_wrong_password_is_refused()
    {
        await using var sandbox = await StartAsync(new() { Members = 1, Credential = Root });
        var address = $"mongodb://127.0.0.1:{sandbox.Ports[0]}/?directConnection=true";
        using var nobody = new MongoClient(address);

        var refused = await Should.ThrowAsync<MongoCommandException>(() => RunAsync(nobody, "serverStatus"));

        refused.Code.ShouldBe(13);
        var settings = MongoClientSettings.FromConnectionString(address);
        settings.Credential = MongoCredential.CreateCredential("admin", Root.User, "wrong");
        using var wrong = new MongoClient(settings);
        await Should.ThrowAsync<MongoAuthenticationException>(() => RunAsync(wrong, "serverStatus"));
    }

    private static Task<SandboxCluster> StartAsync(SandboxOptions options) =>
        SandboxCluster.StartAsync(options, TestContext.Current.CancellationToken);

    private static SandboxOptions Secured(TestCertificates certificates) =>
        new()
        {
            Members = 1,
            Credential = Root,
            TlsCertificateKeyFile = certificates.Server,
            TlsAuthorityFile = certificates.Authority,
        };

    private static MongoClientSettings Settings(
        SandboxCluster sandbox,
        TestCertificates certificates,
        X509Certificate2? own
    ) => Settings($"mongodb://127.0.0.1:{sandbox.Ports[0]}/?directConnection=true&tls=true", certificates, own);

    private static MongoClientSettings Settings(string address, TestCertificates certificates, X509Certificate2? own)
    {
        var settings = MongoClientSettings.FromConnectionString(address);
        settings.Credential = MongoCredential.CreateCredential("admin", Root.User, Root.Password);
        var authority = X509CertificateLoader.LoadCertificateFromFile(certificates.Authority);
        settings.SslSettings = new()
        {
            CheckCertificateRevocation = false,
            ClientCertificates = own is null ? [] : [own],
            ServerCertificateValidationCallback = (_, certificate, _, _) => IsSignedBy(authority, certificate),
        };
        return settings;
    }

    private static bool IsSignedBy(X509Certificate2 authority, X509Certificate? certificate)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        return certificate is X509Certificate2 presented && chain.Build(presented);
    }

    private static MongoCredential CredentialFor(string mechanism) =>
        MongoClientSettings
            .FromConnectionString(
                $"mongodb://{Uri.EscapeDataString(Root.User)}:{Uri.EscapeDataString(Root.Password)}@localhost/admin?authMechanism={mechanism}"
            )
            .Credential;

    private static async Task MakeHolderAsync(MongoClient root) =>
        await root.GetDatabase("$external")
            .RunCommandAsync<BsonDocument>(
                new BsonDocument
                {
                    { "createUser", TestCertificates.ClientSubject },
                    {
                        "roles",
                        new BsonArray
                        {
                            new BsonDocument { { "role", "root" }, { "db", "admin" } },
                        }
                    },
                },
                null,
                TestContext.Current.CancellationToken
            );

    private static async Task<BsonDocument> RunAsync(MongoClient client, string command) =>
        await client
            .GetDatabase("admin")
            .RunCommandAsync<BsonDocument>(new BsonDocument(command, 1), null, TestContext.Current.CancellationToken);
}
