using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>A command as it came in: its body and the document sequences sent beside it (insert's <c>documents</c> and so on).</summary>
internal sealed class CommandRequest
{
    private readonly IReadOnlyDictionary<string, IReadOnlyList<RawDocument>> sequences;

    internal CommandRequest(
        RawDocument body,
        string database,
        IReadOnlyDictionary<string, IReadOnlyList<RawDocument>>? sequences = null
    )
    {
        if (body.IsEmpty)
        {
            throw new CommandException(ErrorCode.FailedToParse, "no command in the request");
        }

        Body = body;
        Database = database;
        Name = body.First().Name;
        this.sequences = sequences ?? new Dictionary<string, IReadOnlyList<RawDocument>>(StringComparer.Ordinal);
    }

    /// <summary>The body; its first field names the command.</summary>
    internal RawDocument Body { get; }

    /// <summary>The command's name as sent (may be an alias).</summary>
    internal string Name { get; }

    /// <summary>The value of <c>$db</c>.</summary>
    internal string Database { get; }

    /// <summary>Names of the document sequences sent beside the body.</summary>
    internal IEnumerable<string> SequenceNames => sequences.Keys;

    /// <summary>Whether the reply is wanted; an unacknowledged write (moreToCome) wants none.</summary>
    internal bool IsAcknowledged { get; init; } = true;

    /// <summary>Whether the request continues a change stream, which decides its error labels.</summary>
    internal bool ContinuesChangeStream { get; set; }

    /// <summary>What a router that sends the request knows of where documents belong; <see langword="null"/> from others.</summary>
    internal Sharding.RoutedRequest? Routing { get; init; }

    /// <summary>Whether the client takes several replies to this request (exhaustAllowed).</summary>
    internal bool IsExhaustAllowed { get; init; }

    /// <summary>The same request on its way from a router to a shard.</summary>
    internal CommandRequest To(Sharding.RoutedRequest routing, RawDocument? body = null, string? database = null) =>
        new(body ?? Body, database ?? Database, sequences) { IsAcknowledged = IsAcknowledged, Routing = routing };

    /// <summary>The same request with another body.</summary>
    internal CommandRequest With(RawDocument body) =>
        new(body, Database, sequences) { IsAcknowledged = IsAcknowledged, Routing = Routing };

    /// <summary>
    /// The documents of an array argument, whether it came as a document sequence or as an array in the body;
    /// <see langword="null"/> if it came as neither.
    /// </summary>
    /// <exception cref="CommandException">The body's field is not an array of documents.</exception>
    internal IReadOnlyList<RawDocument>? Documents(string field, string fieldOwner)
    {
        if (sequences.TryGetValue(field, out var documents))
        {
            return documents;
        }

        var value = Body[field];
        if (value.IsMissing)
        {
            return null;
        }

        if (value.Type != BsonType.Array)
        {
            throw CommandErrors.WrongType(fieldOwner, field, value, "array");
        }

        var list = new List<RawDocument>();
        foreach (var element in value.AsDocument)
        {
            list.Add(
                element.Type == BsonType.Document
                    ? element.Value.AsDocument
                    : throw CommandErrors.WrongType(fieldOwner, $"{field}.{element.Name}", element.Value, "object")
            );
        }

        return list;
    }
}
