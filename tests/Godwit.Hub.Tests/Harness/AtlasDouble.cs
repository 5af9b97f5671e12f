using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Godwit.Hub.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Godwit.Hub.Tests.Harness;

/// <summary>
/// Atlas' Admin API as far as the Hub uses it, as its documentation has it: digest and tokens, versions in media types, pages, error bodies,
/// what it takes for custom roles, and that changes reach a cluster some time later.
/// </summary>
internal sealed class AtlasDouble : IAsyncDisposable
{
    public const string GroupId = "5f0000000000000000000001";
    public const string PublicKey = "abcdefgh";
    public const string PrivateKey = "planted-Atlas-Private-Key";
    public const string ClientId = "mdb_sa_id_5f0000000000000000000002";
    public const string ClientSecret = "mdb_sa_sk_planted-Atlas-Client-Secret";
    private const string Realm = "MMS Public API";
    private const string Nonce = "c0ffee";

    /// <summary>What custom roles may be given by the API.</summary>
    private static readonly HashSet<string> Actions =
    [
        .. """
            BYPASS_DOCUMENT_VALIDATION FIND INSERT REMOVE UPDATE USE_UUID CREATE_COLLECTION CREATE_INDEX DROP_COLLECTION CHANGE_STREAM COLL_MOD
            COMPACT CONVERT_TO_CAPPED DROP_DATABASE DROP_INDEX RE_INDEX RENAME_COLLECTION_SAME_DB SET_USER_WRITE_BLOCK BYPASS_USER_WRITE_BLOCK
            COLL_STATS DB_HASH DB_STATS GET_PARAMETER IN_PROG LIST_DATABASES LIST_COLLECTIONS LIST_SHARDS LIST_INDEXES SERVER_STATUS ENABLE_SHARDING
            """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries),
    ];

    private static readonly HashSet<string> BuiltIn =
    [
        "atlasAdmin",
        "readWriteAnyDatabase",
        "readAnyDatabase",
        "dbAdminAnyDatabase",
        "clusterMonitor",
        "backup",
        "enableSharding",
    ];

    private readonly WebApplication application;
    private readonly ConcurrentDictionary<string, int> pending = new();

    private AtlasDouble(WebApplication application) => this.application = application;

    public Uri Url { get; private set; } = null!;

    /// <summary>Its clusters, by name.</summary>
    public ConcurrentDictionary<string, JsonObject> Clusters { get; } = new();

    /// <summary>Its database users, by name.</summary>
    public ConcurrentDictionary<string, JsonObject> Users { get; } = new();

    public ConcurrentDictionary<string, JsonObject> Roles { get; } = new();

    /// <summary>Its access list, by block.</summary>
    public ConcurrentDictionary<string, JsonObject> AccessList { get; } = new();

    /// <summary>Schedules of backups, by cluster.</summary>
    public ConcurrentDictionary<string, JsonObject> Schedules { get; } = new();

    /// <summary>Whether a policy of the organisation keeps everybody from taking a schedule away.</summary>
    public bool IsBackupKept { get; set; }

    public JsonArray Peerings { get; } = [];

    public JsonArray EndpointServices { get; } = [];

    /// <summary>How often it was asked for a token.</summary>
    public int Tokens { get; private set; }

    /// <summary>Told of each user that is made or changed, and of each that goes; for a cluster that is really there.</summary>
    public Func<string, JsonObject?, Task> OnUser { get; set; } = (_, _) => Task.CompletedTask;

    public static async Task<AtlasDouble> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var application = builder.Build();
        var atlas = new AtlasDouble(application);
        application.Run(atlas.AnswerAsync);
        await application.StartAsync();
        atlas.Url = new(application.Urls.Single());
        return atlas;
    }

    /// <summary>A cluster as Atlas describes it since 2024-08-05.</summary>
    public JsonObject AddCluster(string name, string address, string tier = "M30", string type = "REPLICASET")
    {
        var region = JsonNode.Parse(
            $$"""
            {"providerName":"AWS","regionName":"EU_WEST_1","priority":7,
             "electableSpecs":{"instanceSize":"{{tier}}","nodeCount":3,"diskSizeGB":80.0,"diskIOPS":3000},
             "autoScaling":{"compute":{"enabled":false,"scaleDownEnabled":false},"diskGB":{"enabled":true} } }
            """
        );
        var cluster = new JsonObject
        {
            ["id"] = "5f00000000000000000000a1",
            ["groupId"] = GroupId,
            ["name"] = name,
            ["clusterType"] = type,
            ["mongoDBVersion"] = "8.0.10",
            ["mongoDBMajorVersion"] = "8.0",
            ["stateName"] = "IDLE",
            ["paused"] = false,
            ["backupEnabled"] = true,
            ["biConnector"] = new JsonObject { ["enabled"] = false, ["readPreference"] = "secondary" },
            ["connectionStrings"] = new JsonObject { ["standard"] = address },
            ["replicationSpecs"] = new JsonArray(new JsonObject { ["regionConfigs"] = new JsonArray(region) }),
        };
        Clusters[name] = cluster;
        Schedules[name] = JsonNode
            .Parse(
                $$"""
                {"clusterName":"{{name}}","referenceHourOfDay":3,"restoreWindowDays":7,"policies":[{"id":"5f00000000000000000000b1",
                 "policyItems":[{"id":"5f00000000000000000000b2","frequencyType":"daily","frequencyInterval":1,"retentionUnit":"days","retentionValue":7}]}]}
                """
            )!
            .AsObject();
        return cluster;
    }

    public async ValueTask DisposeAsync() => await application.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!;
        if (path == "/api/oauth/token")
        {
            await TokenAsync(http);
            return;
        }

        if (!IsKnown(http.Request))
        {
            http.Response.Headers.WWWAuthenticate =
                $"Digest realm=\"{Realm}\", domain=\"\", nonce=\"{Nonce}\", algorithm=MD5, qop=\"auth\", stale=false";
            await RefuseAsync(http, 401, "UNAUTHORIZED", "You are not authorized for this resource.");
            return;
        }

        var accept = http.Request.Headers.Accept.ToString();
        var isNewer =
            path.EndsWith("/clusters", StringComparison.Ordinal)
            || path.EndsWith("/backup/schedule", StringComparison.Ordinal);
        if (accept != $"application/vnd.atlas.{(isNewer ? "2024-08-05" : "2023-01-01")}+json")
        {
            await RefuseAsync(http, 406, "INVALID_VERSION", $"No such version: {accept}.");
            return;
        }

        const string root = "/api/atlas/v2/groups/";
        var parts = path.StartsWith(root, StringComparison.Ordinal) ? path[root.Length..].Split('/') : [];
        if (parts is not [GroupId, ..])
        {
            await RefuseAsync(http, 404, "GROUP_NOT_FOUND", "The specified group could not be found.");
            return;
        }

        var body = http.Request.ContentLength is > 0 ? await JsonNode.ParseAsync(http.Request.Body) : null;
        await RouteAsync(http, $"{http.Request.Method} {string.Join('/', parts[1..])}", parts, body);
    }

    private Task RouteAsync(HttpContext http, string asked, string[] parts, JsonNode? body) =>
        (http.Request.Method, parts[1..]) switch
        {
            ("GET", []) => GiveAsync(http, new JsonObject { ["id"] = GroupId, ["name"] = "Shop in the cloud" }),
            ("GET", ["clusters"]) => PageAsync(http, Clusters.Values),
            ("GET", ["clusters", var name, "status"]) => Clusters.ContainsKey(name)
                ? GiveAsync(http, new JsonObject { ["changeStatus"] = IsPending("users") ? "PENDING" : "APPLIED" })
                : RefuseAsync(http, 404, "CLUSTER_NOT_FOUND", $"No cluster named {name} exists."),
            (_, ["clusters", var name, "backup", "schedule"]) => ScheduleAsync(http, name, body),
            ("GET", ["peers"]) => PageAsync(
                http,
                Peerings
                    .OfType<JsonObject>()
                    .Where(one => (string)one["providerName"]! == http.Request.Query["providerName"])
            ),
            ("GET", ["privateEndpoint", var cloud, "endpointService"]) => GiveAsync(
                http,
                new JsonArray([
                    .. EndpointServices
                        .OfType<JsonObject>()
                        .Where(one => (string)one["cloudProvider"]! == cloud)
                        .Select(one => one.DeepClone()),
                ])
            ),
            ("POST", ["customDBRoles", "roles"]) => AddRoleAsync(http, body!.AsObject()),
            ("PATCH", ["customDBRoles", "roles", var role]) => Roles.ContainsKey(role)
                ? GiveAsync(http, Roles[role] = Named(role, body!.AsObject()))
                : RefuseAsync(http, 404, "ATLAS_CUSTOM_ROLE_NOT_FOUND", $"The custom role {role} was not found."),
            ("DELETE", ["customDBRoles", "roles", var role]) => RemoveRoleAsync(http, role),
            ("POST", ["databaseUsers"]) => PutUserAsync(http, body!.AsObject(), isNew: true),
            ("PATCH", ["databaseUsers", "admin", _]) => PutUserAsync(http, body!.AsObject(), isNew: false),
            ("DELETE", ["databaseUsers", "admin", var user]) => RemoveUserAsync(http, user),
            ("GET", ["accessList"]) => PageAsync(http, AccessList.Values),
            ("POST", ["accessList"]) => AddAccessAsync(http, body!.AsArray()),
            ("GET", ["accessList", .. var entry, "status"]) => GiveAsync(
                http,
                new JsonObject { ["STATUS"] = IsPending(Entry(entry)) ? "PENDING" : "ACTIVE" }
            ),
            ("DELETE", ["accessList", .. var entry]) => AccessList.TryRemove(Entry(entry), out _)
                ? NothingAsync(http)
                : RefuseAsync(http, 404, "ATLAS_NETWORK_PERMISSION_ENTRY_NOT_FOUND", "No such entry."),
            _ => RefuseAsync(http, 404, "RESOURCE_NOT_FOUND", $"Cannot find resource {asked}."),
        };

    /// <summary>What is taken away leaves a policy without rules, under another id.</summary>
    private Task ScheduleAsync(HttpContext http, string name, JsonNode? body)
    {
        var schedule = Schedules[name];
        var policy = schedule["policies"]![0]!.AsObject();
        switch (http.Request.Method)
        {
            case "DELETE" when IsBackupKept:
                return RefuseAsync(
                    http,
                    403,
                    "BACKUP_POLICIES_NOT_MEETING_BACKUP_COMPLIANCE_POLICY_REQUIREMENTS",
                    "No."
                );
            case "DELETE":
                policy["id"] = "5f00000000000000000000b3";
                policy["policyItems"] = new JsonArray();
                break;
            case "PATCH" when (string?)body!["policies"]![0]!["id"] != (string?)policy["id"]:
                return RefuseAsync(http, 404, "BACKUP_POLICY_NOT_FOUND", "No such policy.");
            case "PATCH":
                foreach (var (field, value) in body!.AsObject())
                {
                    schedule[field] = value?.DeepClone();
                }

                break;
            default:
                break;
        }

        return GiveAsync(http, schedule.DeepClone());
    }

    /// <summary>Kestrel leaves an escaped slash as it is.</summary>
    private static string Entry(string[] parts) => Uri.UnescapeDataString(string.Join('/', parts));

    private Task AddRoleAsync(HttpContext http, JsonObject role)
    {
        var unknown = role["actions"]!
            .AsArray()
            .Select(one => (string)one!["action"]!)
            .FirstOrDefault(one => !Actions.Contains(one));
        var name = (string)role["roleName"]!;
        return unknown is not null
                ? RefuseAsync(http, 400, "INVALID_ENUM_VALUE", $"An invalid enumeration value {unknown} was specified.")
            : Roles.TryAdd(name, role) ? GiveAsync(http, role)
            : RefuseAsync(http, 409, "DUPLICATE_ATLAS_CUSTOM_ROLE", $"A role named {name} exists.");
    }

    private Task RemoveRoleAsync(HttpContext http, string role) =>
        Users.Values.Any(user => RolesOf(user).Contains(role))
            ? RefuseAsync(http, 409, "ATLAS_CUSTOM_ROLE_IN_USE", $"The role {role} is in use.")
        : Roles.TryRemove(role, out _) ? NothingAsync(http)
        : RefuseAsync(http, 404, "ATLAS_CUSTOM_ROLE_NOT_FOUND", $"The custom role {role} was not found.");

    private async Task PutUserAsync(HttpContext http, JsonObject user, bool isNew)
    {
        var name = (string)user["username"]!;
        var scope = (string)user["scopes"]![0]!["name"]!;
        if (RolesOf(user).FirstOrDefault(one => !BuiltIn.Contains(one) && !Roles.ContainsKey(one)) is { } unknown)
        {
            await RefuseAsync(http, 400, "ATLAS_INVALID_ROLE", $"Invalid role {unknown}.");
        }
        else if (!Clusters.ContainsKey(scope))
        {
            await RefuseAsync(http, 400, "INVALID_SCOPE", $"Invalid scope {scope}.");
        }
        else if (isNew == Users.ContainsKey(name))
        {
            await RefuseAsync(http, isNew ? 409 : 404, isNew ? "USER_ALREADY_EXISTS" : "USERNAME_NOT_FOUND", name);
        }
        else
        {
            Users[name] = user;
            pending["users"] = 1;
            await OnUser(name, user);
            var shown = user.DeepClone().AsObject();
            _ = shown.Remove("password");
            await GiveAsync(http, shown, isNew ? 201 : 200);
        }
    }

    private async Task RemoveUserAsync(HttpContext http, string name)
    {
        if (!Users.TryRemove(name, out _))
        {
            await RefuseAsync(http, 404, "USERNAME_NOT_FOUND", name);
            return;
        }

        await OnUser(name, null);
        await NothingAsync(http);
    }

    private Task AddAccessAsync(HttpContext http, JsonArray entries)
    {
        foreach (var entry in entries.Select(one => one!.AsObject()))
        {
            var block = (string)entry["cidrBlock"]!;
            AccessList[block] = entry;
            pending[block] = 1;
        }

        return PageAsync(http, AccessList.Values);
    }

    private bool IsPending(string what)
    {
        var left = pending.GetValueOrDefault(what);
        pending[what] = left - 1;
        return left > 0;
    }

    private static JsonObject Named(string role, JsonObject change)
    {
        var named = change.DeepClone().AsObject();
        named["roleName"] = role;
        return named;
    }

    private static IEnumerable<string> RolesOf(JsonObject user) =>
        user["roles"]!.AsArray().Select(one => (string)one!["roleName"]!);

    private static bool IsKnown(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        return header == "Bearer a-token"
            || (
                DigestHeader.Parse(header) is { UserName: PublicKey } digest
                && digest.IsMadeWith(DigestHeader.HashPassword(PublicKey, Realm, PrivateKey), request.Method)
            );
    }

    private async Task TokenAsync(HttpContext http)
    {
        var form = await http.Request.ReadFormAsync();
        var expected = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{ClientId}:{ClientSecret}"));
        if (form["grant_type"] != "client_credentials" || http.Request.Headers.Authorization != $"Basic {expected}")
        {
            await GiveAsync(http, new JsonObject { ["error"] = "invalid_client" }, 401);
            return;
        }

        Tokens++;
        await GiveAsync(
            http,
            new JsonObject
            {
                ["access_token"] = "a-token",
                ["expires_in"] = 3600,
                ["token_type"] = "Bearer",
            }
        );
    }

    private static Task PageAsync(HttpContext http, IEnumerable<JsonObject> all)
    {
        var size = int.Parse(http.Request.Query["itemsPerPage"].FirstOrDefault() ?? "100", null);
        var number = int.Parse(http.Request.Query["pageNum"].FirstOrDefault() ?? "1", null);
        var list = all.ToList();
        return GiveAsync(
            http,
            new JsonObject
            {
                ["links"] = new JsonArray(),
                ["results"] = new JsonArray([
                    .. list.Skip((number - 1) * size).Take(size).Select(one => one.DeepClone()),
                ]),
                ["totalCount"] = list.Count,
            }
        );
    }

    private static Task NothingAsync(HttpContext http)
    {
        http.Response.StatusCode = 204;
        return Task.CompletedTask;
    }

    private static Task RefuseAsync(HttpContext http, int status, string code, string detail) =>
        GiveAsync(
            http,
            new JsonObject
            {
                ["error"] = status,
                ["errorCode"] = code,
                ["detail"] = detail,
                ["reason"] = ((HttpStatusCode)status).ToString(),
                ["parameters"] = new JsonArray(),
            },
            status
        );

    private static Task GiveAsync(HttpContext http, JsonNode body, int status = 200)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(body.ToJsonString());
    }
}
