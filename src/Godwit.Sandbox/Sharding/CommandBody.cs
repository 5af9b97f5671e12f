using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Sharding;

/// <summary>Makes the documents of requests to shards out of those of clients, and reads the replies.</summary>
internal static class CommandBody
{
    /// <summary>With some fields replaced where they stand, or appended; a missing value takes the field out.</summary>
    internal static RawDocument With(RawDocument body, params IReadOnlyList<(string Name, RawValue Value)> changes)
    {
        var builder = new DocumentBuilder(body.Length + 64);
        foreach (var element in body)
        {
            var at = Position(changes, element.Name);
            if (at < 0)
            {
                builder.Add(element);
            }
            else
            {
                builder.Add(element.Name, changes[at].Value);
            }
        }

        foreach (var (name, value) in changes.Where(change => !body.Has(change.Name)))
        {
            builder.Add(name, value);
        }

        return builder.Build();
    }

    /// <summary>The fields that belong to every command, of which the commands made from one take part.</summary>
    internal static DocumentBuilder AppendGeneric(DocumentBuilder command, RawDocument from)
    {
        foreach (var element in from.Where(element => IsGeneric(element.Name)))
        {
            command.Add(element);
        }

        return command;
    }

    /// <summary>The reply as far as it is the command's own; what is refused is thrown.</summary>
    internal static RawDocument Own(RawDocument reply)
    {
        Check(reply);
        return Without(reply, "ok", "$clusterTime", "operationTime", "electionId", "opTime", "topologyVersion");
    }

    /// <summary>Throws what a reply refuses.</summary>
    internal static void Check(RawDocument reply)
    {
        if (ErrorOf(reply) is { } refusal)
        {
            throw refusal;
        }
    }

    /// <summary>What a reply refuses.</summary>
    internal static CommandException? ErrorOf(RawDocument reply)
    {
        if (reply["ok"].ToInt64() == 1)
        {
            return null;
        }

        var details = Without(
            reply,
            "ok",
            "errmsg",
            "code",
            "codeName",
            "errorLabels",
            "$clusterTime",
            "operationTime",
            "topologyVersion"
        );
        var refusal = new CommandException(
            (ErrorCode)(reply["code"].ToInt64() ?? 1),
            reply["errmsg"] is { Type: BsonType.String } text ? text.AsString : "",
            details.IsEmpty ? null : details
        );
        if (reply["errorLabels"] is { Type: BsonType.Array } labels)
        {
            refusal.Labels.AddRange(labels.AsDocument.Values().Select(label => label.AsString));
        }

        return refusal;
    }

    /// <summary>A document without some of its fields.</summary>
    internal static RawDocument Without(RawDocument document, params ReadOnlySpan<string> names) =>
        ChangeStreams.ChangeEventBuilder.Without(document, names);

    private static int Position(IReadOnlyList<(string Name, RawValue Value)> changes, string name)
    {
        for (var i = 0; i < changes.Count; i++)
        {
            if (changes[i].Name == name)
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsGeneric(string name) =>
        name
            is "lsid"
                or "txnNumber"
                or "autocommit"
                or "startTransaction"
                or "readConcern"
                or "writeConcern"
                or "maxTimeMS"
                or "comment"
                or "$readPreference"
                or "apiVersion"
                or "apiStrict"
                or "apiDeprecationErrors";
}
