using Godwit.Bson;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Commands;

/// <summary>Reads the arguments that any command may carry and refuses fields the command does not know.</summary>
internal static class GenericArgumentsParser
{
    /// <summary>Reads and checks them.</summary>
    internal static GenericArguments Parse(CommandRequest request, CommandTraits traits)
    {
        CheckFields(request, traits);
        var arguments = new CommandArguments(request.Body, traits.FieldOwner);
        var concern = arguments.Document("readConcern");
        var write = arguments.Document("writeConcern");
        return new()
        {
            Session = ParseSession(arguments),
            ReadConcern = concern is { } read ? ReadConcern.Parse(read) : ReadConcern.Default,
            WriteConcern = write is { } given ? WriteConcern.Parse(given) : null,
            MaxTime = ParseMaxTime(arguments),
            AllowsSecondary = ParseReadPreference(arguments),
            ClusterTime = ParseClusterTime(arguments),
            ApiVersion = arguments.String("apiVersion"),
            IsApiStrict = arguments.Boolean("apiStrict") ?? false,
            HasApiDeprecationErrors = arguments.Boolean("apiDeprecationErrors") ?? false,
            Comment = arguments["comment"],
        };
    }

    private static void CheckFields(CommandRequest request, CommandTraits traits)
    {
        if (traits.Fields is not { } fields)
        {
            return;
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in request.Body.Select(element => element.Name).Concat(request.SequenceNames))
        {
            if (!seen.Add(name))
            {
                throw CommandErrors.DuplicateField(traits.FieldOwner, name);
            }

            if (seen.Count > 1 && !fields.Contains(name) && !IsGeneric(name))
            {
                throw CommandErrors.UnknownField(traits.FieldOwner, name);
            }

            // Clients send it where values are to be made findable by the server, which would store other values than it was sent.
            if (name == "encryptionInformation")
            {
                throw new CommandException(
                    ErrorCode.NotImplemented,
                    "encrypted fields that are queried are not offered"
                );
            }
        }
    }

    /// <summary>Whether any command may carry a field of that name.</summary>
    internal static bool IsGeneric(string name) =>
        name switch
        {
            "$db" or "$clusterTime" or "$readPreference" or "$audit" or "$client" or "$configServerState" => true,
            "$configTime" or "$replData" or "$topologyTime" or "$queryOptions" or "$tenant" => true,
            "lsid" or "txnNumber" or "txnRetryCounter" or "autocommit" or "startTransaction" or "coordinator" => true,
            "startOrContinueTransaction" or "stmtId" or "stmtIds" or "databaseVersion" or "shardVersion" => true,
            "readConcern" or "writeConcern" or "maxTimeMS" or "maxTimeMSOpOnly" or "comment" => true,
            "apiVersion" or "apiStrict" or "apiDeprecationErrors" or "help" or "clientOperationKey" => true,
            "mayBypassWriteBlocking" or "expectPrefix" or "requestGossipRoutingCache" or "versionContext" => true,
            _ => false,
        };

    private static SessionOptions ParseSession(CommandArguments arguments)
    {
        var lsid = arguments.Document("lsid");
        if (
            lsid is null
            && !arguments.Has("txnNumber")
            && !arguments.Has("autocommit")
            && !arguments.Has("startTransaction")
        )
        {
            return SessionOptions.None;
        }

        var number = arguments["txnNumber"];
        if (!number.IsMissing && number.Type != BsonType.Int64)
        {
            throw CommandErrors.WrongType("request", "txnNumber", number, "long");
        }

        return new(
            lsid is { } id ? LogicalSessionId.Parse(id) : null,
            number.IsMissing ? null : number.AsInt64,
            arguments.Boolean("autocommit"),
            arguments.Boolean("startTransaction"),
            ParseStatementIds(arguments)
        );
    }

    private static IReadOnlyList<int> ParseStatementIds(CommandArguments arguments)
    {
        if (arguments.Array("stmtIds") is { } many)
        {
            return [.. many.Select(value => (int)(value.ToInt64() ?? 0))];
        }

        return arguments.Number("stmtId") is { } one ? [(int)one] : [];
    }

    private static TimeSpan ParseMaxTime(CommandArguments arguments)
    {
        var milliseconds = arguments.NumberAtLeast("maxTimeMS", 0) ?? 0;
        return milliseconds <= int.MaxValue
            ? TimeSpan.FromMilliseconds(milliseconds)
            : throw new CommandException(
                ErrorCode.BadValue,
                $"{milliseconds} value for maxTimeMS is out of range {ValidRange}"
            );
    }

    private static readonly string ValidRange = $"[0, {int.MaxValue}]";

    private static bool ParseReadPreference(CommandArguments arguments)
    {
        if (arguments.Document("$readPreference") is not { } preference)
        {
            return false;
        }

        return preference["mode"] is { Type: BsonType.String } mode
            ? mode.AsString switch
            {
                "primary" => false,
                "primaryPreferred" or "secondary" or "secondaryPreferred" or "nearest" => true,
                var other => throw new CommandException(
                    ErrorCode.BadValue,
                    $"Enumeration value '{other}' for field 'readPreference.mode' is not a valid value."
                ),
            }
            : throw CommandErrors.MissingField("$readPreference", "mode");
    }

    private static ClusterTime? ParseClusterTime(CommandArguments arguments) =>
        arguments.Document("$clusterTime") is { } gossip && gossip["clusterTime"] is { Type: BsonType.Timestamp } time
            ? time.AsTimestamp
            : null;
}
