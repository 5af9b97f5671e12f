using System.Text.Json;
using Godwit.Contracts;

namespace Godwit.Cli.Hubs;

/// <summary>
/// Profiles: a file that its owner alone may read, and over it the environment, so that scripts need no file. Names that Atlas' command line
/// reads are understood too.
/// </summary>
internal static class HubProfiles
{
    internal const string Default = "default";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private static string FilePath =>
        Environment.GetEnvironmentVariable("GODWIT_CONFIG")
        ?? Path.Combine(
            Environment.GetFolderPath(
                Environment.SpecialFolder.ApplicationData,
                Environment.SpecialFolderOption.DoNotVerify
            ),
            "godwit",
            "profiles.json"
        );

    /// <summary>The profile of this name, with what the environment says over it.</summary>
    internal static HubProfile Read(string name)
    {
        var kept = ReadAll().GetValueOrDefault(name) ?? new HubProfile();
        return kept with
        {
            Url = Variable("HUB_URL", "OPS_MANAGER_URL") is { } url ? new Uri(url) : kept.Url,
            AuthorityFile = Variable("HUB_CA", null) ?? kept.AuthorityFile,
            PublicKey = Variable("PUBLIC_API_KEY", "PUBLIC_API_KEY") ?? kept.PublicKey,
            PrivateKey = Variable("PRIVATE_API_KEY", "PRIVATE_API_KEY") ?? kept.PrivateKey,
            OrganizationId = Variable("ORG_ID", "ORG_ID") ?? kept.OrganizationId,
            ProjectId = Variable("PROJECT_ID", "PROJECT_ID") ?? kept.ProjectId,
        };
    }

    internal static void Write(string name, HubProfile profile)
    {
        var all = ReadAll();
        all[name] = profile;
        _ = Directory.CreateDirectory(Path.GetDirectoryName(FilePath)!);
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        };
        using var stream = new FileStream(FilePath, options);
        JsonSerializer.Serialize(stream, all, ApiJson.Lenient);
    }

    private static Dictionary<string, HubProfile> ReadAll() =>
        File.Exists(FilePath) ? ApiJson.Read<Dictionary<string, HubProfile>>(File.ReadAllText(FilePath)) : [];

    private static string? Variable(string name, string? atlasName) =>
        Environment.GetEnvironmentVariable($"GODWIT_{name}") is { Length: > 0 } own ? own
        : atlasName is not null
        && Environment.GetEnvironmentVariable($"MONGODB_ATLAS_{atlasName}") is { Length: > 0 } atlas
            ? atlas
        : null;
}
