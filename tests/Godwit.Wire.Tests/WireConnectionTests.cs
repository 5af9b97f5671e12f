using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Bson;
using Godwit.Testing.Servers;
using Godwit.Wire.Client;
using Shouldly;
using Xunit;

namespace Godwit.Wire.Tests;

/// <summary>What the engine relies on in its own connections: bytes unchanged, and one clear cause when something breaks.</summary>
public sealed class WireConnectionTests
{
    private static readonly RawDocument Ok = new DocumentBuilder { { "ok", 1.0 } }.Build();
    private static readonly RawDocument Ping = new DocumentBuilder { { "ping", 1 }, { "$db", "admin" } }.Build();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("")]
    [InlineData("snappy")]
    [InlineData("zlib")]
    [InlineData("zstd")]
    public async Task Documents_arrive_as_they_were_sent_with_every_compressor(string compressor)
    {
        RawDocument received = default;
        await using var server = new ScriptedServer(command =>
        {
            if (command.Has("hello"))
            {
                return ScriptedServer.Hello(compressor);
            }

            received = command;
            return Ok;
        });
        var settings = new ConnectionSettings
        {
            Compressors = Compression.FromName(compressor) is { } known ? [known] : [],
        };
        await using var connection = await WireConnection.OpenAsync(server.Address, settings, Token);
        var document = new DocumentBuilder { { "_id", 1 }, { "text", new string('x', 100_000) } }.Build();
        var command = new DocumentBuilder { { "insert", "orders" }, { "$db", "shop" } }.Build();

        using var reply = await connection.RunAsync(command, Token, new("documents", document.Bytes));

        reply.IsOk.ShouldBeTrue();
        received["documents"].AsDocument.Values().ShouldHaveSingleItem().ShouldBe(RawValue.Document(document));
    }

    [Fact]
    public async Task Replies_come_in_the_order_of_requests_that_were_sent_ahead()
    {
        await using var server = new ScriptedServer(command =>
            command.Has("hello")
                ? RawDocument.Empty
                : new DocumentBuilder { { "echo", command["n"] }, { "ok", 1.0 } }.Build()
        );
        await using var connection = await WireConnection.OpenAsync(server.Address, new(), Token);
        for (var i = 0; i < 5; i++)
        {
            await connection.SendAsync(
                new DocumentBuilder
                {
                    { "echo", 1 },
                    { "n", i },
                    { "$db", "admin" },
                }.Build(),
                default,
                Token
            );
        }

        for (var i = 0; i < 5; i++)
        {
            using var reply = await connection.ReceiveAsync(Token);
            reply.Body["echo"].AsInt32.ShouldBe(i);
        }
    }

    [Fact]
    public async Task The_first_cause_of_a_break_is_named_by_every_later_use()
    {
        await using var server = new ScriptedServer(command => command.Has("hello") ? RawDocument.Empty : null);
        await using var connection = await WireConnection.OpenAsync(server.Address, new(), Token);

        var first = await Should.ThrowAsync<ConnectionException>(() => connection.RunAsync(Ping, Token));
        connection.Break(new InvalidOperationException("a later cause"));
        var second = await Should.ThrowAsync<ConnectionException>(() => connection.RunAsync(Ping, Token));

        connection.IsBroken.ShouldBeTrue();
        second.InnerException.ShouldBeSameAs(first.InnerException);
    }

    [Fact]
    public async Task A_cancelled_request_breaks_the_connection_so_that_no_reply_is_taken_for_another()
    {
        using var hold = new ManualResetEventSlim();
        await using var server = new ScriptedServer(command =>
        {
            if (!command.Has("hello"))
            {
                hold.Wait();
            }

            return command.Has("hello") ? RawDocument.Empty : Ok;
        });
        await using var connection = await WireConnection.OpenAsync(server.Address, new(), Token);
        using var cancel = new CancellationTokenSource();
        var running = connection.RunAsync(Ping, cancel.Token);
        await cancel.CancelAsync();

        await Should.ThrowAsync<OperationCanceledException>(() => running);
        connection.IsBroken.ShouldBeTrue();
        hold.Set();
    }

    [Fact]
    public async Task A_server_certificate_is_accepted_by_its_authority_and_by_nobody_else()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        using var certificate = request.CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1),
            DateTimeOffset.UtcNow.AddDays(1)
        );
        var authorityFile = Path.GetTempFileName();
        await File.WriteAllTextAsync(authorityFile, certificate.ExportCertificatePem(), Token);
        await using var server = new ScriptedServer(
            command => command.Has("hello") ? RawDocument.Empty : Ok,
            certificate
        );
        ConnectionSettings With(TlsSettings tls) => new() { Tls = tls };

        await using var trusted = await WireConnection.OpenAsync(
            server.Address,
            With(new() { AuthorityFile = authorityFile }),
            Token
        );
        await using var insecure = await WireConnection.OpenAsync(
            server.Address,
            With(new() { AcceptAnyCertificate = true }),
            Token
        );
        await Should.ThrowAsync<ConnectionException>(() =>
            WireConnection.OpenAsync(server.Address, With(new()), Token)
        );
        using var reply = await trusted.RunAsync(Ping, Token);
        reply.IsOk.ShouldBeTrue();
    }
}
