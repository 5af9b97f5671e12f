namespace Godwit.Engine.Preflight;

/// <summary>Whether a cluster answers, and if not, what to look at.</summary>
internal static class ConnectionChecks
{
    internal static Finding Check(ClusterFacts cluster, string side)
    {
        var id = $"reachable-{side}";
        if (cluster.Fault is not { } fault)
        {
            return Finding.Passed(id, $"The {side} answers at {cluster.Address}.");
        }

        var (what, remedy) = Explain(fault.Kind, side);
        return Finding.Failed(id, $"{what} ({cluster.Address}): {fault.Detail}", remedy);
    }

    /// <summary>Whether data can be read on the way (D10).</summary>
    internal static Finding Encryption(ClusterFacts cluster, string side)
    {
        var id = $"encryption-{side}";
        return cluster.IsEncrypted ? Finding.Passed(id, $"Traffic with the {side} is encrypted.")
            : cluster.IsLocal ? Finding.Passed(id, $"The {side} runs on this host.")
            : Finding.Warning(
                id,
                $"Traffic between this host and the {side} is not encrypted.",
                "If the network between is not trusted, add tls=true (and tlsCAFile=…) to the connection string."
            );
    }

    private static (string What, string Remedy) Explain(ConnectionFaultKind kind, string side) =>
        kind switch
        {
            ConnectionFaultKind.MalformedAddress => (
                $"The {side}'s connection string cannot be read",
                "Write it as mongodb://user:password@host:port/?replicaSet=name or mongodb+srv://…; encode special characters of the password as %XX."
            ),
            ConnectionFaultKind.UnknownHost => (
                $"A host name of the {side} does not resolve",
                "Check its spelling, and the DNS settings of this host."
            ),
            ConnectionFaultKind.Unreachable => (
                $"The {side} does not answer",
                "Check that the server runs, the port is right, and no firewall or access list keeps this host out."
            ),
            ConnectionFaultKind.Tls => (
                $"The TLS handshake with the {side} failed",
                "Check tls=true, that the certificate is valid for this host name, and that its CA is known here (tlsCAFile)."
            ),
            ConnectionFaultKind.CertificateExpired => (
                $"The {side}'s certificate has expired or is not valid yet",
                "Renew the certificate on every member, and check the clocks of both hosts."
            ),
            ConnectionFaultKind.CertificateName => (
                $"The {side}'s certificate is not for the host name in the connection string",
                "Use a host name that stands in the certificate (subject alternative name), or have one issued for this name."
            ),
            ConnectionFaultKind.CertificateUntrusted => (
                $"The {side}'s certificate is not signed by an authority that is trusted here",
                "Name the authority's certificate in the connection string: tls=true&tlsCAFile=/path/to/ca.pem"
            ),
            ConnectionFaultKind.CertificateFile => (
                $"A certificate file for the {side} cannot be read",
                "Check path, permissions and format (PEM) of tlsCAFile and tlsCertificateKeyFile."
            ),
            ConnectionFaultKind.ClosedAtOnce => (
                $"The {side} closes connections before it answers",
                "If it requires TLS, add tls=true (and tlsCAFile=…) to the connection string; if it speaks none, leave tls out; otherwise look into its log."
            ),
            ConnectionFaultKind.Authentication => (
                $"The {side} refused the user or password",
                "Check user, password and authSource in the connection string."
            ),
            ConnectionFaultKind.NoPrimary => (
                $"The {side} has no primary",
                "Check rs.status(): a majority of the members must be up to elect one."
            ),
        };
}
