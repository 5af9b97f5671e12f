using Godwit.Bson;
using Godwit.Sandbox.Auth;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Sessions;

namespace Godwit.Sandbox.Commands;

/// <summary>The commands that begin, keep alive and end logical sessions.</summary>
internal static class SessionCommands
{
    /// <summary>One of each.</summary>
    internal static IReadOnlyList<ICommand> All { get; } =
    [
        Make(
            "endSessions",
            "end a set of logical sessions",
            context => ForEach(context, "endSessions", SessionEnding.End)
        ),
        Make("killAllSessions", "kill all logical sessions, for a user, and their operations", KillAll),
        Make("killAllSessionsByPattern", "kill logical sessions by pattern", KillAll),
        Make(
            "killSessions",
            "kill a logical session and its operations",
            context => ForEach(context, "killSessions", (member, id) => Kill(context, member, id))
        ),
        Make(
            "refreshSessions",
            "renew a set of logical sessions",
            context => ForEach(context, "refreshSessions", (member, id) => member.Sessions.Touch(id))
        ),
        Make("startSession", "start a logical session", Start),
    ];

    private static AnswerCommand Make(string name, string help, Func<CommandContext, DocumentBuilder> answer) =>
        new(
            new CommandTraits(name)
            {
                Fields = CommandTraits.FieldSet(),
                OnSecondary = SecondaryUse.Always,
                IsInApiVersion1 = name is "endSessions" or "refreshSessions",
                Help = help,
            },
            answer
        );

    private static DocumentBuilder Start(CommandContext context)
    {
        var id = new LogicalSessionId(Guid.NewGuid(), context.Client.UserHash ?? LogicalSessionId.NoUser);
        context.Member.Sessions.Touch(id);
        return new()
        {
            {
                "id",
                new DocumentBuilder { { "id", RawValue.Uuid(id.Id) } }
            },
            { "timeoutMinutes", 30 },
        };
    }

    private static DocumentBuilder ForEach(
        CommandContext context,
        string field,
        Action<Member, LogicalSessionId> action
    )
    {
        foreach (var document in context.Arguments.Documents(field) ?? [])
        {
            var id = LogicalSessionId.Parse(document);
            action(
                context.Member,
                document.Has("uid") ? id : id with { UserHash = context.Client.UserHash ?? LogicalSessionId.NoUser }
            );
        }

        return [];
    }

    private static void Kill(CommandContext context, Member member, LogicalSessionId session)
    {
        var isOwn = session.UserHash.Span.SequenceEqual((context.Client.UserHash ?? LogicalSessionId.NoUser).Span);
        if (!isOwn && !member.Authorizer.Allows(context.Client, new(Resource.Cluster, "killAnySession")))
        {
            throw new CommandException(ErrorCode.Unauthorized, "not authorized to kill sessions of other users");
        }

        SessionEnding.Kill(member, session);
    }

    // Users are named as {user, db}, patterns as {users: [...]}, {uid} or {lsid}; nothing named means all.
    private static DocumentBuilder KillAll(CommandContext context)
    {
        var patterns = context.Arguments.Documents(context.Traits.Name) ?? [];
        foreach (var session in context.Member.Sessions.Active.Select(entry => entry.Key).ToList())
        {
            if (patterns.Count == 0 || patterns.Any(pattern => Matches(pattern, session)))
            {
                SessionEnding.Kill(context.Member, session);
            }
        }

        return [];
    }

    private static bool Matches(RawDocument pattern, LogicalSessionId session)
    {
        if (pattern["lsid"] is { Type: BsonType.Document } id)
        {
            return id.AsDocument["id"] is { Type: BsonType.Binary } uuid && uuid.AsUuid == session.Id;
        }

        if (pattern["uid"] is { Type: BsonType.Binary } hash)
        {
            return hash.BinaryData.Span.SequenceEqual(session.UserHash.Span);
        }

        return pattern["users"] is { Type: BsonType.Array } users
            ? users.AsDocument.Values().Any(user => IsOf(user.AsDocument, session))
            : pattern.IsEmpty || IsOf(pattern, session);
    }

    private static bool IsOf(RawDocument user, LogicalSessionId session) =>
        user["user"] is { Type: BsonType.String } name
        && user["db"] is { Type: BsonType.String } database
        && new AuthenticatedUser(name.AsString, database.AsString).Hash.Span.SequenceEqual(session.UserHash.Span);
}
