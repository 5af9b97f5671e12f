using System.Text.RegularExpressions;
using Godwit.Engine.Preflight;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>What the temporary user may do is said to people as it is (P7).</summary>
public sealed partial class TemporaryUsersDocumentTests
{
    [Theory]
    [InlineData("## The temporary user's role", false)]
    [InlineData("## The source user's role", true)]
    public async Task The_actions_of_a_user_are_those_of_the_document(string heading, bool isSource)
    {
        var text = await File.ReadAllTextAsync(
            Path.Combine(SharedData.RepositoryRoot(), "docs/hub-security.md"),
            TestContext.Current.CancellationToken
        );
        var start = text.IndexOf(heading, StringComparison.Ordinal) + heading.Length;
        var end = text.IndexOf("\n## ", start, StringComparison.Ordinal);
        var rows = (end < 0 ? text[start..] : text[start..end])
            .Split('\n')
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
            .Skip(2)
            .Select(line => line.Split('|'))
            .ToDictionary(cells => cells[1].Trim(), cells => string.Join(", ", Names(cells[2])));
        var role = isSource ? RequiredPrivileges.Source : RequiredPrivileges.Destination;
        rows.ShouldBe(role.ToDictionary(one => Words[one.Resource], one => string.Join(", ", one.Actions)));
    }

    private static readonly Dictionary<string, string> Words = new()
    {
        [RequiredPrivileges.Collections] = "every collection",
        [RequiredPrivileges.Buckets] = "buckets of every time-series collection",
        [RequiredPrivileges.Oplog] = "`local.oplog.rs`",
        [RequiredPrivileges.Configuration] = "database `config`",
        [RequiredPrivileges.Settings] = "`config.settings`",
        [RequiredPrivileges.Cluster] = "the cluster",
    };

    private static IEnumerable<string> Names(string part) => Name().Matches(part).Select(one => one.Groups[1].Value);

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Name();
}
