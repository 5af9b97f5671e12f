using Godwit.Contracts;
using Godwit.Contracts.Atlas;
using Godwit.Engine.Planning;
using Godwit.Hub.Api;
using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Requests;

/// <summary>What of a request can be judged without looking anything up: every wrong field at once (M-118, M-119).</summary>
internal static class RequestFields
{
    internal const string Public = "PUBLIC";
    private static readonly string[] Schemas = [Public, "PRIVATE_LINK", "VPC_PEERING"];

    /// <summary>Checks a request of an Atlas version, or of Godwit's own prefix.</summary>
    /// <param name="request">The request.</param>
    /// <param name="version">The Atlas version; <see langword="null"/> under the own prefix.</param>
    /// <param name="today">For the sunset of the first version.</param>
    /// <param name="groupId">The project in the path.</param>
    internal static void Require(LiveMigrationRequest request, ApiVersion? version, DateOnly today, string groupId)
    {
        var wrong = new List<BadField>();
        RequireVersion(request, version, today, wrong);
        RequireSource(request.Source, wrong);
        RequireDestination(request.Destination, groupId, wrong);
        RequireSharding(request.Sharding, wrong);
        wrong.AddRange(OptionFields.Check(request.Options));
        Add(
            wrong,
            request is { DropDestinationData: true, Options.ClearNamespaces.Count: > 0 },
            "options.clearNamespaces",
            "dropDestinationData drops everything: send one of them"
        );
        if (request.MigrationHosts is not [{ Length: > 0 }])
        {
            wrong.Add(new("migrationHosts", "it holds exactly one name of a migration host"));
        }

        if (wrong.Count > 0)
        {
            throw Refusal.Invalid(wrong);
        }
    }

    private static void RequireVersion(
        LiveMigrationRequest request,
        ApiVersion? version,
        DateOnly today,
        List<BadField> wrong
    )
    {
        if (version is null)
        {
            return;
        }

        if (request.Options is not null)
        {
            wrong.Add(new("options", "it is taken under /api/godwit/v1 only"));
        }

        if (version == ApiVersion.First)
        {
            if (today >= ApiVersion.FirstSunset)
            {
                throw new Refusal(
                    StatusCodes.Status410Gone,
                    "VERSION_GONE",
                    $"{ApiVersion.First.MediaType} is no longer served for this resource; use {ApiVersion.DropDestinationData.MediaType}."
                );
            }

            Add(wrong, request.DropEnabled is null, "dropEnabled", "it is missing");
            Add(
                wrong,
                request.DropDestinationData is not null,
                "dropDestinationData",
                $"it is taken from {ApiVersion.DropDestinationData.MediaType} on"
            );
        }
        else
        {
            Add(wrong, request.DropEnabled is not null, "dropEnabled", "its name is dropDestinationData here");
        }
    }

    private static void RequireSource(SourceRequest? source, List<BadField> wrong)
    {
        if (source is null)
        {
            wrong.Add(new("source", "it is missing"));
            return;
        }

        Add(wrong, source.ClusterName is not { Length: > 0 }, "source.clusterName", "it is missing");
        Add(wrong, !ObjectIds.IsValid(source.GroupId ?? ""), "source.groupId", "it has 24 hexadecimal digits");
        Add(wrong, source.ManagedAuthentication is null, "source.managedAuthentication", "it is missing");
        Add(wrong, source.Ssl is null, "source.ssl", "it is missing");
        Add(
            wrong,
            source is { ManagedAuthentication: true } and ({ Username: not null } or { Password: not null }),
            "source.username",
            "it is not sent where authentication is managed"
        );
        Add(
            wrong,
            source is { Username: not null, Password: null or "" },
            "source.password",
            "it is missing beside the user name"
        );
        Add(
            wrong,
            source.CaCertificatePath is { Length: > 0 } path
                && (!path.StartsWith('/') || path.Split('/').Contains("..") || path.Any(char.IsControl)),
            "source.caCertificatePath",
            "it is an absolute path on the migration host, without '..'"
        );
        Add(
            wrong,
            source is { CaCertificatePath: { Length: > 0 }, Ssl: false },
            "source.caCertificatePath",
            "it is of no use without ssl"
        );
    }

    private static void RequireDestination(DestinationRequest? destination, string groupId, List<BadField> wrong)
    {
        if (destination is null)
        {
            wrong.Add(new("destination", "it is missing"));
            return;
        }

        Add(wrong, destination.ClusterName is not { Length: > 0 }, "destination.clusterName", "it is missing");
        Add(wrong, destination.GroupId != groupId, "destination.groupId", "it is the project in the path");
        // The stock Atlas command line does not send it.
        var schema = destination.HostnameSchemaType ?? Public;
        Add(
            wrong,
            !Schemas.Contains(schema),
            "destination.hostnameSchemaType",
            $"it is one of {string.Join(", ", Schemas)}"
        );
        Add(
            wrong,
            schema == "PRIVATE_LINK" && destination.PrivateLinkId is not { Length: > 0 },
            "destination.privateLinkId",
            "it is missing for PRIVATE_LINK"
        );
    }

    private static void RequireSharding(ShardingRequest? sharding, List<BadField> wrong)
    {
        if (sharding is null)
        {
            return;
        }

        Add(wrong, sharding.CreateSupportingIndexes is null, "sharding.createSupportingIndexes", "it is missing");
        Add(wrong, sharding.ShardingEntries is null, "sharding.shardingEntries", "it is missing");
        try
        {
            _ = sharding.ShardingEntries is null ? null : ShardingOptions.Parse(ApiJson.Write(Filled(sharding)));
        }
        catch (ShardingFormatException malformed)
        {
            wrong.Add(new("sharding.shardingEntries", malformed.Reason));
        }
    }

    /// <summary>So that what else is wrong is found beside a missing flag.</summary>
    private static ShardingRequest Filled(ShardingRequest sharding) =>
        sharding with
        {
            CreateSupportingIndexes = sharding.CreateSupportingIndexes ?? false,
        };

    private static void Add(List<BadField> wrong, bool isWrong, string field, string what)
    {
        if (isWrong)
        {
            wrong.Add(new(field, what));
        }
    }
}
