using System.Diagnostics;
using Godwit.Agent;
using Godwit.Agent.Identity;
using Godwit.Cli.Verbs;
using Godwit.Contracts.Agents;
using Godwit.Testing;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Verbs;

/// <summary><c>godwit agent upgrade</c>: the new program takes the place of the old one, or the old one is back.</summary>
[Requirement("A06")]
public sealed class AgentUpgradeTests : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("godwit-upgrade-").FullName;
    private readonly FakeTimeProvider time = new();
    private readonly List<string> said = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private AgentFolder Folder => new(Path.Combine(root, "agent"));

    private string Program => Path.Combine(root, "godwit");

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task A_program_that_links_stays_and_the_one_before_is_kept()
    {
        var unit = Install("old");
        (await SwapAsync(unit, "new", "new")).ShouldBeTrue();
        (await File.ReadAllTextAsync(Program, Token)).ShouldBe("new");
        (await File.ReadAllTextAsync($"{Program}.previous", Token)).ShouldBe("old");
        unit.Steps.ShouldBe(["stop", "start new"]);
        File.GetUnixFileMode(Program).HasFlag(UnixFileMode.UserExecute).ShouldBeTrue();
        File.Exists($"{Program}.next").ShouldBeFalse();
    }

    [Theory]
    [InlineData("mute")]
    [InlineData("broken")]
    [InlineData("other")]
    public async Task A_program_that_does_not_link_makes_way_for_the_one_before(string next)
    {
        var unit = Install("old");
        (await SwapAsync(unit, next, "new")).ShouldBeFalse();
        (await File.ReadAllTextAsync(Program, Token)).ShouldBe("old");
        unit.Steps.ShouldBe(["stop", $"start {next}", "stop", "start old"]);
        said[^1].ShouldContain("as it did before");
    }

    [Fact]
    public async Task Where_the_agent_cannot_be_stopped_nothing_is_changed()
    {
        var unit = Install("old");
        unit.Stops = false;
        (await SwapAsync(unit, "new", "new")).ShouldBeFalse();
        (await File.ReadAllTextAsync(Program, Token)).ShouldBe("old");
        unit.Steps.ShouldBe(["stop"]);
    }

    [Fact]
    public void Only_a_version_that_goes_with_the_Hub_and_can_do_as_much_is_taken()
    {
        AgentUpgrade.Judge(new("1.4.0", HostAbilities.All), "1.5.0").ShouldBeNull();
        AgentUpgrade.Judge(new("1.4.0", HostAbilities.All), null).ShouldBeNull();
        AgentUpgrade.Judge(new("1.3.0", HostAbilities.All), "1.5.0")!.Code.ShouldBe(VersionSkew.Code);
        AgentUpgrade
            .Judge(new("1.5.0", [HostAbilities.TellUsers]), "1.5.0")!
            .Message.ShouldContain(HostAbilities.TurnRound);
    }

    [Fact]
    public async Task What_is_no_program_of_ours_is_told_apart_from_one_that_says_what_it_is()
    {
        var good = Script("good", """echo '{"version":"1.5.0","abilities":["TELL_USERS"]}'""");
        var described = await AgentUpgrade.DescribeAsync(good, Token);
        described.Version.ShouldBe("1.5.0");
        described.Abilities.ShouldBe(["TELL_USERS"]);
        foreach (var text in (string[])["exit 2", "echo hello"])
        {
            var wrong = await Should.ThrowAsync<AgentException>(
                AgentUpgrade.DescribeAsync(Script("wrong", text), Token)
            );
            wrong.Code.ShouldBe("NOT_AN_AGENT");
        }

        var none = await Should.ThrowAsync<AgentException>(
            AgentUpgrade.DescribeAsync(Path.Combine(root, "none"), Token)
        );
        none.Code.ShouldBe("NOT_AN_AGENT");
    }

    [Fact]
    public void The_unit_that_install_has_written_says_which_program_and_folder()
    {
        var unit = Path.Combine(root, AgentInstall.Resource);
        Should.Throw<AgentException>(() => AgentUnit.Read(root)).Code.ShouldBe("AGENT_NOT_INSTALLED");
        File.WriteAllText(unit, AgentInstall.Compose($"{root}/god wit/godwit", "/var/lib/100%/agent", "mover"));
        AgentUnit.Read(root).ShouldBe(($"{root}/god wit/godwit", "/var/lib/100%/agent"));
        File.WriteAllText(unit, "[Service]\nExecStart=/bin/true");
        Should.Throw<AgentException>(() => AgentUnit.Read(root)).Code.ShouldBe("AGENT_UNIT_CHANGED");
        File.WriteAllText(Path.Combine(root, "godwit.dll"), "");
        File.WriteAllText(unit, AgentInstall.Compose(Program, "/var/lib/agent", "mover"));
        Should.Throw<AgentException>(() => AgentUnit.Read(root)).Code.ShouldBe("AGENT_NOT_A_SINGLE_FILE");
    }

    private FakeUnit Install(string program)
    {
        File.WriteAllText(Program, program);
        File.SetUnixFileMode(Program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        new Arrival(program, "before", time.GetUtcNow()).Keep(Folder);
        return new(Program, Folder);
    }

    /// <summary>
    /// Written by another process: were it this one, a process that another test starts at the same time could hold the file open for writing, and
    /// nobody can start it then.
    /// </summary>
    private string Script(string name, string text)
    {
        var file = Path.Combine(root, name);
        const string write = "printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1\" && chmod 755 \"$1\"";
        using var shell = Process.Start("/bin/sh", ["-c", write, "sh", file, text]);
        shell.WaitForExit();
        shell.ExitCode.ShouldBe(0);
        return file;
    }

    private async Task<bool> SwapAsync(FakeUnit unit, string next, string version)
    {
        var file = Path.Combine(root, "downloaded");
        await File.WriteAllTextAsync(file, next, Token);
        var swapping = new ProgramSwap(Folder, unit, time, said.Add).RunAsync(
            Program,
            file,
            version,
            TimeSpan.FromMinutes(3),
            Token
        );
        await Condition.UntilAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(10));
                return Task.FromResult(swapping.IsCompleted);
            },
            () => string.Join('\n', said),
            TimeSpan.FromMinutes(1),
            Token
        );
        return await swapping;
    }

    /// <summary>Starts whatever the program's file says: "new" and "old" link, "mute" runs and does not, "broken" does not even start.</summary>
    private sealed class FakeUnit(string program, AgentFolder folder) : IAgentUnit
    {
        public List<string> Steps { get; } = [];

        public bool Stops { get; set; } = true;

        public Task<bool> StopAsync()
        {
            Steps.Add("stop");
            return Task.FromResult(Stops);
        }

        public Task<bool> StartAsync()
        {
            var text = File.ReadAllText(program);
            Steps.Add($"start {text}");
            if (text is "new" or "old" or "other")
            {
                new Arrival(text, Guid.NewGuid().ToString(), DateTimeOffset.UnixEpoch).Keep(folder);
            }

            return Task.FromResult(text != "broken");
        }
    }
}
