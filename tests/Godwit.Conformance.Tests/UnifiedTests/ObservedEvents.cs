using System.Collections.Concurrent;
using MongoDB.Bson;
using MongoDB.Driver;
using MongoDB.Driver.Core.Clusters;
using MongoDB.Driver.Core.Configuration;
using MongoDB.Driver.Core.Events;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>One event that a client published, under the name the test format has for it.</summary>
internal sealed record ObservedEvent(string Type, string Kind, BsonDocument Content, Exception? Failure = null);

/// <summary>Collects what one client publishes, in order. Called on the driver's threads.</summary>
internal sealed class ObservedEvents(
    IReadOnlySet<string> observed,
    IReadOnlySet<string> ignoredCommands,
    bool observesSensitive
)
{
    private static readonly HashSet<string> Sensitive =
    [
        "authenticate",
        "saslStart",
        "saslContinue",
        "getnonce",
        "createUser",
        "updateUser",
        "copydbgetnonce",
        "copydbsaslstart",
        "copydb",
    ];

    private readonly ConcurrentDictionary<int, bool> handshakes = new();
    private readonly Lock gate = new();
    private readonly List<ObservedEvent> events = [];
    private ClusterDescription? topology;

    /// <summary>The newest description of the topology, for tests that wait for a change of primary.</summary>
    public ClusterDescription? Topology => Volatile.Read(ref topology);

    public ObservedEvent[] Snapshot()
    {
        lock (gate)
        {
            return [.. events];
        }
    }

    public void Subscribe(ClusterBuilder builder)
    {
        builder.Subscribe<CommandStartedEvent>(e =>
        {
            if (IsWanted(e.CommandName, e.Command, e.RequestId))
            {
                Add(
                    "commandStartedEvent",
                    "command",
                    new BsonDocument
                    {
                        { "commandName", e.CommandName },
                        { "databaseName", e.DatabaseNamespace.DatabaseName },
                        { "command", e.Command.DeepClone() },
                        { "hasServiceId", e.ServiceId.HasValue },
                        { "hasServerConnectionId", e.ConnectionId.LongServerValue.HasValue },
                    }
                );
            }
        });
        builder.Subscribe<CommandSucceededEvent>(e =>
        {
            if (IsWanted(e.CommandName, e.Reply, e.RequestId))
            {
                Add(
                    "commandSucceededEvent",
                    "command",
                    new BsonDocument
                    {
                        { "commandName", e.CommandName },
                        { "databaseName", e.DatabaseNamespace.DatabaseName },
                        { "reply", e.Reply.DeepClone() },
                        { "hasServiceId", e.ServiceId.HasValue },
                        { "hasServerConnectionId", e.ConnectionId.LongServerValue.HasValue },
                    }
                );
            }
        });
        builder.Subscribe<CommandFailedEvent>(e =>
        {
            if (IsWanted(e.CommandName, null, e.RequestId))
            {
                Add(
                    "commandFailedEvent",
                    "command",
                    new BsonDocument
                    {
                        { "commandName", e.CommandName },
                        { "databaseName", e.DatabaseNamespace.DatabaseName },
                        { "hasServiceId", e.ServiceId.HasValue },
                        { "hasServerConnectionId", e.ConnectionId.LongServerValue.HasValue },
                    },
                    e.Failure
                );
            }
        });
        SubscribeToPool(builder);
        SubscribeToTopology(builder);
    }

    private void SubscribeToPool(ClusterBuilder builder)
    {
        builder.Subscribe<ConnectionPoolOpenedEvent>(_ => Add("poolCreatedEvent", "cmap", []));
        builder.Subscribe<ConnectionPoolReadyEvent>(_ => Add("poolReadyEvent", "cmap", []));
        builder.Subscribe<ConnectionPoolClearedEvent>(e =>
            Add("poolClearedEvent", "cmap", new BsonDocument("interruptInUseConnections", e.CloseInUseConnections))
        );
        builder.Subscribe<ConnectionPoolClosedEvent>(_ => Add("poolClosedEvent", "cmap", []));
        builder.Subscribe<ConnectionCreatedEvent>(_ => Add("connectionCreatedEvent", "cmap", []));
        builder.Subscribe<ConnectionOpenedEvent>(_ => Add("connectionReadyEvent", "cmap", []));
        builder.Subscribe<ConnectionClosedEvent>(_ => Add("connectionClosedEvent", "cmap", []));
        builder.Subscribe<ConnectionPoolCheckingOutConnectionEvent>(_ =>
            Add("connectionCheckOutStartedEvent", "cmap", [])
        );
        builder.Subscribe<ConnectionPoolCheckingOutConnectionFailedEvent>(_ =>
            Add("connectionCheckOutFailedEvent", "cmap", [])
        );
        builder.Subscribe<ConnectionPoolCheckedOutConnectionEvent>(_ => Add("connectionCheckedOutEvent", "cmap", []));
        builder.Subscribe<ConnectionPoolCheckedInConnectionEvent>(_ => Add("connectionCheckedInEvent", "cmap", []));
    }

    private void SubscribeToTopology(ClusterBuilder builder)
    {
        builder.Subscribe<ClusterOpeningEvent>(_ => Add("topologyOpeningEvent", "sdam", []));
        builder.Subscribe<ClusterClosedEvent>(_ => Add("topologyClosedEvent", "sdam", []));
        builder.Subscribe<ClusterDescriptionChangedEvent>(e =>
        {
            Volatile.Write(ref topology, e.NewDescription);
            Add(
                "topologyDescriptionChangedEvent",
                "sdam",
                new BsonDocument
                {
                    { "previousDescription", new BsonDocument("type", TopologyName(e.OldDescription)) },
                    { "newDescription", new BsonDocument("type", TopologyName(e.NewDescription)) },
                }
            );
        });
        builder.Subscribe<ServerDescriptionChangedEvent>(e =>
            Add(
                "serverDescriptionChangedEvent",
                "sdam",
                new BsonDocument
                {
                    { "previousDescription", new BsonDocument("type", ServerName(e.OldDescription.Type)) },
                    { "newDescription", new BsonDocument("type", ServerName(e.NewDescription.Type)) },
                }
            )
        );
        builder.Subscribe<ServerHeartbeatStartedEvent>(e =>
            Add("serverHeartbeatStartedEvent", "sdam", new BsonDocument("awaited", e.Awaited))
        );
        builder.Subscribe<ServerHeartbeatSucceededEvent>(e =>
            Add("serverHeartbeatSucceededEvent", "sdam", new BsonDocument("awaited", e.Awaited))
        );
        builder.Subscribe<ServerHeartbeatFailedEvent>(e =>
            Add("serverHeartbeatFailedEvent", "sdam", new BsonDocument("awaited", e.Awaited))
        );
    }

    public static string TopologyName(ClusterDescription description) =>
        description.Type switch
        {
            ClusterType.Sharded => "Sharded",
            ClusterType.Standalone => "Single",
            ClusterType.LoadBalanced => "LoadBalanced",
            ClusterType.ReplicaSet
                when description.Servers.Any(s => s.Type == MongoDB.Driver.Core.Servers.ServerType.ReplicaSetPrimary) =>
                "ReplicaSetWithPrimary",
            ClusterType.ReplicaSet => "ReplicaSetNoPrimary",
            _ => "Unknown",
        };

    private static string ServerName(MongoDB.Driver.Core.Servers.ServerType type) =>
        type.ToString().Replace("ReplicaSet", "RS").Replace("ShardRouter", "Mongos");

    private bool IsWanted(string command, BsonDocument? content, int requestId)
    {
        if (command == "configureFailPoint" || ignoredCommands.Contains(command))
        {
            return false;
        }

        var isHello = command is "hello" or "isMaster" or "ismaster";
        if (isHello && content is not null && content.Contains("client"))
        {
            // The driver publishes the handshakes of its own connections too, which the format does not count.
            handshakes.TryAdd(requestId, true);
        }

        var isSensitive = Sensitive.Contains(command) || (isHello && content is { ElementCount: 0 });
        return !handshakes.ContainsKey(requestId) && (observesSensitive || !isSensitive);
    }

    private void Add(string type, string kind, BsonDocument content, Exception? failure = null)
    {
        if (observed.Contains(type))
        {
            lock (gate)
            {
                events.Add(new ObservedEvent(type, kind, content, failure));
            }
        }
    }
}
