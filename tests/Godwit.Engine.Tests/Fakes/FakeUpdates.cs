using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Tests.Fakes;

/// <summary>The little of the update language that the fake cluster understands: replacement, top-level $set and $unset.</summary>
internal static class FakeUpdates
{
    internal static RawDocument Set(RawDocument before, RawDocument update)
    {
        var after = before;
        foreach (var operation in update)
        {
            foreach (var field in operation.Value.AsDocument)
            {
                after = operation.Name switch
                {
                    "$set" => With(after, field),
                    "$unset" => Without(after, field.Name),
                    _ => throw new NotSupportedException(operation.Name),
                };
            }
        }

        return after;
    }

    internal static ((FakeState State, string Operation, RawValue Id)? Done, string? Error) Execute(
        FakeState state,
        Guid uuid,
        WriteKind kind,
        RawDocument statement
    )
    {
        if (kind == WriteKind.Insert)
        {
            return state.Find(uuid, statement["_id"]) is null
                ? ((state.Put(uuid, statement), "insert", statement["_id"]), null)
                : (null, $"duplicate key {statement["_id"]}");
        }

        var id = IdOf(statement);
        var before = state.Find(uuid, id);
        if (kind == WriteKind.Delete)
        {
            return before is null ? (null, null) : ((state.Remove(uuid, id), "delete", id), null);
        }

        if (before is null && !statement["upsert"].IsTruthy())
        {
            return (null, null);
        }

        var update = statement["u"].AsDocument;
        var isReplacement = update.IsEmpty || !update.First().Name.StartsWith('$');
        var after = isReplacement ? update : Set(before ?? new DocumentBuilder { { "_id", id } }.Build(), update);
        return ((state.Put(uuid, after), isReplacement ? "replace" : "update", id), null);
    }

    internal static CollectionDescription Modify(CollectionDescription there, RawDocument modification)
    {
        if (!modification.TryGet("index", out var change))
        {
            var options = there.Options;
            foreach (var field in modification)
            {
                options = SetOption(options, field);
            }

            if (modification.Has("validator"))
            {
                // As a server does: whatever the collection has no level and no action of its own for is written out.
                options = WithDefault(WithDefault(options, "validationLevel", "strict"), "validationAction", "error");
            }

            return there with
            {
                Options = options,
            };
        }

        var wanted = change.AsDocument;
        return there with
        {
            Indexes =
            [
                .. there.Indexes.Select(index => index["name"] == wanted["name"] ? Change(index, wanted) : index),
            ],
        };
    }

    private static RawDocument SetOption(RawDocument options, RawElement field) =>
        field.Name switch
        {
            "validator" when field.Value.AsDocument.IsEmpty => Without(options, field.Name),
            "changeStreamPreAndPostImages" when !field.Value.AsDocument["enabled"].IsTruthy() => Without(
                options,
                field.Name
            ),
            "expireAfterSeconds" when field.Value.Type == BsonType.String => Without(options, field.Name),
            "cappedSize" => With(options, Named("size", field.Value)),
            "cappedMax" when field.Value.ToInt64() <= 0 => Without(options, "max"),
            "cappedMax" => With(options, Named("max", field.Value)),
            _ => With(options, field),
        };

    private static RawElement Named(string name, RawValue value) =>
        new DocumentBuilder { { name, value } }
            .Build()
            .First();

    private static RawDocument WithDefault(RawDocument options, string name, string value) =>
        options.Has(name) ? options : With(options, Named(name, value));

    private static RawDocument Change(RawDocument index, RawDocument wanted)
    {
        var after = index;
        foreach (var field in wanted)
        {
            after = field.Name switch
            {
                "forceNonUnique" => Without(after, "unique"),
                "prepareUnique" or "hidden" when !field.Value.IsTruthy() => Without(after, field.Name),
                _ => With(after, field),
            };
        }

        return after.Has("unique") ? Without(after, "prepareUnique") : after;
    }

    private static RawValue IdOf(RawDocument statement)
    {
        var id = statement["q"].AsDocument["_id"];
        return id.Type == BsonType.Document && id.AsDocument.TryGet("$eq", out var exact) ? exact : id;
    }

    private static RawDocument With(RawDocument document, RawElement field)
    {
        var after = new DocumentBuilder();
        var found = false;
        foreach (var one in document)
        {
            found |= one.Name == field.Name;
            _ = one.Name == field.Name ? after.Add(field) : after.Add(one);
        }

        return (found ? after : after.Add(field)).Build();
    }

    private static RawDocument Without(RawDocument document, string name)
    {
        var after = new DocumentBuilder();
        foreach (var one in document)
        {
            if (one.Name != name)
            {
                _ = after.Add(one);
            }
        }

        return after.Build();
    }
}
