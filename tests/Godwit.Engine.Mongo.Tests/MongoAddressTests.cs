using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Engine.Mongo.Connections;
using Godwit.Wire.Client;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>One connection string, two ways of connecting, and never a password in a text.</summary>
public sealed class MongoAddressTests
{
    [Fact]
    public void Credentials_compressors_and_tls_reach_the_raw_connections()
    {
        var authority = Path.GetTempFileName();
        using var key = ECDsa.Create();
        using var certificate = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UnixEpoch,
            DateTimeOffset.UnixEpoch.AddYears(1)
        );
        File.WriteAllText(authority, certificate.ExportCertificatePem());
        var address = MongoAddress.Parse(
            $"mongodb://u:p%40ss@h:1/shop?compressors=zstd,snappy&tls=true&tlsInsecure=true&authMechanism=SCRAM-SHA-256&tlsCAFile={Uri.EscapeDataString(authority)}"
        );

        var settings = address.ConnectionSettings;
        settings.Credential.ShouldBe(new(AuthMechanism.ScramSha256, "shop", "u", "p@ss"));
        settings.Compressors.ShouldBe([Godwit.Wire.Compressor.Zstd, Godwit.Wire.Compressor.Snappy]);
        settings.Tls!.AcceptAnyCertificate.ShouldBeTrue();
        settings.Tls.AuthorityFile.ShouldBe(authority);
        address.DriverSettings.UseTls.ShouldBeTrue();
        address.ToString().ShouldNotContain("p%40ss");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_authority_file_that_cannot_be_read_or_holds_no_certificate_is_refused(bool exists)
    {
        var file = Path.GetTempFileName();
        if (!exists)
        {
            File.Delete(file);
        }

        Should
            .Throw<MongoConfigurationException>(() =>
                MongoAddress.Parse($"mongodb://h/?tls=true&tlsCAFile={Uri.EscapeDataString(file)}")
            )
            .Message.ShouldContain(file);
    }

    [Theory]
    [InlineData("mongodb://")]
    [InlineData("http://h")]
    [InlineData("mongodb://u:p@h/?authMechanism=GSSAPI")]
    [InlineData("mongodb://h:99999999")]
    public void What_cannot_be_used_is_refused(string text) =>
        Should.Throw<MongoConfigurationException>(() => MongoAddress.Parse(text));
}
