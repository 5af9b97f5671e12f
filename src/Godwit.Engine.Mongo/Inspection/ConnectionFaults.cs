using System.Net.Sockets;
using System.Security.Authentication;
using Godwit.Engine.Preflight;
using MongoDB.Driver;
using MongoDB.Driver.Core.Clusters;
using MongoDB.Driver.Core.Servers;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>Tells from the driver's exceptions why a cluster could not be used.</summary>
internal static class ConnectionFaults
{
    private const int Unauthorized = 13;
    private const int AuthenticationFailed = 18;

    /// <summary>The fault behind an exception; <see langword="null"/> if it is none of the connection's.</summary>
    internal static ConnectionFault? Translate(Exception exception, IMongoClient client)
    {
        if (exception is not (MongoException or TimeoutException or SocketException))
        {
            return null;
        }

        var causes = Causes(exception).Concat(HeartbeatCauses(client)).ToList();
        if (causes.Exists(IsAuthentication))
        {
            return new(ConnectionFaultKind.Authentication, First(causes, IsAuthentication));
        }

        if (causes.Exists(e => e is AuthenticationException))
        {
            var message = First(causes, e => e is AuthenticationException);
            return new(KindOfTls(message), message);
        }

        if (causes.Exists(IsUnknownHost))
        {
            return new(ConnectionFaultKind.UnknownHost, First(causes, IsUnknownHost));
        }

        if (causes.Exists(e => e is SocketException))
        {
            return new(ConnectionFaultKind.Unreachable, First(causes, e => e is SocketException));
        }

        if (causes.Exists(e => e is IOException) && !HasAnswered(client))
        {
            return new(ConnectionFaultKind.ClosedAtOnce, First(causes, e => e is IOException));
        }

        return client.Cluster.Description.Type == ClusterType.ReplicaSet && HasAnswered(client)
            ? new(ConnectionFaultKind.NoPrimary, "members answer, but none was primary for as long as it was waited")
            : new(ConnectionFaultKind.Unreachable, exception.Message.Split('\n')[0]);
    }

    /// <summary>Whether it may be over in some seconds: members answer, and the primary is gone or has closed its connections.</summary>
    /// <param name="exception">What was thrown.</param>
    /// <param name="fault">What it was taken for.</param>
    /// <param name="hasAnswered">Whether the primary has answered before.</param>
    internal static bool MayBeElection(Exception exception, ConnectionFault fault, bool hasAnswered) =>
        fault.Kind == ConnectionFaultKind.NoPrimary
        || exception is MongoNotPrimaryException or MongoNodeIsRecoveringException
        || (exception is MongoConnectionException and not MongoAuthenticationException && hasAnswered);

    private static bool HasAnswered(IMongoClient client) =>
        client.Cluster.Description.Servers.Any(server => server.State == ServerState.Connected);

    /// <summary>The platform tells what is wrong with a certificate in its message only.</summary>
    private static ConnectionFaultKind KindOfTls(string message) =>
        message.Contains("NameMismatch", StringComparison.Ordinal) ? ConnectionFaultKind.CertificateName
        : message.Contains("NotTimeValid", StringComparison.Ordinal) ? ConnectionFaultKind.CertificateExpired
        : message.Contains("UntrustedRoot", StringComparison.Ordinal)
        || message.Contains("PartialChain", StringComparison.Ordinal)
            ? ConnectionFaultKind.CertificateUntrusted
        : ConnectionFaultKind.Tls;

    private static bool IsAuthentication(Exception exception) =>
        exception is MongoAuthenticationException
        || exception is MongoCommandException { Code: Unauthorized or AuthenticationFailed };

    private static bool IsUnknownHost(Exception exception) =>
        exception
            is SocketException
            {
                SocketErrorCode: SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData
            };

    private static string First(List<Exception> causes, Predicate<Exception> condition) =>
        causes.Find(condition)!.Message;

    private static IEnumerable<Exception> HeartbeatCauses(IMongoClient client) =>
        client
            .Cluster.Description.Servers.Where(server => server.HeartbeatException is not null)
            .SelectMany(server => Causes(server.HeartbeatException));

    private static IEnumerable<Exception> Causes(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            yield return cause;
        }
    }
}
