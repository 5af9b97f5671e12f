using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Wire;
using Godwit.Wire.Client;
using MongoDB.Driver;
using MongoDB.Driver.Core.Compression;
using ConnectionStringScheme = MongoDB.Driver.Core.Configuration.ConnectionStringScheme;

namespace Godwit.Engine.Mongo.Connections;

/// <summary>
/// A connection string, read once for both ways of connecting: the driver's monitors and the engine's own connections. Its text form
/// never holds the password.
/// </summary>
internal sealed class MongoAddress
{
    private const string AuthorityOption = "tlsCAFile";
    private const string CertificateOption = "tlsCertificateKeyFile";
    private static readonly TimeSpan ShardSelectionTimeout = TimeSpan.FromSeconds(5);

    private MongoAddress(MongoClientSettings driverSettings, ConnectionSettings connectionSettings, string redacted)
    {
        DriverSettings = driverSettings;
        ConnectionSettings = connectionSettings;
        Redacted = redacted;
    }

    internal MongoClientSettings DriverSettings { get; }

    internal ConnectionSettings ConnectionSettings { get; }

    /// <summary>The connection string with its password replaced.</summary>
    internal string Redacted { get; }

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="MongoConfigurationException">It cannot be read, or asks for what is not supported.</exception>
    internal static MongoAddress Parse(string connectionString)
    {
        var (rest, authority) = TakeOption(connectionString, AuthorityOption);
        (rest, var certificate) = TakeOption(rest, CertificateOption);
        try
        {
            var url = MongoUrl.Create(rest);
            var tls = ToTls(url, authority, certificate);
            var driverSettings = MongoClientSettings.FromUrl(url);
            driverSettings.ApplicationName = url.ApplicationName ?? "godwit";
            if (tls is not null && (authority is not null || certificate is not null))
            {
                driverSettings.UseTls = true;
                driverSettings.SslSettings = ToDriverTls(tls);
            }

            return new(driverSettings, ToConnectionSettings(url, tls), SecretText.OfAddress(connectionString));
        }
        catch (Exception malformed)
            when (malformed
                    is ArgumentException
                        or FormatException
                        or IOException
                        or UnauthorizedAccessException
                        or CryptographicException
            )
        {
            throw new MongoConfigurationException(malformed.Message, malformed);
        }
    }

    /// <summary>The same user and options for a replica set given as <c>set/host,host</c>: a shard of this cluster.</summary>
    internal MongoAddress OfSet(string hosts)
    {
        var slash = hosts.IndexOf('/', StringComparison.Ordinal);
        var settings = DriverSettings.Clone();
        settings.Scheme = ConnectionStringScheme.MongoDB;
        settings.DirectConnection = false;
        settings.ReplicaSetName = hosts[..slash];
        settings.Servers = hosts[(slash + 1)..].Split(',').Select(MongoServerAddress.Parse);
        settings.ServerSelectionTimeout = ShardSelectionTimeout;
        return new(settings, ConnectionSettings, hosts);
    }

    public override string ToString() => Redacted;

    private static (string Remaining, string? Value) TakeOption(string connectionString, string name)
    {
        var query = connectionString.IndexOf('?', StringComparison.Ordinal);
        if (query < 0)
        {
            return (connectionString, null);
        }

        var options = connectionString[(query + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries);
        var found = Array.Find(options, o => o.StartsWith(name + "=", StringComparison.OrdinalIgnoreCase));
        var others = string.Join('&', options.Where(option => option != found));
        return (
            others.Length > 0 ? $"{connectionString[..query]}?{others}" : connectionString[..query],
            found is null ? null : Uri.UnescapeDataString(found[(name.Length + 1)..])
        );
    }

    private static TlsSettings? ToTls(MongoUrl url, string? authority, string? certificate) =>
        url.UseTls || authority is not null || certificate is not null
            ? new()
            {
                AuthorityFile = authority,
                CertificateFile = certificate,
                AcceptAnyCertificate = url.AllowInsecureTls,
            }
            : null;

    private static SslSettings ToDriverTls(TlsSettings tls)
    {
        var options = tls.ToOptions("");
        if (options.CertificateChainPolicy is { CustomTrustStore.Count: 0 })
        {
            throw new CryptographicException($"{tls.AuthorityFile} holds no certificate");
        }

        return new()
        {
            CheckCertificateRevocation = false,
            ClientCertificates = options.ClientCertificates?.Cast<X509Certificate>(),
            ServerCertificateValidationCallback = (_, certificate, _, errors) =>
                errors == SslPolicyErrors.None
                || tls.AcceptAnyCertificate
                || (
                    options.CertificateChainPolicy is { } policy
                    && certificate is not null
                    && IsTrusted(certificate, policy, errors)
                ),
        };
    }

    /// <exception cref="AuthenticationException">It is not, and this says why, which a mere "no" would not.</exception>
    private static bool IsTrusted(X509Certificate certificate, X509ChainPolicy policy, SslPolicyErrors errors)
    {
        using var chain = new X509Chain { ChainPolicy = policy.Clone() };
        using var shown = new X509Certificate2(certificate);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            throw new AuthenticationException($"The remote certificate ({shown.Subject}) is invalid: {errors}");
        }

        return chain.Build(shown)
            ? true
            : throw new AuthenticationException(
                $"The remote certificate ({shown.Subject}) is invalid: {string.Join(", ", chain.ChainStatus.Select(one => one.Status))}"
            );
    }

    private static ConnectionSettings ToConnectionSettings(MongoUrl url, TlsSettings? tls) =>
        new()
        {
            ApplicationName = url.ApplicationName ?? "godwit",
            Tls = tls,
            Credential = ToCredential(url),
            OpenTimeout = url.ConnectTimeout,
            Compressors = [.. url.Compressors.Select(one => ToCompressor(one.Type)).OfType<Compressor>()],
        };

    private static Compressor? ToCompressor(CompressorType type) =>
        type switch
        {
            CompressorType.Snappy => Compressor.Snappy,
            CompressorType.Zlib => Compressor.Zlib,
            CompressorType.ZStandard => Compressor.Zstd,
            _ => null,
        };

    private static Credential? ToCredential(MongoUrl url)
    {
        var mechanism = url.AuthenticationMechanism switch
        {
            null or "" => (AuthMechanism?)null,
            "SCRAM-SHA-1" => AuthMechanism.ScramSha1,
            "SCRAM-SHA-256" => AuthMechanism.ScramSha256,
            "MONGODB-X509" => AuthMechanism.X509,
            var other => throw new MongoConfigurationException(
                $"authMechanism {other} is not supported; use SCRAM-SHA-256, SCRAM-SHA-1 or MONGODB-X509"
            ),
        };
        if (mechanism == AuthMechanism.X509)
        {
            return new(mechanism, "$external", url.Username ?? "", "");
        }

        return url.Username is null
            ? null
            : new(mechanism, url.AuthenticationSource ?? url.DatabaseName ?? "admin", url.Username, url.Password ?? "");
    }
}
