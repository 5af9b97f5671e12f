using Godwit.Engine.Faults;
using Godwit.Engine.Ports;
using Godwit.Engine.Reporting;
using Microsoft.Extensions.Logging;

namespace Godwit.Engine.Lifecycle;

/// <summary>What every life of a migration is given from outside.</summary>
internal sealed record LifeContext(
    MigrationSettings Settings,
    ISourceCluster Source,
    IDestinationCluster Destination,
    TimeProvider Time,
    RetryPolicy Retry,
    MigrationRequests Requests,
    Notices Notices,
    ILogger Logger
);
