using System.Globalization;
using System.Text.RegularExpressions;
using Godwit.EndToEnd.Tests.Harness;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests;

/// <summary>What the README tells a newcomer to type works as it stands there.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Root = SharedData.RepositoryRoot();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_command_of_the_readme_does_what_it_is_there_for()
    {
        var commands = Commands();
        commands.ShouldContain(one => one.Contains(" migrate "));
        var sandboxes = new List<RunningProgram>();
        var ports = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            foreach (var command in commands)
            {
                if (SandboxPort().Match(command) is { Success: true } port)
                {
                    // Only the port is another one: it may be taken on this machine.
                    var sandbox = Start(command.Replace(port.Value, "--port 0", StringComparison.Ordinal));
                    sandboxes.Add(sandbox);
                    ports.Add(port.Groups[1].Value, await FillAsync(sandbox, isFirst: ports.Count == 0));
                    continue;
                }

                await using var program = Start(
                    ports.Aggregate(
                        command,
                        (text, one) =>
                            text.Replace($"127.0.0.1:{one.Key}", $"127.0.0.1:{one.Value}", StringComparison.Ordinal)
                    )
                );
                program.EndInput();
                (await program.ExitAsync(Rig.Patience, Cancellation)).ShouldBe(0, $"{command}\n{program.Describe()}");
            }
        }
        finally
        {
            foreach (var sandbox in sandboxes)
            {
                await sandbox.DisposeAsync();
            }
        }
    }

    /// <summary>The indented lines that begin with <c>./godwit</c> and leave nothing out.</summary>
    private static List<string> Commands() =>
        [
            .. File.ReadLines(Path.Combine(Root, "README.md"))
                .Where(line => line.StartsWith("    ./godwit ", StringComparison.Ordinal) && !line.Contains('…'))
                .Select(line => line.Trim()),
        ];

    private static RunningProgram Start(string command) =>
        RunningProgram.Start("/bin/bash", ["-c", $"exec {Root}/{command[2..]}"]);

    /// <summary>Waits until it serves and writes to it what the reader is told to put there with a client; returns its port.</summary>
    private static async Task<string> FillAsync(RunningProgram sandbox, bool isFirst)
    {
        var uri = await sandbox.LineAsync(
            line => line.StartsWith("mongodb://", StringComparison.Ordinal),
            TimeSpan.FromMinutes(1),
            Cancellation
        );
        if (isFirst)
        {
            using var client = new MongoClient(uri);
            await client
                .GetDatabase("shop")
                .GetCollection<BsonDocument>("orders")
                .InsertManyAsync(Enumerable.Range(0, 100).Select(i => new BsonDocument("_id", i)), null, Cancellation);
        }

        return MongoUrl.Create(uri).Servers.First().Port.ToString(CultureInfo.InvariantCulture);
    }

    [GeneratedRegex(@"(?<=godwit sandbox .*)--port (\d+)", RegexOptions.CultureInvariant)]
    private static partial Regex SandboxPort();
}
