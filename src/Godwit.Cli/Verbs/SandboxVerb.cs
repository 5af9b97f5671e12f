using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;
using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Godwit.Sandbox;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit sandbox</c>: runs the embedded server until it is told to stop.</summary>
internal static class SandboxVerb
{
    private static readonly Option<int> ReplicaSet = new Option<int>("--replica-set")
    {
        Description = "Serve a replica set of this many members",
        DefaultValueFactory = _ => 3,
        HelpName = "N",
    }.Between(1, 50);

    private static readonly Option<bool> Standalone = new("--standalone") { Description = "Serve a standalone server" };

    private static readonly Option<string?> Sharded = new("--sharded")
    {
        Description = "Serve a sharded cluster of this many shards, each and the config servers with this many members",
        HelpName = "SHARDSxMEMBERS",
    };

    private static readonly Option<int> Routers = new Option<int>("--mongos")
    {
        Description = "Number of routers of the sharded cluster",
        DefaultValueFactory = _ => 1,
        HelpName = "N",
    }.AtLeast(1);

    private static readonly Option<bool> ConfigServers = new("--configsvr")
    {
        Description =
            "Serve config servers (as many as --replica-set says) and routers of a sharded cluster whose shards are processes of their own: addShard joins them",
    };

    private static readonly Option<bool> ShardServer = new("--shardsvr")
    {
        Description = "Serve a replica set that can be a shard of a cluster started with --configsvr",
    };

    private static readonly Option<int> SpareSets = new Option<int>("--spare-sets")
    {
        Description = "Number of replica sets started beside the shards, for addShard",
        DefaultValueFactory = _ => 0,
        HelpName = "N",
    }.AtLeast(0);

    private static readonly Option<string> SetName = new("--set-name")
    {
        Description = "The replica set's name",
        DefaultValueFactory = _ => "rs0",
        HelpName = "NAME",
    };

    private static readonly Option<string?> FirstConfig = new("--replica-config")
    {
        Description =
            "The set's first configuration in JSON, as replSetInitiate takes it: members in the order of the ports (ids and hosts may be left out) and settings",
        HelpName = "JSON",
    };

    private static readonly Option<int> Spares = new Option<int>("--spare-members")
    {
        Description = "Processes on the next ports that belong to no set yet, for rs.add",
        HelpName = "N",
    }.Between(0, 50);

    private static readonly Option<bool> NotInitiated = new("--no-initiate")
    {
        Description = "Leave the set to rs.initiate: no member has a configuration",
    };

    private static readonly Option<int> Port = new Option<int>("--port")
    {
        Description = "Port of the first member, the others follow; 0 takes free ones",
        DefaultValueFactory = _ => 27100,
        HelpName = "P",
    }.Between(0, 65535);

    private static readonly Option<string?> DataDirectory = new("--data-dir")
    {
        Description = "Where the data are kept; otherwise in a temporary folder that is removed at the end",
        HelpName = "D",
    };

    private static readonly Option<string?> Auth = new("--auth")
    {
        Description = "Make this first user with all rights, and let clients in only when logged in",
        HelpName = "USER:PASSWORD",
    };

    private static readonly Option<string?> KeyFile = new Option<string?>("--key-file")
    {
        Description =
            "A file with the key by which processes of a cluster log in to one another, as mongod's --keyFile; clients must log in, too",
        HelpName = "FILE",
    }.ExistingFile();

    private static readonly Option<string?> Tls = new Option<string?>("--tls")
    {
        Description = "PEM file with certificate and key; clients must speak TLS",
        HelpName = "CERT",
    }.ExistingFile();

    private static readonly Option<string?> TlsAuthority = new Option<string?>("--tls-ca")
    {
        Description = "PEM file of the authority that signs client certificates",
        HelpName = "CERT",
    }.ExistingFile();

    private static readonly Option<string?> Restore = new Option<string?>("--restore")
    {
        Description = "Restore this folder, in mongodump's format, before serving",
        HelpName = "DUMPDIR",
    }.ExistingFolder();

    private static readonly Option<string> MongoVersion = new Option<string>("--mongo-version")
    {
        Description = "The MongoDB release to behave as",
        DefaultValueFactory = _ => "8.0",
    }.AcceptOnlyFromAmong("6.0", "7.0", "8.0");

    private static readonly Option<int> OplogMegabytes = new Option<int>("--oplog-size-mb")
    {
        Description = "Size of the oplog; older entries go",
        DefaultValueFactory = _ => 1024,
        HelpName = "MB",
    }.AtLeast(1);

    private static readonly Option<int> PeriodicNoOp = new Option<int>("--periodic-noop-seconds")
    {
        Description =
            "An idle primary writes an empty oplog entry after so long (mongod's periodicNoopIntervalSecs); change streams through routers wait for it",
        DefaultValueFactory = _ => 10,
        HelpName = "S",
    }.Between(1, 10);

    private static readonly Option<int?> ControlPort = new("--control-port")
    {
        Description = "A port that takes faults ('godwit sandbox fault'); 0 takes a free one, which is printed",
        HelpName = "P",
    };

    /// <summary>The verb with its options.</summary>
    internal static Command Create()
    {
        var command = new Command(
            "sandbox",
            "Runs an embedded server that MongoDB clients accept, for trials and tests."
        )
        {
            ReplicaSet,
            Standalone,
            Sharded,
            ConfigServers,
            ShardServer,
            Routers,
            SpareSets,
            SetName,
            FirstConfig,
            Spares,
            NotInitiated,
            Port,
            DataDirectory,
            Auth,
            KeyFile,
            Tls,
            TlsAuthority,
            Restore,
            MongoVersion,
            OplogMegabytes,
            PeriodicNoOp,
            ControlPort,
            SandboxFaultVerb.Create(),
        };
        command.Validators.Add(FindContradictions);
        command.Validators.Add(FindMissingKey);
        command.SetAction(ServeAsync);
        return command;
    }

    private static async Task<int> ServeAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        try
        {
            return await RunAsync(arguments, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception refused)
            when (refused is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            await Console
                .Error.WriteLineAsync($"godwit: the Sandbox cannot be started: {refused.Message}")
                .ConfigureAwait(false);
            return ExitCodes.Stopped;
        }
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.GetValue(Sharded) is not null || arguments.GetValue(ConfigServers))
        {
            return await RunShardedAsync(arguments, cancellationToken).ConfigureAwait(false);
        }

        if (!TryReadOptions(arguments, out var options))
        {
            await Console.Error.WriteLineAsync("--auth wants USER:PASSWORD").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        var cluster = await SandboxCluster.StartAsync(options, cancellationToken).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            await ServeAsync(cluster.ConnectionString, cluster.ControlPort, cluster.Failure, cancellationToken)
                .ConfigureAwait(false);
        }

        return ExitCodes.Success;
    }

    /// <summary>Names what is not offered together.</summary>
    private static void FindContradictions(CommandResult command)
    {
        (Option Given, Option[] Others)[] contradictions =
        [
            (Sharded, [Standalone, FirstConfig, Spares, NotInitiated]),
            (ConfigServers, [Sharded, ShardServer, Standalone, SpareSets, FirstConfig, Spares, NotInitiated, Restore]),
            (ShardServer, [Sharded, Standalone, Routers]),
        ];
        foreach (var (given, others) in contradictions.Where(one => IsGiven(command, one.Given)))
        {
            foreach (var refused in others.Where(other => IsGiven(command, other)))
            {
                command.AddError($"{refused.Name} is not offered with {given.Name}: leave it out");
            }
        }
    }

    private static void FindMissingKey(CommandResult command)
    {
        if (
            (IsGiven(command, ConfigServers) || IsGiven(command, ShardServer))
            && IsGiven(command, Auth)
            && !IsGiven(command, KeyFile)
        )
        {
            command.AddError(
                "--auth with --configsvr or --shardsvr wants --key-file: the cluster's processes log in to one another with it"
            );
        }
    }

    private static bool IsGiven(CommandResult command, Option option) =>
        command.GetResult(option) is { Implicit: false };

    private static async Task<int> RunShardedAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (shards, members) = (0, arguments.GetValue(ReplicaSet));
        if (arguments.GetValue(Sharded) is { } shape && !TryReadShape(shape, out shards, out members))
        {
            await Console.Error.WriteLineAsync("--sharded wants SHARDSxMEMBERS, as in 2x3").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        if (!TryReadCredential(arguments, out var credential))
        {
            await Console.Error.WriteLineAsync("--auth wants USER:PASSWORD").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        var options = new ShardedOptions
        {
            Shards = shards,
            Members = members,
            SpareSets = arguments.GetValue(SpareSets),
            Routers = arguments.GetValue(Routers),
            Port = arguments.GetValue(Port),
            DataDirectory = arguments.GetValue(DataDirectory),
            MongoVersion = arguments.GetValue(MongoVersion)!,
            OplogBytesMax = arguments.GetValue(OplogMegabytes) * 1024L * 1024L,
            PeriodicNoOp = TimeSpan.FromSeconds(arguments.GetValue(PeriodicNoOp)),
            ControlPort = arguments.GetValue(ControlPort),
            Credential = credential,
            KeyFile = arguments.GetValue(KeyFile),
            TlsCertificateKeyFile = arguments.GetValue(Tls),
            TlsAuthorityFile = arguments.GetValue(TlsAuthority),
            RestoreDirectory = arguments.GetValue(Restore),
        };
        var cluster = await ShardedSandbox.StartAsync(options, cancellationToken).ConfigureAwait(false);
        await using (cluster.ConfigureAwait(false))
        {
            await ServeAsync(cluster.ConnectionString, cluster.ControlPort, cluster.Failure, cancellationToken)
                .ConfigureAwait(false);
        }

        return ExitCodes.Success;
    }

    private static async Task ServeAsync(
        string connectionString,
        int? controlPort,
        Task<Exception> failure,
        CancellationToken cancellationToken
    )
    {
        var stop = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var term = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, stop));
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, stop));
        await Console.Out.WriteLineAsync(connectionString).ConfigureAwait(false);
        if (controlPort is { } port)
        {
            await Console.Out.WriteLineAsync($"control port {port}").ConfigureAwait(false);
        }

        await Console.Out.FlushAsync(cancellationToken).ConfigureAwait(false);
        _ = await Task.WhenAny(stop.Task, failure).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private static bool TryReadShape(string shape, out int shards, out int members)
    {
        var parts = shape.Split('x');
        members = 0;
        return int.TryParse(parts[0], CultureInfo.InvariantCulture, out shards)
            && parts.Length == 2
            && int.TryParse(parts[1], CultureInfo.InvariantCulture, out members)
            && shards > 0
            && members > 0;
    }

    private static void Stop(PosixSignalContext context, TaskCompletionSource stop)
    {
        context.Cancel = true;
        _ = stop.TrySetResult();
    }

    private static RawDocument ReadJson(string text)
    {
        try
        {
            return ExtendedJsonReader.ReadDocument(text);
        }
        catch (Exception malformed) when (malformed is FormatException or JsonException)
        {
            throw new ArgumentException($"--replica-config is no JSON document: {malformed.Message}", malformed);
        }
    }

    private static bool TryReadCredential(ParseResult arguments, out SandboxCredential? credential)
    {
        credential = null;
        if (arguments.GetValue(Auth) is not { } text)
        {
            return true;
        }

        var colon = text.IndexOf(':', StringComparison.Ordinal);
        credential = colon > 0 ? new(text[..colon], text[(colon + 1)..]) : null;
        return credential is not null;
    }

    private static bool TryReadOptions(ParseResult arguments, out SandboxOptions options)
    {
        var isRead = TryReadCredential(arguments, out var credential);
        options = new()
        {
            Members = arguments.GetValue(ReplicaSet),
            IsStandalone = arguments.GetValue(Standalone),
            IsShard = arguments.GetValue(ShardServer),
            ReplicaSetName = arguments.GetValue(SetName)!,
            FirstConfig = arguments.GetValue(FirstConfig) is { } json ? ReadJson(json) : null,
            SpareMembers = arguments.GetValue(Spares),
            IsInitiated = !arguments.GetValue(NotInitiated),
            Port = arguments.GetValue(Port),
            DataDirectory = arguments.GetValue(DataDirectory),
            Credential = credential,
            KeyFile = arguments.GetValue(KeyFile),
            TlsCertificateKeyFile = arguments.GetValue(Tls),
            TlsAuthorityFile = arguments.GetValue(TlsAuthority),
            RestoreDirectory = arguments.GetValue(Restore),
            MongoVersion = arguments.GetValue(MongoVersion)!,
            OplogBytesMax = arguments.GetValue(OplogMegabytes) * 1024L * 1024L,
            PeriodicNoOp = TimeSpan.FromSeconds(arguments.GetValue(PeriodicNoOp)),
            ControlPort = arguments.GetValue(ControlPort),
        };
        return isRead;
    }
}
