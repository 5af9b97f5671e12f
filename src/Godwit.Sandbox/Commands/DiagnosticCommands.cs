using Godwit.Bson;
using Godwit.Sandbox.Diagnostics;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>The commands that tell about the server and its machine.</summary>
internal static class DiagnosticCommands
{
    /// <summary>One of each.</summary>
    internal static IReadOnlyList<ICommand> All { get; } =
    [
        Make("connectionStatus", Connection.Status, isAdminOnly: false, requiresAuthentication: false),
        Make("currentOp", context => new() { { "inprog", CurrentOperations.ToArray(context) } }),
        Make("features", _ => new() { { "oidMachine", 1L } }, isAdminOnly: false),
        Make("fsync", _ => new() { { "numFiles", 1 } }),
        Make("getCmdLineOpts", ServerFacts.CommandLine),
        Make("getDefaultRWConcern", DefaultConcerns.Get),
        Make("getLog", ServerFacts.Log),
        Make("getParameter", Parameters.Get),
        Make("hostInfo", ServerFacts.Host, isAdminOnly: false),
        Make("killOp", Kill),
        Make("listCommands", CommandListing.Build, isAdminOnly: false),
        Make("lockInfo", _ => new() { { "lockInfo", new ArrayBuilder().Build() } }),
        Make("logRotate", Rotate),
        Make("profile", Profile, isAdminOnly: false),
        Make("serverStatus", ServerStatus.Build, isAdminOnly: false),
        Make("setDefaultRWConcern", DefaultConcerns.Set),
        Make("setFeatureCompatibilityVersion", Parameters.SetFeatureCompatibility),
        Make("setParameter", Parameters.Set),
        Make(
            "top",
            _ =>
                new()
                {
                    {
                        "totals",
                        new DocumentBuilder { { "note", "all times in microseconds" } }
                    },
                }
        ),
        Make(
            "whatsmyuri",
            context => new() { { "you", context.Client.Remote.ToString() ?? "" } },
            isAdminOnly: false,
            requiresAuthentication: false
        ),
    ];

    private static AnswerCommand Make(
        string name,
        Func<CommandContext, DocumentBuilder> answer,
        bool isAdminOnly = true,
        bool requiresAuthentication = true
    ) =>
        new(
            new CommandTraits(name)
            {
                IsAdminOnly = isAdminOnly,
                RequiresAuthentication = requiresAuthentication,
                OnSecondary = name is "setDefaultRWConcern" or "setFeatureCompatibilityVersion"
                    ? SecondaryUse.Never
                    : SecondaryUse.Always,
                TakesWriteConcern = name is "setDefaultRWConcern" or "setFeatureCompatibilityVersion",
            },
            answer
        );

    private static DocumentBuilder Kill(CommandContext context)
    {
        var op = context.Body["op"];
        if (op.IsMissing)
        {
            throw new CommandException(ErrorCode.NoSuchKey, "Missing expected field \"op\"");
        }

        context.Member.Operations.Kill((int)(op.ToInt64() ?? 0));
        return new() { { "info", "attempting to kill op" } };
    }

    private static DocumentBuilder Rotate(CommandContext context) =>
        context.Body["logRotate"] is { Type: BsonType.String } type && type.AsString is not ("server" or "audit")
            ? throw new CommandException(ErrorCode.NoSuchKey, "Log rotation failed due to one or more errors")
            : [];

    private static DocumentBuilder Profile(CommandContext context) =>
        context.Body["profile"].ToInt64() is -1 or 0
            ? new()
            {
                { "was", 0 },
                { "slowms", 100 },
                { "sampleRate", 1.0 },
            }
            : throw new CommandException(ErrorCode.NotImplemented, "this server does not profile");
}
