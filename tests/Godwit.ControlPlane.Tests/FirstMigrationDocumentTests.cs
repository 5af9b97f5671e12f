using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>docs/first-migration.md, typed as it stands there by a shell in an empty folder; only ports are others.</summary>
public sealed partial class FirstMigrationDocumentTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Requirement("F01")]
    [Requirement("F02")]
    public async Task What_it_says_leads_from_nothing_to_two_finished_migrations()
    {
        var document = await File.ReadAllTextAsync(
            Path.Combine(SharedData.RepositoryRoot(), "docs/first-migration.md"),
            Cancellation
        );
        var blocks = Blocks().Matches(document).Select(block => block.Groups[1].Value).ToList();
        blocks.Count.ShouldBeGreaterThan(6);
        var folder = Directory.CreateTempSubdirectory("godwit-first-").FullName;
        try
        {
            var text = string.Join('\n', blocks);
            var ports = Ports().Matches(text).Select(match => match.Value).Distinct().ToList();
            foreach (var (port, free) in ports.Zip(LoopbackPorts.Free(ports.Count)))
            {
                text = text.Replace(port, free.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            }

            var script = new StringBuilder("set -eu\n")
                .Append("trap 'kill $(jobs -p) 2>/dev/null; wait' EXIT\n")
                .Append(text)
                .ToString();
            await File.WriteAllTextAsync(Path.Combine(folder, "typed.sh"), script, Cancellation);
            var bin = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
            File.CreateSymbolicLink(Path.Combine(bin, "godwit"), GodwitProgram.Location);
            await using var shell = RunningProgram.Start(
                "/bin/bash",
                ["-c", $"cd {folder} && exec bash typed.sh"],
                new Dictionary<string, string>
                {
                    ["PATH"] = $"{bin}:/usr/bin:/bin",
                    ["GODWIT_CONFIG"] = Path.Combine(folder, "profiles.json"),
                }
            );
            shell.EndInput();
            (await shell.ExitAsync(Patience, Cancellation)).ShouldBe(0, shell.Describe());
            Verdicts().Count(shell.Output).ShouldBe(2, shell.Describe());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [GeneratedRegex(@"^```sh\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex(@"\b(?:2710[1-3]|8443)\b")]
    private static partial Regex Ports();

    [GeneratedRegex("\"identical\"")]
    private static partial Regex Verdicts();
}
