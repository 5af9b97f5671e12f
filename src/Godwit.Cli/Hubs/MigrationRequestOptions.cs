using System.CommandLine;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Cli.Verbs;

namespace Godwit.Cli.Hubs;

/// <summary>The flags of <c>create</c> and <c>validation create</c>: those of Atlas' command line, and what it lacks.</summary>
internal sealed class MigrationRequestOptions
{
    private readonly Option<string> sourceCluster = Required("--sourceClusterName", "Name of the source cluster");
    private readonly Option<string> sourceProject = Required("--sourceProjectId", "The source project");
    private readonly Option<string> cluster = Required("--clusterName", "Name of the destination cluster");
    private readonly Option<string> host = Required("--migrationHost", "Name of the migration host: exactly one");
    private readonly Option<string?> user = new("--sourceUsername", "-u") { Description = "User on the source" };
    private readonly Option<string?> password = new("--sourcePassword", "-p")
    {
        Description = "Its password; better typed, or read from standard input",
    };
    private readonly Option<bool> ssl = new("--sourceSsl") { Description = "The source's connections are encrypted" };
    private readonly Option<string?> authority = new("--sourceCACertificatePath")
    {
        Description = "CA file on the migration host; implies --sourceSsl",
    };
    private readonly Option<string> schema = new("--hostnameSchemaType")
    {
        Description = "Which way the host takes to a destination of Atlas",
        DefaultValueFactory = _ => "PUBLIC",
        HelpName = "PUBLIC|PRIVATE_LINK|VPC_PEERING",
    };
    private readonly Option<string?> privateLink = new("--privateLinkId")
    {
        Description = "The private endpoint, for PRIVATE_LINK",
        HelpName = "ID",
    };
    private readonly Option<bool> managed = new("--sourceManagedAuthentication")
    {
        Description = "The migration host holds the source's credentials",
    };
    private readonly Option<bool> writeBlock = new("--writeBlock")
    {
        Description = "Block writes on the source at cutover",
    };
    private readonly Option<string?> sharding = new Option<string?>("--sharding")
    {
        Description =
            "Shard collections of a replica set on a sharded destination, as FILE says (JSON: createSupportingIndexes, shardingEntries)",
        HelpName = "FILE",
    }.ExistingFile();
    private readonly Option<bool> drop = new("--drop")
    {
        Description = "Drop what the destination holds before the start, as the validation has listed it",
    };

    private readonly Option<bool> acceptVersion = new("--acceptVersion")
    {
        Description = "Accept versions below the floor",
    };
    private readonly Option<string[]> standby = new("--standbyHost")
    {
        Description = "A host that goes on by itself if the first is lost; may be given again",
        HelpName = "NAME",
    };
    private readonly Option<bool> rehearsal = new("--rehearsal")
    {
        Description =
            "A rehearsal, for a staging cluster: ended by 'endRehearsal', while applications stay on the source",
    };
    private readonly Option<bool> reversible = new("--reversible")
    {
        Description = "Make it possible to turn round after the cutover ('godwit reverse')",
    };
    private readonly Option<bool> zones = new("--zones")
    {
        Description = "Carry the zones of a sharded source over to a sharded destination",
    };
    private readonly Option<bool> usersAndRoles = new("--usersAndRoles")
    {
        Description =
            "Give the destination the source's users and custom roles after the cutover, with the passwords they have",
    };
    private readonly Option<string[]> clear = new("--clearNamespace")
    {
        Description =
            "Drop this collection or view of the destination before the start, as the validation has listed it; may be given again",
        HelpName = "DATABASE.COLLECTION",
    };
    private readonly Option<string[]> cutoverWindows = new("--cutoverWindow")
    {
        Description = "Hours of the week, in UTC, in which a cutover may be asked for; may be given again",
        HelpName = "HOURS",
    };
    private readonly Option<int?> spool = new("--spoolMegabytes")
    {
        Description = "Disk of the host that changes may take which the destination cannot take yet",
        HelpName = "N",
    };
    private readonly Option<int?> changeStreams = new("--changeStreams")
    {
        Description = "Read the source's changes through N change streams at once, if one does not keep up",
        HelpName = "N",
    };
    private readonly ScopeOptions scope = new();
    private readonly LimitOptions limits = new();

    internal void AddTo(Command command)
    {
        scope.AddTo(command);
        limits.AddTo(command);
        foreach (
            var option in (Option[])
                [
                    sourceCluster,
                    sourceProject,
                    cluster,
                    host,
                    user,
                    password,
                    ssl,
                    authority,
                    managed,
                    schema,
                    privateLink,
                    writeBlock,
                    sharding,
                    drop,
                    acceptVersion,
                    standby,
                    rehearsal,
                    reversible,
                    zones,
                    usersAndRoles,
                    clear,
                    cutoverWindows,
                    spool,
                    changeStreams,
                    HubCommand.Project,
                ]
        )
        {
            command.Add(option);
        }
    }

    /// <summary>Whether it asks for the destination to be cleared, and where that is.</summary>
    internal string? Cleared(ParseResult parsed) =>
        parsed.GetValue(drop) ? $"everything that {parsed.GetRequiredValue(cluster)} holds"
        : parsed.GetValue(clear) is { Length: > 0 } names
            ? $"{string.Join(", ", names)} of {parsed.GetRequiredValue(cluster)}"
        : null;

    /// <summary>The body, with a password that was asked for if it has to be.</summary>
    internal async Task<JsonObject> ReadAsync(ParseResult parsed, string projectId, CancellationToken cancellationToken)
    {
        var isManaged = parsed.GetValue(managed);
        var name = parsed.GetValue(user);
        if (isManaged == (name is not null))
        {
            throw new HubException(
                ExitCodes.Usage,
                isManaged
                    ? "--sourceManagedAuthentication and --sourceUsername exclude each other"
                    : "say --sourceManagedAuthentication, or the user by --sourceUsername"
            );
        }

        var file = parsed.GetValue(authority);
        var source = new JsonObject
        {
            ["clusterName"] = parsed.GetRequiredValue(sourceCluster),
            ["groupId"] = parsed.GetRequiredValue(sourceProject),
            ["managedAuthentication"] = isManaged,
            ["ssl"] = parsed.GetValue(ssl) || file is not null,
        };
        if (file is not null)
        {
            source["caCertificatePath"] = file;
        }

        if (name is not null)
        {
            source["username"] = name;
            source["password"] = parsed.GetValue(password) ?? await AskAsync(cancellationToken).ConfigureAwait(false);
        }

        return new()
        {
            ["sharding"] = await ReadShardingAsync(parsed, cancellationToken).ConfigureAwait(false),
            ["source"] = source,
            ["destination"] = new JsonObject
            {
                ["clusterName"] = parsed.GetRequiredValue(cluster),
                ["groupId"] = projectId,
                ["hostnameSchemaType"] = parsed.GetValue(schema),
                ["privateLinkId"] = parsed.GetValue(privateLink),
            },
            ["migrationHosts"] = new JsonArray(parsed.GetRequiredValue(host)),
            ["dropDestinationData"] = parsed.GetValue(drop),
            ["options"] = ReadOptions(parsed),
        };
    }

    private JsonObject ReadOptions(ParseResult parsed)
    {
        var options = scope.ReadJson(parsed);
        options["writeBlock"] = parsed.GetValue(writeBlock);
        options["limits"] = limits.ReadJson(parsed);
        foreach (var flag in (Option<bool>[])[acceptVersion, rehearsal, reversible, zones, usersAndRoles])
        {
            if (parsed.GetValue(flag))
            {
                options[flag.Name.TrimStart('-')] = true;
            }
        }

        if (parsed.GetValue(standby) is { Length: > 0 } names)
        {
            options["standbyHosts"] = new JsonArray([.. names.Select(name => JsonValue.Create(name))]);
        }

        if (parsed.GetValue(clear) is { Length: > 0 } cleared)
        {
            options["clearNamespaces"] = new JsonArray([.. cleared.Select(name => JsonValue.Create(name))]);
        }

        if (parsed.GetValue(cutoverWindows) is { Length: > 0 } windows)
        {
            options["cutoverWindows"] = new JsonArray([.. windows.Select(one => JsonValue.Create(one))]);
        }

        if (parsed.GetValue(spool) is { } megabytes)
        {
            options["spool"] = new JsonObject { ["megabytes"] = megabytes };
        }

        if (parsed.GetValue(changeStreams) is { } streams)
        {
            options["changeStreams"] = streams;
        }

        return options;
    }

    private async Task<JsonNode?> ReadShardingAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        if (parsed.GetValue(sharding) is not { } file)
        {
            return null;
        }

        try
        {
            var read = JsonNode.Parse(await File.ReadAllTextAsync(file, cancellationToken).ConfigureAwait(false));
            if (read is JsonObject options && !options.ContainsKey("createSupportingIndexes"))
            {
                options["createSupportingIndexes"] = false;
            }

            return read;
        }
        catch (System.Text.Json.JsonException malformed)
        {
            throw new HubException(ExitCodes.Usage, $"--sharding {file}: {malformed.Message}");
        }
    }

    private static Option<string> Required(string name, string description) =>
        new(name) { Description = description, Required = true };

    /// <summary>A password, typed or from standard input.</summary>
    internal static async Task<string> AskAsync(CancellationToken cancellationToken)
    {
        string? text;
        if (Console.IsInputRedirected)
        {
            text = await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false);
        }
        else
        {
            await Console.Error.WriteAsync("Password: ").ConfigureAwait(false);
            text = ReadHidden();
            await Console.Error.WriteLineAsync().ConfigureAwait(false);
        }

        return text is { Length: > 0 } ? text : throw new HubException(ExitCodes.Usage, "no password provided");
    }

    private static string ReadHidden()
    {
        var text = new StringBuilder();
        while (Console.ReadKey(intercept: true) is { Key: not ConsoleKey.Enter } key)
        {
            if (key.Key == ConsoleKey.Backspace && text.Length > 0)
            {
                text.Length--;
            }
            else if (!char.IsControl(key.KeyChar))
            {
                _ = text.Append(key.KeyChar);
            }
        }

        return text.ToString();
    }
}
