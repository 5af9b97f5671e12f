using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Inspection;
using Godwit.Engine.Mongo.Reading;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo;

/// <summary>The source: a replica set that is read, followed, and write-blocked at cutover.</summary>
internal sealed class MongoSource(
    MongoAddress address,
    TimeProvider time,
    IReadOnlySet<string>? pretendedMissing = null
) : MongoCluster(address, Side.Source, time, pretendedMissing), ISourceCluster
{
    public async Task<OplogWindow> ReadOplogWindowAsync(CancellationToken cancellationToken) =>
        new(
            await OplogReader.EdgeAsync(Channel, 1, cancellationToken).ConfigureAwait(false),
            await OplogReader.EdgeAsync(Channel, -1, cancellationToken).ConfigureAwait(false),
            await OplogReader.FullnessAsync(Channel, cancellationToken).ConfigureAwait(false)
        );

    public async Task<IReadOnlyList<string>> ListBlockObstaclesAsync(CancellationToken cancellationToken)
    {
        var operations = await OperationLister.ListAsync(Channel, cancellationToken).ConfigureAwait(false);
        return [.. operations.Select(OperationLister.DescribeObstacle).OfType<string>()];
    }
}
