using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Mongo.Writing;

/// <summary>
/// Keeps empty timestamps at the top level of documents where the server has no <c>bypassEmptyTsReplacement</c> (S15): it fills them in
/// on inserts and replacements, but not in pipeline updates. So the document goes as a literal of a pipeline: one statement, with no
/// moment in which the key holds anything else.
/// </summary>
internal static class EmptyTimestamps
{
    /// <summary>The same command, or, if the server would alter a document of it, another that stores the same.</summary>
    internal static WriteCommand Keep(WriteCommand write)
    {
        if (write.Kind == WriteKind.Delete || !IsAltered(write))
        {
            return write;
        }

        var statements = new List<RawDocument>(write.Statements.Count);
        foreach (var statement in write.Statements)
        {
            statements.Add(write.Kind == WriteKind.Insert ? OfInsert(statement) : OfUpdate(statement));
        }

        return write with
        {
            Kind = WriteKind.Update,
            Statements = DocumentBatch.Of(statements),
        };
    }

    private static bool IsAltered(WriteCommand write)
    {
        var isAltered = false;
        foreach (var statement in write.Statements)
        {
            isAltered |= write.Kind == WriteKind.Insert ? HasEmpty(statement) : HasEmpty(statement["u"u8]);
            if (write.Kind == WriteKind.Insert && HasDollarName(statement))
            {
                // No pipeline stores such a name: the verification finds what the server makes of the timestamp.
                return false;
            }
        }

        return isAltered;
    }

    private static RawDocument OfInsert(RawDocument document) =>
        new DocumentBuilder(document.Length + 128)
        {
            {
                "q",
                new DocumentBuilder
                {
                    {
                        "_id",
                        new DocumentBuilder { { "$eq", document["_id"u8] } }
                    },
                }
            },
            { "u", Literal(document) },
            { "upsert", true },
        }.Build();

    /// <summary>A replacement as a pipeline; operators, and replacements the server leaves as they are, go as they came.</summary>
    private static RawDocument OfUpdate(RawDocument statement)
    {
        if (!HasEmpty(statement["u"u8]))
        {
            return statement;
        }

        var builder = new DocumentBuilder(statement.Length + 64);
        foreach (var field in statement)
        {
            _ = field.NameIs("u"u8) ? builder.Add("u", Literal(field.Value.AsDocument)) : builder.Add(field);
        }

        return builder.Build();
    }

    private static RawValue Literal(RawDocument document) =>
        RawValue.Array([
            new DocumentBuilder
            {
                {
                    "$replaceWith",
                    new DocumentBuilder { { "$literal", document } }
                },
            },
        ]);

    private static bool HasEmpty(RawValue update) => update.Type == BsonType.Document && HasEmpty(update.AsDocument);

    private static bool HasEmpty(RawDocument document)
    {
        foreach (var field in document)
        {
            if (
                field.Type == BsonType.Timestamp
                && field.Value.AsTimestamp == ClusterTime.Zero
                && !field.NameIs("_id"u8)
            )
            {
                return true;
            }
        }

        return false;
    }

    private static bool HasDollarName(RawDocument document)
    {
        foreach (var field in document)
        {
            if (field.NameUtf8.Span is [(byte)'$', ..])
            {
                return true;
            }
        }

        return false;
    }
}
