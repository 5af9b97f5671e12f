using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Replication;

/// <summary>
/// Reads a configuration as an administrator writes it, with the checks and defaults of MongoDB's <c>repl_set_config.idl</c>,
/// <c>member_config.idl</c> and <c>member_config.cpp</c>.
/// </summary>
internal static class ReplicaConfigReader
{
    private const string Owner = "ReplSetConfig";
    private const string MemberOwner = "MemberConfig";
    private const long DelaySecsMax = 31_622_400;

    /// <summary>Reads one.</summary>
    /// <param name="document">The configuration.</param>
    /// <param name="replicaSetId">The set's id, where the document has none.</param>
    /// <exception cref="CommandException">It is not one; the code is that of the field's check.</exception>
    internal static ReplicaConfig Read(RawDocument document, RawValue replicaSetId)
    {
        CheckFields(
            document,
            Owner,
            [
                "_id",
                "version",
                "term",
                "members",
                "configsvr",
                "protocolVersion",
                "writeConcernMajorityJournalDefault",
                "settings",
                "repaired",
            ]
        );
        var arguments = new CommandArguments(document, Owner);
        var name = arguments.RequiredString("_id");
        var version = Whole(document, Owner, "version", null, 1, int.MaxValue);
        var term = Whole(document, Owner, "term", ReplicaConfig.NoTerm, -1, int.MaxValue);
        var members = arguments.Array("members") ?? throw CommandErrors.MissingField(Owner, "members");
        _ = Whole(document, Owner, "protocolVersion", 1, 1, 1);
        if (document["repaired"].IsTruthy())
        {
            throw new CommandException(ErrorCode.RepairedReplicaSetNode, "Replicated data has been repaired");
        }

        var settings = arguments.Document("settings") ?? RawDocument.Empty;
        var given = settings["replicaSetId"];
        return new ReplicaConfig(
            name,
            [.. members.Select((member, i) => ReadMember(member, i))],
            given.Type == BsonType.ObjectId ? given : replicaSetId
        )
        {
            Version = version,
            Term = term,
            IsForConfigServers = document["configsvr"].IsTruthy(),
            JournalsMajorities = Flag(document, Owner, "writeConcernMajorityJournalDefault", true),
            Settings = ReadSettings(settings),
        };
    }

    private static ReplicaSettings ReadSettings(RawDocument settings)
    {
        const string place = "ReplSetConfig.settings";
        var arguments = new CommandArguments(settings, place);
        var initial = new ReplicaSettings();
        return new()
        {
            IsChainingAllowed = Flag(settings, place, "chainingAllowed", true),
            HeartbeatMilliseconds = Above(settings, place, "heartbeatIntervalMillis", initial.HeartbeatMilliseconds),
            HeartbeatTimeoutSeconds = Above(settings, place, "heartbeatTimeoutSecs", initial.HeartbeatTimeoutSeconds),
            ElectionTimeoutMilliseconds = Above(
                settings,
                place,
                "electionTimeoutMillis",
                initial.ElectionTimeoutMilliseconds
            ),
            CatchUpTimeoutMilliseconds = Whole(settings, place, "catchUpTimeoutMillis", -1, -1, long.MaxValue),
            CatchUpTakeoverMilliseconds = Whole(
                settings,
                place,
                "catchUpTakeoverDelayMillis",
                30_000,
                -1,
                long.MaxValue
            ),
            Modes = arguments.Document("getLastErrorModes") is { } modes ? CheckModes(modes) : RawDocument.Empty,
        };
    }

    private static RawDocument CheckModes(RawDocument modes)
    {
        foreach (var mode in modes)
        {
            if (mode.Value.Type != BsonType.Document)
            {
                throw new CommandException(
                    ErrorCode.TypeMismatch,
                    $"Expected {mode.Name} to be an Object, but it is {BsonTypeNames.NameOf(mode.Value.Type)}"
                );
            }

            foreach (var tag in mode.Value.AsDocument)
            {
                if (!tag.Value.IsNumber || tag.Value.ToInt64() is not > 0)
                {
                    throw new CommandException(
                        ErrorCode.BadValue,
                        $"Value for {tag.Name} in {mode.Name} must be an integer greater than 0"
                    );
                }
            }
        }

        return modes;
    }

    private static MemberConfig ReadMember(RawValue value, int position)
    {
        if (value.Type != BsonType.Document)
        {
            throw CommandErrors.WrongType(Owner, $"members.{position}", value, "object");
        }

        var document = value.AsDocument;
        try
        {
            return ReadMember(document);
        }
        catch (CommandException refused) when (refused.Code != ErrorCode.NotImplemented)
        {
            throw new CommandException(refused.Code, $"member: {document} :: caused by :: {refused.Message}");
        }
    }

    private static MemberConfig ReadMember(RawDocument document)
    {
        CheckFields(
            document,
            MemberOwner,
            [
                "_id",
                "host",
                "votes",
                "newlyAdded",
                "priority",
                "hidden",
                "secondaryDelaySecs",
                "arbiterOnly",
                "buildIndexes",
                "tags",
                "horizons",
            ]
        );
        var arguments = new CommandArguments(document, MemberOwner);
        var id = Whole(document, MemberOwner, "_id", null, long.MinValue, long.MaxValue);
        if (id is < 0 or > int.MaxValue)
        {
            throw new CommandException(ErrorCode.BadValue, $"_id field value of {id} is out of range.");
        }

        var isArbiter = Flag(document, MemberOwner, "arbiterOnly", false);
        var member = new MemberConfig((int)id, WithPort(arguments.RequiredString("host").Trim()))
        {
            IsArbiter = isArbiter,
            IsHidden = Flag(document, MemberOwner, "hidden", false),
            GivenPriority = Priority(document, isArbiter),
            Tags = arguments.Document("tags") ?? RawDocument.Empty,
            DelaySecs = Whole(document, MemberOwner, "secondaryDelaySecs", 0, 0, DelaySecsMax),
            HasVote = Whole(document, MemberOwner, "votes", 1, 0, 1) == 1,
            IsNewlyAdded = document["newlyAdded"].IsTruthy(),
        };
        Check(member);
        return !Flag(document, MemberOwner, "buildIndexes", true) || document.Has("horizons")
            ? throw new CommandException(
                ErrorCode.NotImplemented,
                "members without indexes, and split horizons, are not supported by this server"
            )
            : member;
    }

    private static void Check(MemberConfig member)
    {
        if (member is { IsArbiter: true, HasVote: false })
        {
            throw Refused("Arbiter must vote (cannot have 0 votes)");
        }

        if (member.Priority != 0)
        {
            var reason =
                !member.HasVote ? "non-voting (votes:0)"
                : member.DelaySecs > 0 ? "secondaryDelaySecs is used"
                : member.IsHidden ? "hidden=true"
                : null;
            if (reason is not null)
            {
                throw Refused($"priority must be 0 when {reason}");
            }
        }

        foreach (var tag in member.Tags)
        {
            if (tag.Value.Type != BsonType.String)
            {
                throw new CommandException(
                    ErrorCode.TypeMismatch,
                    $"tags.{tag.Name} field has non-string value of type {BsonTypeNames.NameOf(tag.Value.Type)}"
                );
            }
        }

        if (member.IsArbiter && !member.Tags.IsEmpty)
        {
            throw Refused("Cannot set tags on arbiters.");
        }
    }

    // An arbiter of the usual priority has none.
    private static double Priority(RawDocument document, bool isArbiter)
    {
        var value = document["priority"];
        if (value.IsMissing || value.Type == BsonType.Null)
        {
            return isArbiter ? 0 : 1;
        }

        if (!value.IsNumber)
        {
            throw CommandErrors.WrongType(MemberOwner, "priority", value, "long", "int", "decimal", "double");
        }

        var priority = value.Type == BsonType.Double ? value.AsDouble : value.ToInt64() ?? 0;
        return priority switch
        {
            < 0 => throw Refused($"BSON field 'priority' value must be >= 0, actual value '{priority:0.######}'"),
            > 1000 => throw Refused($"BSON field 'priority' value must be <= 1000, actual value '{priority:0.######}'"),
            1 when isArbiter => 0,
            _ => priority,
        };
    }

    private static string WithPort(string host)
    {
        if (host.Length == 0)
        {
            throw new CommandException(ErrorCode.FailedToParse, "Empty host component parsing HostAndPort from \"\"");
        }

        return host.Contains(':', StringComparison.Ordinal)
            ? host.Replace("localhost:", "127.0.0.1:", StringComparison.Ordinal)
            : host + ":27017";
    }

    private static void CheckFields(RawDocument document, string owner, string[] known)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var element in document)
        {
            if (!known.Contains(element.Name, StringComparer.Ordinal))
            {
                throw CommandErrors.UnknownField(owner, element.Name);
            }

            if (!seen.Add(element.Name))
            {
                throw CommandErrors.DuplicateField(owner, element.Name);
            }
        }
    }

    private static bool Flag(RawDocument document, string owner, string field, bool otherwise)
    {
        var value = document[field];
        return value.Type switch
        {
            BsonType.Missing or BsonType.Null => otherwise,
            BsonType.Boolean => value.AsBoolean,
            _ when value.IsNumber => value.IsTruthy(),
            _ => throw CommandErrors.WrongType(owner, field, value, "bool", "long", "int", "decimal", "double"),
        };
    }

    private static long Above(RawDocument document, string owner, string field, long otherwise)
    {
        var value = Whole(document, owner, field, otherwise, long.MinValue, long.MaxValue);
        return value > 0 ? value : throw Refused($"BSON field '{field}' value must be > 0, actual value '{value}'");
    }

    private static long Whole(RawDocument document, string owner, string field, long? otherwise, long least, long most)
    {
        var value = document[field];
        if (value.IsMissing || (value.Type == BsonType.Null && otherwise is not null))
        {
            return otherwise ?? throw CommandErrors.MissingField(owner, field);
        }

        if (!value.IsNumber)
        {
            throw CommandErrors.WrongType(owner, field, value, "long", "int", "decimal", "double");
        }

        if (value.ToInt64() is not { } whole)
        {
            throw new CommandException(ErrorCode.FailedToParse, $"Expected an integer: {field}: {value}");
        }

        if (field == "version" && whole is < 1 or > int.MaxValue)
        {
            throw Refused(
                whole < 1
                    ? $"BSON field 'version' value must be > 0, actual value '{whole}'"
                    : $"BSON field 'version' value must be < 2147483648, actual value '{whole}'"
            );
        }

        return whole < least ? throw Refused($"BSON field '{field}' value must be >= {least}, actual value '{whole}'")
            : whole > most ? throw Refused($"BSON field '{field}' value must be <= {most}, actual value '{whole}'")
            : whole;
    }

    private static CommandException Refused(string message) => new(ErrorCode.BadValue, message);
}
