using Godwit.Bson;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>Makes the events of command entries: create, drop, rename, index and option changes, and the invalidate they may cause.</summary>
internal sealed class CommandEventBuilder(ChangeStreamSpecification specification)
{
    private ChangeStreamScope Scope => specification.Scope;

    internal IEnumerable<ChangeEvent> Build(OplogOperation operation)
    {
        var command = operation.Object.First();
        var database = operation.Namespace.Database;
        if (command.NameIs("dropDatabase"))
        {
            return DropDatabase(operation, database);
        }

        if (command.NameIs("renameCollection"))
        {
            return Rename(operation);
        }

        if (command.Value.Type != BsonType.String)
        {
            return [];
        }

        var ns = new Namespace(database, command.Value.AsString);
        if (!Scope.Covers(ns, specification.ShowSystemEvents))
        {
            return [];
        }

        if (command.NameIs("drop"))
        {
            return WithInvalidate(Make(operation, "drop", ns, default), Scope.IsCollection);
        }

        return specification.ShowExpandedEvents && Describe(operation, command.Name) is var (type, description)
            ? [Decorate(operation, Make(operation, type, ns, description))]
            : [];
    }

    private static IEnumerable<ChangeEvent> WithInvalidate(ChangeEvent change, bool invalidates) =>
        invalidates ? [change, change.ToInvalidate()] : [change];

    private static (string Type, RawValue Description)? Describe(OplogOperation operation, string command)
    {
        var o = operation.Object;
        return command switch
        {
            "create" => ("create", ChangeEventBuilder.Without(o, "create")),
            "collMod" => ("modify", ChangeEventBuilder.Without(o, "collMod")),
            "createIndexes" => ("createIndexes", Indexes([ChangeEventBuilder.Without(o, "createIndexes")])),
            "commitIndexBuild" => (
                "createIndexes",
                Indexes(o["indexes"].AsDocument.Values().Select(v => v.AsDocument))
            ),
            "dropIndexes" => ("dropIndexes", Indexes([operation.Operation["o2"].AsDocument])),
            _ => null,
        };
    }

    private static RawValue Indexes(IEnumerable<RawDocument> specifications) =>
        new DocumentBuilder { { "indexes", RawValue.Array(specifications.Select(RawValue.Document)) } };

    private static ChangeEvent Decorate(OplogOperation operation, ChangeEvent change) =>
        change.OperationType switch
        {
            "create" => change with { NamespaceType = "collection" },
            "modify" => change with { StateBeforeChange = StateBefore(operation.Operation["o2"]) },
            _ => change,
        };

    private static RawValue StateBefore(RawValue o2)
    {
        if (o2.IsMissing)
        {
            return default;
        }

        var old = o2.AsDocument;
        return new DocumentBuilder
        {
            { "collectionOptions", old["collectionOptions_old"] },
            { "indexOptions", old["indexOptions_old"] },
        };
    }

    private static ChangeEvent Make(OplogOperation operation, string type, Namespace ns, RawValue description) =>
        new()
        {
            ClusterTime = operation.Time,
            OperationType = type,
            WallTime = operation.WallTime,
            Namespace = ns,
            CollectionUuid = operation.CollectionUuid,
            TransactionOpIndex = operation.Index,
            TransactionNumber = operation.TransactionNumber,
            SessionId = operation.SessionId,
            OperationDescription = description,
            Token = ChangeEvent.MakeToken(
                operation.Time,
                operation.Index,
                operation.CollectionUuid,
                type,
                default,
                description
            ),
        };

    private IEnumerable<ChangeEvent> DropDatabase(OplogOperation operation, string database) =>
        Scope.IsCollection || !Scope.Covers(new(database, ""), showSystemEvents: false)
            ? []
            : WithInvalidate(Make(operation, "dropDatabase", new(database, ""), default), Scope.IsDatabase);

    /// <summary>A rename is seen under the old and the new name, and ends a stream on either.</summary>
    private IEnumerable<ChangeEvent> Rename(OplogOperation operation)
    {
        var o = operation.Object;
        var from = Namespace.Parse(o["renameCollection"].AsString);
        var to = Namespace.Parse(o["to"].AsString);
        if (!Scope.Covers(from, specification.ShowSystemEvents) && !Scope.Covers(to, specification.ShowSystemEvents))
        {
            return [];
        }

        RawValue description = new DocumentBuilder { { "to", Describe(to) }, { "dropTarget", o["dropTarget"] } };
        var change = Make(operation, "rename", from, description) with { To = to };
        return WithInvalidate(change, Scope.IsCollection);
    }

    private static RawValue Describe(Namespace ns) =>
        new DocumentBuilder { { "db", ns.Database }, { "coll", ns.Collection } };
}
