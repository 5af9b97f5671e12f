using Godwit.Contracts;
using Godwit.Contracts.Atlas;

namespace Godwit.Hub.Web.Wizard;

/// <summary>What was filled into the wizard so far. Kept in the viewer's browser, the password left out.</summary>
internal sealed class Draft
{
    public int Step { get; set; }

    public string? Destination { get; set; }

    /// <summary>Which way the host takes to it: PUBLIC, VPC_PEERING or PRIVATE_LINK.</summary>
    public string Connection { get; set; } = "PUBLIC";

    public string? PrivateLinkId { get; set; }

    public string? SourceProjectId { get; set; }

    public string? SourceCluster { get; set; }

    public string? Host { get; set; }

    public bool UsesOwnUser { get; set; }

    public string UserName { get; set; } = "";

    [System.Text.Json.Serialization.JsonIgnore]
    public string Password { get; set; } = "";

    public bool IsTls { get; set; }

    public string AuthorityFile { get; set; } = "";

    public bool Shards { get; set; }

    public string ShardingText { get; set; } = "";

    public bool CreatesIndexes { get; set; } = true;

    /// <summary>Whether what the destination holds is dropped; in effect once its name was typed.</summary>
    public bool Clears { get; set; }

    /// <summary>The destination's name as it was typed to confirm that.</summary>
    public string ClearName { get; set; } = "";

    /// <summary>Hosts that go on by themselves if the first is lost.</summary>
    public List<string> Standby { get; set; } = [];

    public bool BlocksSource { get; set; }

    public bool AcceptsVersion { get; set; }

    /// <summary>Whether the destination gets users and custom roles after the cutover.</summary>
    public bool CopiesUsers { get; set; }

    /// <summary>Whether they are asked for: nothing is cut over by a rehearsal.</summary>
    internal bool AsksForUsers => CopiesUsers && !Advanced.IsRehearsal;

    /// <summary>What few migrations need.</summary>
    public Advanced Advanced { get; set; } = new();

    /// <summary>The validation that the filled-in values were checked by last.</summary>
    public string? ValidationId { get; set; }

    /// <summary>Whether warnings of that validation were read.</summary>
    public bool IsAcknowledged { get; set; }

    /// <summary>The request as the API takes it.</summary>
    internal LiveMigrationRequest ToRequest(string projectId) =>
        new()
        {
            Source = new(
                SourceCluster,
                SourceProjectId,
                !UsesOwnUser,
                IsTls,
                IsTls && AuthorityFile.Trim().Length > 0 ? AuthorityFile.Trim() : null,
                UsesOwnUser && UserName.Length > 0 ? UserName : null,
                UsesOwnUser && UserName.Length > 0 ? Password : null
            ),
            Destination = new(Destination, projectId, Connection, Connection == "PRIVATE_LINK" ? PrivateLinkId : null),
            MigrationHosts = [Host ?? ""],
            DropDestinationData = Clears,
            Sharding = Shards ? new(CreatesIndexes, ShardingJson.Parse(ShardingText).Entries) : null,
            Options = Advanced.AddTo(
                new()
                {
                    WriteBlock = BlocksSource && !Advanced.IsRehearsal,
                    AcceptVersion = AcceptsVersion,
                    UsersAndRoles = AsksForUsers ? true : null,
                    StandbyHosts = UsesOwnUser ? [] : [.. Standby.Where(one => one != Host)],
                }
            ),
        };

    /// <summary>All that a validation depends on, secrets left out: once it is another, what was validated does not hold.</summary>
    internal string Fingerprint()
    {
        var request = ToRequest("");
        return ApiJson.Write(
                request with
                {
                    Source = request.Source! with { Password = null },
                    Options = request.Options! with { DocumentRules = null },
                }
            ) + Advanced.Digest();
    }

    /// <summary>A new draft of what was asked for before: for production after a rehearsal, or another attempt. Another destination is chosen.</summary>
    internal static Draft Again(Contracts.Own.MigrationResource former) =>
        new()
        {
            Step = 1,
            SourceProjectId = former.SourceGroupId,
            SourceCluster = former.SourceCluster,
            Host = former.MigrationHosts.FirstOrDefault(),
            Standby = [.. former.StandbyHosts],
            Destination = former.Status == "REHEARSED" ? null : former.DestinationCluster,
            BlocksSource = former.BlocksSource,
            AcceptsVersion = former.Options?.AcceptVersion == true,
            CopiesUsers = former.Options?.UsersAndRoles == true,
            Advanced = Advanced.Of(former.Options ?? new(), former.HasDocumentRules),
        };
}
