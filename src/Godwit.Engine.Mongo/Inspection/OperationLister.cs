using System.Globalization;
using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Mongo.Connections;
using Godwit.Engine.Mongo.Reading;

namespace Godwit.Engine.Mongo.Inspection;

/// <summary>Lists what runs on a cluster and tells what a write block would wait for or abort (S27).</summary>
internal static class OperationLister
{
    internal static Task<List<RawDocument>> ListAsync(CommandChannel channel, CancellationToken cancellationToken)
    {
        var stage = new DocumentBuilder
        {
            {
                "$currentOp",
                new DocumentBuilder { { "allUsers", true }, { "idleSessions", true } }
            },
        };
        var command = new DocumentBuilder
        {
            { "aggregate", 1 },
            { "pipeline", RawValue.Array([stage]) },
            { "cursor", new DocumentBuilder() },
        };
        return CursorReader.ListAsync(channel, Stage.Cutover, "admin", command, cancellationToken);
    }

    /// <summary>The namespace whose index the operation builds; <see langword="null"/> if it builds none.</summary>
    internal static Namespace? IndexBuildOf(RawDocument operation) =>
        operation["command"] is { Type: BsonType.Document } command
        && command.AsDocument["createIndexes"] is { Type: BsonType.String } collection
        && operation["ns"] is { Type: BsonType.String } name
            ? new(Namespace.Parse(name.AsString).Database, collection.AsString)
            : null;

    internal static string? DescribeObstacle(RawDocument operation)
    {
        if (operation["transaction"] is { Type: BsonType.Document } transaction)
        {
            var open = transaction.AsDocument["timeOpenMicros"].ToInt64() ?? 0;
            return
                transaction.AsDocument["parameters"] is { Type: BsonType.Document } parameters
                && parameters.AsDocument.Has("autocommit")
                ? $"a transaction of {ClientOf(operation)}, open for {Seconds(open)} s"
                : null;
        }

        return IndexBuildOf(operation) is { } name ? $"an index build on {name} (it would be aborted)" : null;
    }

    private static string ClientOf(RawDocument operation) =>
        operation["appName"] is { Type: BsonType.String } name ? name.AsString
        : operation["client"] is { Type: BsonType.String } client ? client.AsString
        : "an idle session";

    private static string Seconds(long microseconds) =>
        (microseconds / 1_000_000).ToString(CultureInfo.InvariantCulture);
}
