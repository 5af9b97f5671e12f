using Godwit.Sandbox.Auth;
using Godwit.Wire.Client;

namespace Godwit.Sandbox.Sharding;

/// <summary>How processes of a cluster connect to one another: by the key they share, and over TLS where they speak it to clients.</summary>
internal static class PeerSettings
{
    /// <summary>What is said where users are asked for and nothing says who belongs to the cluster.</summary>
    internal const string NeedsKey =
        "with --auth, processes of a cluster know one another by --key-file: give all of them the same file";

    private static readonly TimeSpan OpenTimeout = TimeSpan.FromSeconds(2);

    /// <summary>A key is hashed fifteen thousand times on each side, which takes its time where many do so at once.</summary>
    private static readonly TimeSpan SecuredOpenTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The settings that follow from how a process is started.</summary>
    internal static ConnectionSettings Of(SecurityKey? key, string? certificateKeyFile, string? authorityFile) =>
        new()
        {
            ApplicationName = "mongos",
            OpenTimeout = key is null && certificateKeyFile is null ? OpenTimeout : SecuredOpenTimeout,
            Credential = key?.ToCredential(),
            Tls = certificateKeyFile is null
                ? null
                : new()
                {
                    AuthorityFile = authorityFile,
                    CertificateFile = certificateKeyFile,
                    AcceptAnyCertificate = authorityFile is null,
                },
        };
}
