using System.Net.Sockets;
using System.Security.Authentication;
using Godwit.Engine.Preflight;
using MongoDB.Driver;
using MongoDB.Driver.Core.Clusters;

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
            return new(ConnectionFaultKind.Tls, First(causes, e => e is AuthenticationException));
        }

        if (causes.Exists(IsUnknownHost))
        {
            return new(ConnectionFaultKind.UnknownHost, First(causes, IsUnknownHost));
        }

        if (causes.Exists(e => e is SocketException))
        {
            return new(ConnectionFaultKind.Unreachable, First(causes, e => e is SocketException));
        }

        return client.Cluster.Description.Type == ClusterType.ReplicaSet
            ? new(ConnectionFaultKind.NoPrimary, "members answer, but none is primary")
            : new(ConnectionFaultKind.Unreachable, exception.Message.Split('\n')[0]);
    }

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
