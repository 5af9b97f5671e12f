using Godwit.Bson;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>Makes the event of one oplog operation, or none where the stream does not show it.</summary>
internal sealed class ChangeEventBuilder(ChangeStreamSpecification specification)
{
    private readonly CommandEventBuilder commands = new(specification);

    internal IEnumerable<ChangeEvent> Build(OplogOperation operation)
    {
        if (operation.IsFromMigration && !specification.ShowMigrationEvents && !IsDropDatabase(operation))
        {
            return [];
        }

        return operation.Kind switch
        {
            "i" or "u" or "d" => BuildDocumentEvent(operation) is { } change ? [change] : [],
            "c" => commands.Build(operation),
            "n" => ShardingEvents.Build(operation, specification),
            _ => [],
        };
    }

    /// <summary>The one entry that carries <c>fromMigrate</c> without being a migration.</summary>
    private static bool IsDropDatabase(OplogOperation operation) =>
        operation.Kind == "c" && operation.Object.Has("dropDatabase");

    private ChangeEvent? BuildDocumentEvent(OplogOperation operation)
    {
        var ns = operation.Namespace;
        if (ns.Collection == "system.views" && specification.ShowExpandedEvents)
        {
            return BuildViewEvent(operation);
        }

        if (!specification.Scope.Covers(ns, specification.ShowSystemEvents))
        {
            return null;
        }

        var o = operation.Object;
        var isDelta = operation.Kind == "u" && o.Has("$v");
        var type = operation.Kind switch
        {
            "i" => "insert",
            "d" => "delete",
            _ => isDelta ? "update" : "replace",
        };
        var key = operation.Kind switch
        {
            "d" => RawValue.Document(o),
            _ when operation.Operation.TryGet("o2", out var documentKey) => documentKey,
            _ => new DocumentBuilder { { "_id", o["_id"] } },
        };
        return new ChangeEvent
        {
            ClusterTime = operation.Time,
            OperationType = type,
            WallTime = operation.WallTime,
            Namespace = ns,
            CollectionUuid = operation.CollectionUuid,
            TransactionOpIndex = operation.Index,
            TransactionNumber = operation.TransactionNumber,
            SessionId = operation.SessionId,
            DocumentKey = key,
            FullDocument = type is "insert" or "replace" ? RawValue.Document(o) : default,
            RawUpdate = isDelta ? RawValue.Document(o) : default,
            PreImageId = operation.PreImageId,
            Token = ChangeEvent.MakeToken(
                operation.Time,
                operation.Index,
                operation.CollectionUuid,
                type,
                key,
                default
            ),
        };
    }

    /// <summary>A view is a document of <c>system.views</c>: its insert, replacement and delete are the view's create, modify and drop.</summary>
    private ChangeEvent? BuildViewEvent(OplogOperation operation)
    {
        var identity = operation.Kind == "u" ? operation.Operation["o2"].AsDocument : operation.Object;
        var view = Namespace.Parse(identity["_id"].AsString);
        if (specification.Scope.IsCollection || !specification.Scope.Covers(view, showSystemEvents: false))
        {
            return null;
        }

        var type = operation.Kind switch
        {
            "i" => "create",
            "u" => "modify",
            _ => "drop",
        };
        var description = operation.Kind == "d" ? default : RawValue.Document(Without(operation.Object, "_id"));
        return new ChangeEvent
        {
            ClusterTime = operation.Time,
            OperationType = type,
            WallTime = operation.WallTime,
            Namespace = view,
            TransactionOpIndex = operation.Index,
            OperationDescription = description,
            NamespaceType = type == "create" ? NamespaceTypeOf(operation.Object) : null,
            Token = ChangeEvent.MakeToken(operation.Time, operation.Index, null, type, default, description),
        };
    }

    private static string NamespaceTypeOf(RawDocument view) =>
        view["viewOn"].AsString.StartsWith("system.buckets.", StringComparison.Ordinal) ? "timeseries" : "view";

    internal static RawDocument Without(RawDocument document, params ReadOnlySpan<string> names)
    {
        var builder = new DocumentBuilder(document.Length);
        foreach (var element in document)
        {
            var isLeftOut = false;
            foreach (var name in names)
            {
                isLeftOut |= element.NameIs(name);
            }

            if (!isLeftOut)
            {
                _ = builder.Add(element);
            }
        }

        return builder.Build();
    }
}
