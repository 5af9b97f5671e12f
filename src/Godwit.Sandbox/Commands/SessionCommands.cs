using Godwit.Bson;
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
            context => ForEach(context, "killSessions", SessionEnding.Kill)
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
                RequiresAuthentication = name != "endSessions",
                IsInApiVersion1 = name is "endSessions" or "killSessions" or "refreshSessions",
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

    private static DocumentBuilder KillAll(CommandContext context)
    {
        foreach (var session in context.Member.Sessions.Active.Select(entry => entry.Key).ToList())
        {
            SessionEnding.Kill(context.Member, session);
        }

        return [];
    }
}
