using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>What the server under test says of itself, and whether a case asks for such a server.</summary>
internal sealed record ServerFacts(Version Version, string Topology, BsonDocument Parameters)
{
    public static async Task<ServerFacts> ReadAsync(IMongoClient client)
    {
        var admin = client.GetDatabase("admin");
        var build = await admin.RunCommandAsync<BsonDocument>(new BsonDocument("buildInfo", 1));
        var hello = await admin.RunCommandAsync<BsonDocument>(new BsonDocument("hello", 1));
        var topology =
            hello.GetValue("msg", "") == "isdbgrid" ? "sharded"
            : hello.Contains("setName") ? "replicaset"
            : "single";
        var version = build["version"].AsString.Split('-')[0];
        return new ServerFacts(Version.Parse(version), topology, await ParametersAsync(admin));
    }

    /// <summary>Why the case is not meant for this server, or null.</summary>
    public string? WhyNot(SpecCase specCase)
    {
        foreach (var level in new[] { specCase.Root, specCase.Test })
        {
            if (
                level.TryGetValue("runOnRequirements", out var all)
                && !all.AsBsonArray.Any(one => IsMet(one.AsBsonDocument))
            )
            {
                return "asks for another server";
            }

            if (level.TryGetValue("skipReason", out var reason))
            {
                return reason.AsString;
            }
        }

        return null;
    }

    private static async Task<BsonDocument> ParametersAsync(IMongoDatabase admin)
    {
        try
        {
            return await admin.RunCommandAsync<BsonDocument>(new BsonDocument("getParameter", "*"));
        }
        catch (MongoCommandException)
        {
            return [];
        }
    }

    private bool IsMet(BsonDocument requirement) =>
        requirement.All(condition =>
            condition.Name switch
            {
                "minServerVersion" => Compare(condition.Value.AsString) >= 0,
                "maxServerVersion" => Compare(condition.Value.AsString) <= 0,
                "topologies" => condition.Value.AsBsonArray.Contains(Topology),
                "serverParameters" => condition.Value.AsBsonDocument.All(p =>
                    Parameters.GetValue(p.Name, BsonNull.Value) == p.Value
                ),
                "auth" => !condition.Value.AsBoolean,
                "serverless" => condition.Value != "require",
                "csfle" => condition.Value.IsBoolean && !condition.Value.AsBoolean,
                _ => false,
            }
        );

    /// <summary>Compares as many parts as the requirement has.</summary>
    private int Compare(string wanted)
    {
        var parts = wanted.Split('.').Select(int.Parse).ToArray();
        int[] mine = [Version.Major, Version.Minor, Math.Max(0, Version.Build)];
        for (var i = 0; i < parts.Length; i++)
        {
            if (mine[i] != parts[i])
            {
                return mine[i].CompareTo(parts[i]);
            }
        }

        return 0;
    }
}
