using System.Text.RegularExpressions;
using Godwit.Engine.Mongo.Administration;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>What the temporary user may do is said to people as it is (P7).</summary>
public sealed partial class TemporaryUsersDocumentTests
{
    [Fact]
    public async Task The_actions_of_the_temporary_user_are_those_of_the_document()
    {
        var text = await File.ReadAllTextAsync(
            Path.Combine(SharedData.RepositoryRoot(), "docs/hub-security.md"),
            TestContext.Current.CancellationToken
        );
        var role = text[text.IndexOf("## The temporary user's role", StringComparison.Ordinal)..];
        var onCluster = role.IndexOf("On the cluster:", StringComparison.Ordinal);
        var end = role.IndexOf("Besides:", StringComparison.Ordinal);
        var start = role.IndexOf("included:", StringComparison.Ordinal);
        Names(role[start..onCluster]).ShouldBe(TemporaryUsers.DataActions);
        Names(role[onCluster..end]).ShouldBe(TemporaryUsers.ClusterActions);
    }

    private static IEnumerable<string> Names(string part) => Name().Matches(part).Select(one => one.Groups[1].Value);

    [GeneratedRegex(@"`(\w+)`")]
    private static partial Regex Name();
}
