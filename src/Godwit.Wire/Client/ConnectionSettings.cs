namespace Godwit.Wire.Client;

/// <summary>All that opening a connection takes. Immutable, shared by the connections of a pool.</summary>
internal sealed record ConnectionSettings
{
    /// <summary>Name in the server's logs and <c>currentOp</c>.</summary>
    internal string ApplicationName { get; init; } = "godwit";

    /// <summary>Whom to authenticate as; <see langword="null"/> for nobody.</summary>
    internal Credential? Credential { get; init; }

    /// <summary>How to speak TLS; <see langword="null"/> for plain TCP.</summary>
    internal TlsSettings? Tls { get; init; }

    /// <summary>Compressors offered, most wanted first.</summary>
    internal IReadOnlyList<Compressor> Compressors { get; init; } = [];

    /// <summary>How long connecting, TLS, hello and authentication may take together.</summary>
    internal TimeSpan OpenTimeout { get; init; } = TimeSpan.FromSeconds(20);
}

/// <summary>User, password and where the user is defined.</summary>
/// <param name="Mechanism">The mechanism; <see langword="null"/> to ask the server.</param>
/// <param name="Source">The authentication database.</param>
/// <param name="User">User name; empty for X.509, where the certificate says it.</param>
/// <param name="Password">Password; empty for X.509.</param>
internal sealed record Credential(AuthMechanism? Mechanism, string Source, string User, string Password)
{
    /// <summary>Never shows the password.</summary>
    public override string ToString() => $"{User}@{Source}";
}

/// <summary>The mechanisms a raw connection speaks.</summary>
internal enum AuthMechanism
{
    /// <summary>SCRAM-SHA-1.</summary>
    ScramSha1,

    /// <summary>SCRAM-SHA-256.</summary>
    ScramSha256,

    /// <summary>MONGODB-X509.</summary>
    X509,
}
