using Godwit.Bson;
using Godwit.Sandbox.Diagnostics;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>First stages that tell of the server, or of nothing but themselves.</summary>
internal static class ServerSources
{
    private static readonly Namespace SessionRecords = new("config", "system.sessions");

    /// <summary><c>$documents</c>: those of an expression.</summary>
    internal static Stage Documents(RawValue value, StageContext context)
    {
        var expression = context.Expression(value);
        return new SourceStage(() => Given(expression(RawDocument.Empty)));
    }

    /// <summary><c>$currentOp</c>: the commands running now.</summary>
    internal static Stage CurrentOperations(RawValue value, StageContext context)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(
                ErrorCode.FailedToParse,
                $"$currentOp options must be specified in an object, but found: {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        if (context.Namespace.Database != "admin" || context.Namespace.Collection.Length > 0)
        {
            throw new CommandException(
                ErrorCode.InvalidNamespace,
                "$currentOp must be run against the 'admin' database with {aggregate: 1}"
            );
        }

        var query = OperationQuery.OfStage(value.AsDocument);
        return new SourceStage(() => Diagnostics.CurrentOperations.List(context.Command, query));
    }

    /// <summary><c>$listLocalSessions</c>: the sessions this member has in memory.</summary>
    internal static Stage LocalSessions(RawValue value, StageContext context)
    {
        if (context.Namespace.Collection.Length > 0)
        {
            throw new CommandException(
                ErrorCode.InvalidNamespace,
                "$listLocalSessions must be run against the database with {aggregate: 1}, not a collection"
            );
        }

        CheckOptions(value, "$listLocalSessions");
        var member = context.Command.Member;
        return new SourceStage(() =>
            member.Sessions.Active.Select(entry =>
                new DocumentBuilder
                {
                    { "_id", entry.Key.ToDocument() },
                    { "lastUse", RawValue.DateTime(entry.Value) },
                }.Build()
            )
        );
    }

    /// <summary><c>$listSessions</c>: the sessions recorded for all members.</summary>
    internal static Stage Sessions(RawValue value, StageContext context)
    {
        if (context.Namespace != SessionRecords)
        {
            throw new CommandException(
                ErrorCode.InvalidNamespace,
                $"$listSessions may only be run against {SessionRecords}"
            );
        }

        CheckOptions(value, "$listSessions");
        return new SourceStage(() => ForeignDocuments.Read(context, SessionRecords, RawDocument.Empty));
    }

    private static IEnumerable<RawDocument> Given(RawValue list)
    {
        if (list.Type != BsonType.Array)
        {
            throw new CommandException(5858203, "an array is expected");
        }

        foreach (var item in list.AsDocument.Values())
        {
            yield return item.Type == BsonType.Document
                ? item.AsDocument
                : throw new CommandException(
                    40228,
                    $"'newRoot' expression  must evaluate to an object, but resulting value was: {item}. Type of resulting value: '{BsonTypeNames.NameOf(item.Type)}'."
                );
        }
    }

    private static void CheckOptions(RawValue value, string name)
    {
        if (value.Type != BsonType.Document)
        {
            throw new CommandException(
                ErrorCode.TypeMismatch,
                $"{name} options must be specified in an object, but found: {BsonTypeNames.NameOf(value.Type)}"
            );
        }

        if (value.AsDocument["allUsers"].IsTruthy() && value.AsDocument.Has("users"))
        {
            throw new CommandException(
                ErrorCode.UnsupportedFormat,
                $"{name} may not specify {{allUsers:true}} and {{users:[...]}} at the same time"
            );
        }
    }
}
