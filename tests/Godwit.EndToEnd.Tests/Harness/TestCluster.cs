using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>A replica set that a test writes to: a Sandbox in a process of its own, mongods, or one that runs already.</summary>
internal abstract class TestCluster(string connectionString) : IAsyncDisposable
{
    private const int CommandNotFound = 59;
    private const int ExceededTimeLimit = 262;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);
    private readonly MongoClient client = new(connectionString);

    public string ConnectionString { get; } = connectionString;

    public IMongoClient Client => client;

    /// <summary>
    /// Opens a cluster for a test: the running one that a variable names, else mongods of the binary that GODWIT_TEST_MONGOD names,
    /// else a Sandbox with the given options.
    /// </summary>
    public static Task<TestCluster> OpenAsync(string variable, params string[] sandboxOptions) =>
        Variable(variable) is { } uri
            ? GivenCluster.OpenAsync(uri, TestContext.Current.CancellationToken)
            : StartAsync(sandboxOptions);

    /// <summary>Starts a third cluster, beside the source and the destination that may be given; skips where nothing says how.</summary>
    public static Task<TestCluster> StartAnotherAsync(params string[] sandboxOptions)
    {
        Assert.SkipWhen(
            IsGiven && Mongod is null,
            "a third cluster is needed: GODWIT_TEST_MONGOD names what to start it from"
        );
        return StartAsync(sandboxOptions);
    }

    /// <summary>Starts a Sandbox where a test needs what it alone is started with; skips where the tests run on real servers.</summary>
    public static Task<TestCluster> StartSandboxAsync(string needed, params string[] options)
    {
        Assert.SkipWhen(
            IsGiven || Mongod is not null,
            $"{needed} is needed, which these tests start as a Sandbox only"
        );
        return SandboxCluster.StartAsync(TestContext.Current.CancellationToken, options);
    }

    /// <summary>Has the primary step down; returns once another member is primary.</summary>
    public async Task StepDownAsync(CancellationToken cancellation)
    {
        var before = await PrimaryAsync("", cancellation);
        try
        {
            await client
                .GetDatabase("admin")
                .RunCommandAsync<BsonDocument>(
                    new BsonDocument { { "replSetStepDown", 10 }, { "secondaryCatchUpPeriodSecs", 5 } },
                    cancellationToken: cancellation
                );
        }
        catch (MongoConnectionException closed)
        {
            // The primary closes its connections as it steps down.
            TestContext.Current.TestOutputHelper?.WriteLine($"stepped down: {closed.Message}");
        }

        _ = await PrimaryAsync(before, cancellation);
    }

    /// <summary>Sets the failpoint failCommand on the primary; returns how often it has fired so far.</summary>
    /// <param name="mode">"alwaysOn", "off", or <c>{times: n}</c>.</param>
    /// <param name="data">Which commands it meets, and what it does to them.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<long> FailCommandsAsync(BsonValue mode, BsonDocument data, CancellationToken cancellation)
    {
        try
        {
            var reply = await RunAsync(
                new BsonDocument
                {
                    { "configureFailPoint", "failCommand" },
                    { "mode", mode },
                    { "data", data },
                },
                cancellation
            );
            return reply["count"].ToInt64();
        }
        catch (MongoCommandException unknown) when (unknown.Code == CommandNotFound)
        {
            Assert.Skip("failpoints are needed: start the servers with --setParameter enableTestCommands=1");
            throw;
        }
    }

    /// <summary>
    /// Refuses a command on a namespace, which is tried again and again, until <see cref="RefuseNothingAsync"/>; the first <paramref name="after"/> of them
    /// pass. Returns how often the failpoint had fired before.
    /// </summary>
    public Task<long> RefuseAsync(string command, string name, int after = 0) =>
        FailCommandsAsync(
            new BsonDocument("skip", after),
            new BsonDocument
            {
                {
                    "failCommands",
                    new BsonArray { command }
                },
                { "namespace", name },
                { "errorCode", ExceededTimeLimit },
            },
            TestContext.Current.CancellationToken
        );

    /// <summary>Lets what was refused go on.</summary>
    public Task RefuseNothingAsync() => FailCommandsAsync("off", [], TestContext.Current.CancellationToken);

    /// <summary>Waits until the failpoint failCommand has fired so often.</summary>
    public Task WaitForFailedCommandsAsync(long times, CancellationToken cancellation) =>
        RunAsync(
            new BsonDocument
            {
                { "waitForFailPoint", "failCommand" },
                { "timesEntered", times },
                { "maxTimeMS", (int)Rig.Patience.TotalMilliseconds },
            },
            cancellation
        );

    /// <summary>
    /// Runs a command that may be run again on the primary. One that has stepped down closes its connections some time later, and the
    /// driver finds that out when it uses one: it retries reads and writes, but no commands.
    /// </summary>
    private async Task<BsonDocument> RunAsync(BsonDocument command, CancellationToken cancellation)
    {
        BsonDocument? reply = null;
        await Condition.UntilAsync(
            async () => (reply = await TryRunAsync(command, cancellation)) is not null,
            () => $"{command.GetElement(0).Name} is not answered",
            Rig.Patience,
            cancellation
        );
        return reply!;
    }

    /// <summary>
    /// Whether the driver says by it that nobody answers just now. It pauses the connections to a member that it takes for gone, and gives up a
    /// command that meets two of these, one after the other.
    /// </summary>
    internal static bool IsUnavailable(Exception gone) =>
        gone
            is MongoConnectionException
                or MongoConnectionPoolPausedException
                or MongoNotPrimaryException
                or MongoNodeIsRecoveringException
                or TimeoutException;

    private async Task<BsonDocument?> TryRunAsync(BsonDocument command, CancellationToken cancellation)
    {
        try
        {
            return await client
                .GetDatabase("admin")
                .RunCommandAsync<BsonDocument>(command, cancellationToken: cancellation);
        }
        catch (Exception gone) when (IsUnavailable(gone))
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"{command.GetElement(0).Name}: {gone.Message}");
            return null;
        }
    }

    /// <summary>Lets commands to one collection stand on the primary for a while before they are executed.</summary>
    /// <param name="mode">"alwaysOn", or <c>{times: n}</c>.</param>
    /// <param name="command">Which commands.</param>
    /// <param name="name">The collection's namespace.</param>
    /// <param name="milliseconds">How long each of them stands.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>How often failCommand has fired so far.</returns>
    public Task<long> HoldCommandsAsync(
        BsonValue mode,
        string command,
        string name,
        int milliseconds,
        CancellationToken cancellation
    ) =>
        FailCommandsAsync(
            mode,
            new BsonDocument
            {
                {
                    "failCommands",
                    new BsonArray { command }
                },
                { "namespace", name },
                { "blockConnection", true },
                { "blockTimeMS", milliseconds },
            },
            cancellation
        );

    /// <summary>Does something to one member; it is over when what is returned is disposed. Skips what this cluster cannot do.</summary>
    /// <param name="fault">What happens to it.</param>
    /// <param name="isPrimary">
    /// Whether it befalls the primary; then another member is primary when the task completes. But not where it is cut from its clients
    /// only: nobody takes over from it, and that ends by itself.
    /// </param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<IAsyncDisposable> DisturbAsync(MemberFault fault, bool isPrimary, CancellationToken cancellation)
    {
        var before = await PrimaryAsync("", cancellation);
        var members = MongoUrl.Create(ConnectionString).Servers.Select(one => $"{one.Host}:{one.Port}").ToList();
        var victim = (members.IndexOf(before) + (isPrimary ? 0 : 1)) % members.Count;
        var end = await BeginFaultAsync(fault, members, victim, cancellation);
        if (isPrimary && fault != MemberFault.CutFromClients)
        {
            _ = await PrimaryAsync(before, cancellation);
        }

        return end;
    }

    /// <summary>Begins a fault of a member; it ends when what is returned is disposed.</summary>
    protected virtual Task<IAsyncDisposable> BeginFaultAsync(
        MemberFault fault,
        IReadOnlyList<string> members,
        int victim,
        CancellationToken cancellation
    )
    {
        Assert.Skip($"a member's fault ({fault}) cannot be made on this cluster; it needs the Sandbox");
        throw new InvalidOperationException("skipped");
    }

    /// <summary>Waits until a member is back after its fault: the next one may be asked of it.</summary>
    protected Task UntilItAnswersAsync(string member, CancellationToken cancellation) =>
        Condition.UntilAsync(
            () => AnswersAsync(member, cancellation),
            () => $"{member} does not come back",
            Rig.Patience,
            cancellation
        );

    protected MongoUrl MemberUrl(string member) =>
        new MongoUrlBuilder(ConnectionString)
        {
            Server = MongoServerAddress.Parse(member),
            ReplicaSetName = null,
            DirectConnection = true,
        }.ToMongoUrl();

    private async Task<bool> AnswersAsync(string member, CancellationToken cancellation)
    {
        using var direct = new MongoClient(MemberUrl(member));
        return await AskAsync(direct, "ping", ReadPreference.Nearest, cancellation) is not null;
    }

    public virtual async ValueTask DisposeAsync()
    {
        client.Dispose();
        await Task.CompletedTask;
    }

    private static string? Mongod => Variable("GODWIT_TEST_MONGOD");

    private static bool IsGiven =>
        Variable("GODWIT_TEST_SOURCE") is not null || Variable("GODWIT_TEST_DESTINATION") is not null;

    private static string? Variable(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static Task<TestCluster> StartAsync(string[] sandboxOptions) =>
        Mongod is { } binary
            ? MongodCluster.StartAsync(binary, TestContext.Current.CancellationToken)
            : SandboxCluster.StartAsync(TestContext.Current.CancellationToken, sandboxOptions);

    /// <summary>The address of the primary, waiting until there is one that is not <paramref name="before"/>.</summary>
    private async Task<string> PrimaryAsync(string before, CancellationToken cancellation)
    {
        var found = "";
        try
        {
            await Condition.UntilAsync(
                async () => (found = await AskForPrimaryAsync(cancellation)).Length > 0 && found != before,
                () => $"no primary but '{found}'",
                Rig.Patience,
                cancellation
            );
        }
        catch (TimeoutException none)
        {
            throw new TimeoutException($"{none.Message}; {await StatusAsync(cancellation)}", none);
        }

        return found;
    }

    /// <summary>What each member says of itself and its set, for a message that tells why one waits.</summary>
    private async Task<string> StatusAsync(CancellationToken cancellation)
    {
        var said = new List<string>();
        foreach (var server in MongoUrl.Create(ConnectionString).Servers)
        {
            var member = $"{server.Host}:{server.Port}";
            using var direct = new MongoClient(MemberUrl(member));
            var status = await AskAsync(direct, "replSetGetStatus", ReadPreference.Nearest, cancellation);
            said.Add($"{member}: {status?.ToJson() ?? "no answer"}");
        }

        said.Add($"the driver's view: {client.Cluster.Description}");
        return string.Join("\n", said);
    }

    /// <summary>The address of the primary; empty while there is none, or while nobody answers.</summary>
    private async Task<string> AskForPrimaryAsync(CancellationToken cancellation)
    {
        var hello = await AskAsync(client, "hello", ReadPreference.PrimaryPreferred, cancellation);
        return hello?.GetValue("primary", "").AsString ?? "";
    }

    /// <summary>The answer; <see langword="null"/> if none comes: a member that was frozen takes the question and is silent.</summary>
    private static async Task<BsonDocument?> AskAsync(
        MongoClient client,
        string command,
        ReadPreference preference,
        CancellationToken cancellation
    )
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(AnswerLimit);
        try
        {
            return await client
                .GetDatabase("admin")
                .RunCommandAsync<BsonDocument>(new BsonDocument(command, 1), preference, limit.Token);
        }
        catch (Exception gone)
            when (IsUnavailable(gone) || gone is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            TestContext.Current.TestOutputHelper?.WriteLine($"asked by {command}: {gone.Message}");
            return null;
        }
    }
}
