using System.Buffers.Binary;
using System.Security.Cryptography;
using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Writing;

/// <summary>What every stored document keeps to: an <c>_id</c> of an allowed type in first place, size, depth, no empty timestamps.</summary>
internal static class DocumentRules
{
    /// <summary>Largest document a client may store.</summary>
    internal const int BytesMax = 16 * 1024 * 1024;

    private const int DepthMax = 180;
    private static readonly byte[] ProcessPart = RandomNumberGenerator.GetBytes(5);
    private static int counter = RandomNumberGenerator.GetInt32(1 << 24);

    /// <summary>A document as it is stored by an insert.</summary>
    internal static RawDocument ForInsert(RawDocument document, Node node, bool keepsEmptyTimestamps)
    {
        CheckSize(document.Length);
        var id = document["_id"];
        CheckId(id);
        CheckDepth(document, 1);
        var isFirst = !document.IsEmpty && document.First().NameIs("_id"u8);
        var hasEmptyTimestamp = !keepsEmptyTimestamps && HasEmptyTimestamp(document);
        if (isFirst && !hasEmptyTimestamp)
        {
            return document;
        }

        var builder = new DocumentBuilder(document.Length + 32);
        builder.Add("_id", id.IsMissing ? NewId(node) : id);
        var isIdSeen = false;
        foreach (var element in document)
        {
            if (!isIdSeen && element.NameIs("_id"u8))
            {
                isIdSeen = true;
            }
            else if (hasEmptyTimestamp && IsEmptyTimestamp(element))
            {
                builder.Add(element.NameUtf8.Span, RawValue.Timestamp(node.Clock.Tick()));
            }
            else
            {
                builder.Add(element);
            }
        }

        return builder.Build();
    }

    /// <summary>A replacement document with the top-level empty timestamps filled in.</summary>
    internal static RawDocument FillTimestamps(RawDocument document, Node node)
    {
        if (!HasEmptyTimestamp(document))
        {
            return document;
        }

        var builder = new DocumentBuilder(document.Length);
        foreach (var element in document)
        {
            if (IsEmptyTimestamp(element))
            {
                builder.Add(element.NameUtf8.Span, RawValue.Timestamp(node.Clock.Tick()));
            }
            else
            {
                builder.Add(element);
            }
        }

        return builder.Build();
    }

    /// <summary>Refuses what may not be an <c>_id</c>.</summary>
    internal static void CheckId(RawValue id)
    {
        switch (id.Type)
        {
            case BsonType.Array or BsonType.RegularExpression or BsonType.Undefined:
                throw new CommandException(
                    ErrorCode.InvalidIdField,
                    $"The '_id' value cannot be of type {BsonTypeNames.NameOf(id.Type)}"
                );
            case BsonType.Document:
                CheckIdFields(id.AsDocument);
                break;
            default:
                break;
        }
    }

    // References may stand deeper in it.
    private static void CheckIdFields(RawDocument document, bool isInner = false)
    {
        foreach (var element in document)
        {
            if (element.Name.StartsWith('$') && !(isInner && (element.Name is "$ref" or "$id" or "$db")))
            {
                throw new CommandException(
                    ErrorCode.DollarPrefixedFieldName,
                    $"_id fields may not contain '$'-prefixed fields: {element.Name} is not valid for storage."
                );
            }

            if (element.Type is BsonType.Document or BsonType.Array)
            {
                CheckIdFields(element.Value.AsDocument, isInner: true);
            }
        }
    }

    /// <summary>Refuses a document too large to store.</summary>
    internal static void CheckSize(int length)
    {
        if (length > BytesMax)
        {
            throw new CommandException(
                ErrorCode.BadValue,
                $"object to insert too large. size in bytes: {length}, max size: {BytesMax}"
            );
        }
    }

    /// <summary>Refuses what an update made where it may not be stored.</summary>
    /// <param name="document">The document after the update.</param>
    /// <param name="isById">Whether it was found by its <c>_id</c> alone: MongoDB goes another way then, and has another code.</param>
    internal static void CheckUpdated(RawDocument document, bool isById)
    {
        if (document.Length > BytesMax)
        {
            throw new CommandException(
                isById ? 8375908 : 17419,
                $"Resulting document after update is larger than {BytesMax}"
            );
        }
    }

    /// <summary>A new ObjectId.</summary>
    internal static RawValue NewId(Node node)
    {
        Span<byte> bytes = stackalloc byte[12];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, node.Clock.WallSeconds);
        ProcessPart.CopyTo(bytes[4..]);
        var number = Interlocked.Increment(ref counter);
        bytes[9] = (byte)(number >> 16);
        bytes[10] = (byte)(number >> 8);
        bytes[11] = (byte)number;
        return RawValue.ObjectId(bytes);
    }

    private static void CheckDepth(RawDocument document, int depth)
    {
        foreach (var element in document)
        {
            if (element.Type is not (BsonType.Document or BsonType.Array))
            {
                continue;
            }

            if (depth >= DepthMax)
            {
                throw new CommandException(
                    ErrorCode.Overflow,
                    $"cannot insert document because it exceeds {DepthMax} levels of nesting"
                );
            }

            CheckDepth(element.Value.AsDocument, depth + 1);
        }
    }

    private static bool HasEmptyTimestamp(RawDocument document)
    {
        foreach (var element in document)
        {
            if (IsEmptyTimestamp(element))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsEmptyTimestamp(RawElement element) =>
        element.Type == BsonType.Timestamp && !element.NameIs("_id"u8) && element.Value.AsTimestamp == ClusterTime.Zero;
}
