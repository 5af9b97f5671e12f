using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Storage;
using Godwit.Sandbox.Writing;

namespace Godwit.Sandbox.Diagnostics;

/// <summary><c>setFeatureCompatibilityVersion</c>: the release a member's data are good for, a document in <c>admin.system.version</c>.</summary>
internal static class FeatureCompatibility
{
    private static readonly Namespace Versions = new("admin", "system.version");
    private const string Id = "featureCompatibilityVersion";

    /// <summary>The version in force: the member's own, until another is set.</summary>
    internal static string Current(Member member) => Written(member.Node) ?? member.Profile.FeatureCompatibilityVersion;

    /// <summary>Whether a way to write the oplog may be used: a member of the release before, which the set may still have, has to read it.</summary>
    internal static bool Allows(Node node, string novelty) =>
        node.Options.ServerVersion.Knows(novelty)
        && (Written(node) is not { } version || Version.Parse(version).Knows(novelty));

    /// <summary>Refuses data that another release has written for good, as a server ends at its start.</summary>
    /// <exception cref="IOException">The data are too new, or too old.</exception>
    internal static void CheckOpens(Node node, ServerProfile profile)
    {
        var possible = Possible(profile);
        if (Written(node) is { } version && !possible.Contains(version, StringComparer.Ordinal))
        {
            throw new IOException(
                "Wrong mongod version: UPGRADE PROBLEM: Found an invalid featureCompatibilityVersion document (ERROR: Location4926900: "
                    + $"{Invalid(version, possible)}). If the current featureCompatibilityVersion is below {possible[0]}, see the documentation "
                    + $"on upgrading at https://docs.mongodb.com/master/release-notes/{possible[0]}/#upgrade-procedures."
            );
        }
    }

    /// <summary>Writes down the member's own version, where none is written down.</summary>
    internal static async ValueTask EnsureAsync(Member member, CancellationToken cancellationToken)
    {
        if (member.Node.Find(Versions, Id) is null)
        {
            var document = DocumentOf(member.Profile.FeatureCompatibilityVersion);
            await member.Writes.PutAsync(Versions, document, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Writes it down on a member that begins a set, each by itself and without an oplog entry, as a clean start does
    /// (<c>setIfCleanStartup</c>; recording <c>sessions/snapshot_reads</c>, step 70). All members give the collection the same UUID.
    /// </summary>
    internal static void WriteFirst(Member member, Guid uuid)
    {
        var node = member.Node;
        lock (node.WriteLock)
        {
            if (node.Catalog.Latest.Find(Versions) is not null)
            {
                return;
            }

            using var operation = new WriteOperation(node) { IsApplying = true };
            var made = CatalogWriter.Create(operation, Versions, RawDocument.Empty, uuid: uuid);
            operation.Insert(made, DocumentOf(member.Profile.FeatureCompatibilityVersion));
            node.Commit(operation.Unit);
        }
    }

    /// <summary>Its parts, as <c>serverStatus</c> shows them.</summary>
    internal static RawValue Parts(Member member)
    {
        var version = Version.Parse(Current(member));
        return new DocumentBuilder
        {
            { "major", version.Major },
            { "minor", version.Minor },
            { "transitioning", 0 },
        };
    }

    /// <summary>Sets it.</summary>
    internal static async ValueTask<DocumentBuilder> SetAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var version = context.Arguments.RequiredString("setFeatureCompatibilityVersion");
        var possible = Possible(context.Member.Profile);
        if (!possible.Contains(version, StringComparer.Ordinal))
        {
            throw new CommandException(4926900, Invalid(version, possible));
        }

        if (context.Member.Profile != ServerProfile.V60 && !context.Body["confirm"].IsTruthy())
        {
            var isUpgrade = Version.Parse(version) > Version.Parse(Current(context.Member));
            throw new CommandException(
                7369100,
                isUpgrade
                    ? $"Once you have upgraded to {version}, you will not be able to downgrade FCV and binary version without support "
                        + "assistance. Please re-run this command with 'confirm: true' to acknowledge this and continue with the FCV upgrade."
                    : "Once you have downgraded the FCV, if you choose to downgrade the binary version, it will require support "
                        + "assistance. Please re-run this command with 'confirm: true' to acknowledge this and continue with the FCV downgrade."
            );
        }

        await context.Member.Writes.PutAsync(Versions, DocumentOf(version), cancellationToken).ConfigureAwait(false);
        return [];
    }

    private static string[] Possible(ServerProfile profile) =>
        profile.FeatureCompatibilityVersion switch
        {
            "8.0" => ["7.0", "7.3", "8.0"],
            "7.0" => ["6.0", "7.0"],
            _ => ["5.0", "6.0"],
        };

    private static string Invalid(string version, string[] possible) =>
        $"Invalid feature compatibility version value '{version}'; expected "
        + string.Join(" or ", possible.Select(one => $"'{one}'"))
        + $". See https://docs.mongodb.com/master/release-notes/{possible[0]}-compatibility/#feature-compatibility.";

    private static string? Written(Node node) =>
        node.Find(Versions, Id) is { } document && document["version"] is { Type: BsonType.String } version
            ? version.AsString
            : null;

    private static RawDocument DocumentOf(string version) =>
        new DocumentBuilder { { "_id", Id }, { "version", version } }.Build();
}
