using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Wire;

namespace Godwit.Sandbox.Connections;

/// <summary>Makes commands of messages: what passes is well-formed down to its leaves.</summary>
internal static class RequestReader
{
    // A document of 16 MiB and 16 KiB around it.
    private const int RequestBytesMax = (16 * 1024 * 1024) + (16 * 1024);

    /// <summary>The command that a message asks for.</summary>
    /// <exception cref="CommandException">It is too large, malformed, or contradicts itself.</exception>
    internal static CommandRequest Read(OpMessage message, RawDocument body)
    {
        if (body.Length > RequestBytesMax)
        {
            throw new CommandException(
                ErrorCode.BSONObjectTooLarge,
                $"BSONObj size: {body.Length} (0x{body.Length:X}) is invalid. Size must be between 0 and {RequestBytesMax}(16MB) First element: {body.First()}"
            );
        }

        Check(body);
        var database = body["$db"];
        if (database.Type != BsonType.String)
        {
            throw new CommandException(40571, "OP_MSG requests require a $db argument");
        }

        Dictionary<string, IReadOnlyList<RawDocument>>? sequences = null;
        foreach (var sequence in message.Sequences)
        {
            if (body.Has(sequence.Identifier))
            {
                throw new CommandException(
                    40433,
                    $"Duplicate field between body and document sequence {sequence.Identifier}"
                );
            }

            sequences ??= new(StringComparer.Ordinal);
            sequences.Add(sequence.Identifier, CheckedDocuments(sequence));
        }

        return new(body, database.AsString, sequences)
        {
            IsAcknowledged = !message.HasMoreToCome,
            IsExhaustAllowed = message.IsExhaustAllowed,
        };
    }

    private static List<RawDocument> CheckedDocuments(DocumentSequence sequence)
    {
        try
        {
            var documents = sequence.ToList();
            documents.ForEach(Check);
            return documents;
        }
        catch (BsonFormatException malformed)
        {
            throw Invalid(malformed);
        }
    }

    /// <summary>Refuses a document that is not well-formed.</summary>
    /// <exception cref="CommandException">It is not, or nested too deep.</exception>
    internal static void Check(RawDocument document)
    {
        try
        {
            _ = BsonStructure.Check(document.Bytes.Span);
        }
        catch (BsonFormatException malformed)
        {
            throw Invalid(malformed);
        }
    }

    private static CommandException Invalid(BsonFormatException malformed) =>
        new(malformed.IsTooDeep ? ErrorCode.Overflow : ErrorCode.InvalidBSON, malformed.Message);
}
