using Godwit.Bson;
using Godwit.Sandbox.Diagnostics;

namespace Godwit.Sandbox.Commands;

/// <summary>The commands that tell about the server and its machine.</summary>
internal static class DiagnosticCommands
{
    /// <summary>One of each.</summary>
    internal static IReadOnlyList<ICommand> All { get; } =
    [
        new AwaitedAnswerCommand(new CommandTraits("applyOps") { TakesWriteConcern = true }, ApplyOpsCommand.RunAsync),
        Make("collStats", StatsCommands.Collection, isAdminOnly: false, alias: "collstats"),
        Make("compact", Maintenance.Compact, isAdminOnly: false),
        Make("connPoolStats", Maintenance.ConnectionPools, isAdminOnly: false),
        Make("connectionStatus", Connection.Status, isAdminOnly: false, requiresAuthentication: false),
        Make("currentOp", OperationQuery.Answer),
        Make("dataSize", StatsCommands.DataSize, isAdminOnly: false, alias: "datasize"),
        Make("dbHash", DatabaseHash.Run, isAdminOnly: false, alias: "dbhash"),
        Make("dbStats", StatsCommands.Database, isAdminOnly: false, alias: "dbstats"),
        Make("features", _ => new() { { "oidMachine", 1L } }, isAdminOnly: false),
        Make("filemd5", FileDigest.Run, isAdminOnly: false),
        Awaited("fsync", FsyncLock.FlushAsync),
        Awaited("fsyncUnlock", FsyncLock.UnlockAsync),
        Make("getClusterParameter", ClusterParameters.Get),
        Make("getCmdLineOpts", ServerFacts.CommandLine),
        Make("getDefaultRWConcern", ConcernDefaultCommands.Get),
        Make("getLog", ServerFacts.Log),
        Make("getParameter", Parameters.Get),
        Make("getShardMap", Maintenance.ShardMap),
        Make("hostInfo", ServerFacts.Host, isAdminOnly: false),
        Make("killOp", Maintenance.KillOperation),
        Make("listCommands", CommandListing.Build, isAdminOnly: false, requiresAuthentication: false),
        Make("lockInfo", _ => new() { { "lockInfo", new ArrayBuilder().Build() } }),
        Make("logRotate", Maintenance.RotateLog),
        Make("planCacheClear", Maintenance.ClearPlans, isAdminOnly: false),
        Make("planCacheClearFilters", Maintenance.ClearPlans, isAdminOnly: false),
        Make("planCacheListFilters", Maintenance.ListFilters, isAdminOnly: false),
        Make("planCacheSetFilter", Maintenance.SetFilter, isAdminOnly: false),
        Make("profile", context => context.Member.Journal.Levels.Change(context), isAdminOnly: false),
        Awaited("reIndex", Rebuilding.RunAsync, isAdminOnly: false),
        Make("serverStatus", ServerStatus.Build, isAdminOnly: false),
        Make("splitVector", SplitPoints.Run, isAdminOnly: false),
        Set("setClusterParameter", ClusterParameters.SetAsync),
        Set("setDefaultRWConcern", ConcernDefaultCommands.SetAsync),
        Set("setFeatureCompatibilityVersion", FeatureCompatibility.SetAsync),
        Make("setParameter", Parameters.Set),
        // There for tests, as failpoints are: a command that belongs to no version of the stable API that clients can ask for.
        Make("testVersion2", _ => [], isAdminOnly: false, requiresAuthentication: false),
        Make("top", context => context.Member.Journal.Usage.Describe()),
        Make("validate", Validation.Run, isAdminOnly: false),
        Make("validateDBMetadata", Maintenance.ValidateMetadata, isAdminOnly: false),
        Make("whatsmyuri", context => new() { { "you", context.Client.Remote.ToString() ?? "" } }, isAdminOnly: false),
        Make("mapReduce", Maintenance.RefuseJavaScript, isAdminOnly: false, alias: "mapreduce"),
        Make("analyzeShardKey", Maintenance.RefuseAdvice),
        Make("configureQueryAnalyzer", Maintenance.RefuseAdvice),
        Make("removeQuerySettings", Maintenance.RefuseAdvice),
        Make("setQuerySettings", Maintenance.RefuseAdvice),
        .. new[] { "createSearchIndexes", "dropSearchIndex", "listSearchIndexes", "updateSearchIndex" }.Select(name =>
            Make(name, Maintenance.RefuseSearch, isAdminOnly: false)
        ),
    ];

    private static AnswerCommand Make(
        string name,
        Func<CommandContext, DocumentBuilder> answer,
        bool isAdminOnly = true,
        bool requiresAuthentication = true,
        string? alias = null
    ) =>
        new(
            new CommandTraits(name)
            {
                Aliases = alias is null ? [] : [alias],
                IsAdminOnly = isAdminOnly,
                RequiresAuthentication = requiresAuthentication,
                OnSecondary = SecondaryUse.Always,
            },
            answer
        );

    private static AwaitedAnswerCommand Awaited(
        string name,
        Func<CommandContext, CancellationToken, ValueTask<DocumentBuilder>> answer,
        bool isAdminOnly = true
    ) => new(new CommandTraits(name) { IsAdminOnly = isAdminOnly, OnSecondary = SecondaryUse.Always }, answer);

    private static AwaitedAnswerCommand Set(
        string name,
        Func<CommandContext, CancellationToken, ValueTask<DocumentBuilder>> answer
    ) => new(new CommandTraits(name) { IsAdminOnly = true, TakesWriteConcern = true }, answer);
}
