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
