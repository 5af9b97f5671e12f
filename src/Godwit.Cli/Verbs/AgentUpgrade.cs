using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;
using Godwit.Agent;
using Godwit.Agent.Identity;
using Godwit.Contracts;
using Godwit.Contracts.Agents;

namespace Godwit.Cli.Verbs;

/// <summary>What a program says of itself as an agent.</summary>
/// <param name="Version">Godwit's version.</param>
/// <param name="Abilities">What it can be asked for (<see cref="HostAbilities"/>).</param>
internal sealed record AgentDescription(string Version, IReadOnlyList<string> Abilities)
{
    internal static readonly AgentDescription Own = new(HostFacts.Version, HostAbilities.All);
}

/// <summary><c>godwit agent upgrade</c>: replaces the program of the agent that runs as a service here (P20).</summary>
internal static class AgentUpgrade
{
    private static readonly TimeSpan DescribeMax = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LinkMax = TimeSpan.FromMinutes(3);

    /// <param name="given">The agent's folder; <see langword="null"/> for the one that the unit names.</param>
    /// <param name="next">The new program.</param>
    /// <param name="unitDirectory">Where systemd finds units.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static Task<int> RunAsync(
        string? given,
        string next,
        string unitDirectory,
        CancellationToken cancellationToken
    ) =>
        AgentRun.GuardAsync(async () =>
        {
            var (program, folder) = AgentUnit.Read(unitDirectory);
            var data = given ?? folder;
            var described = await DescribeAsync(next, cancellationToken).ConfigureAwait(false);
            var hub = await AgentRun
                .AskHubAsync(
                    data,
                    async (calls, _) => (await calls.CheckAsync(cancellationToken).ConfigureAwait(false)).HubVersion
                )
                .ConfigureAwait(false);
            if (Judge(described, hub) is { } refused)
            {
                throw refused;
            }

            var isDone = await new ProgramSwap(new(data), new AgentUnit(), TimeProvider.System, Console.Out.WriteLine)
                .RunAsync(program, Path.GetFullPath(next), described.Version, LinkMax, cancellationToken)
                .ConfigureAwait(false);
            return isDone ? ExitCodes.Success : ExitCodes.Stopped;
        });

    /// <summary>Why a program is not taken; <see langword="null"/> if it is.</summary>
    /// <param name="next">What it says of itself.</param>
    /// <param name="hub">The Hub's version, where it tells.</param>
    internal static AgentException? Judge(AgentDescription next, string? hub)
    {
        if (hub is not null && VersionSkew.Problem(next.Version, hub) is { } apart)
        {
            return new(VersionSkew.Code, apart, "Take the program of the Hub's version.");
        }

        return HostAbilities.All.Except(next.Abilities).ToList() is { Count: > 0 } lost
            ? new(
                "AGENT_WOULD_LOSE_ABILITIES",
                $"The program ({next.Version}) cannot be asked for {string.Join(", ", lost)}, which the agent can now.",
                "Take a later one."
            )
            : null;
    }

    /// <summary>Asks a program what it is.</summary>
    /// <exception cref="AgentException">It is none, or none that can be asked.</exception>
    internal static async Task<AgentDescription> DescribeAsync(string program, CancellationToken cancellationToken)
    {
        const string code = "NOT_AN_AGENT";
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        enough.CancelAfter(DescribeMax);
        try
        {
            using var process =
                Process.Start(
                    new ProcessStartInfo(Path.GetFullPath(program), ["agent", "describe"])
                    {
                        RedirectStandardOutput = true,
                        RedirectStandardError = true,
                    }
                ) ?? throw new Win32Exception("it did not start");
            var text = await process.StandardOutput.ReadToEndAsync(enough.Token).ConfigureAwait(false);
            await process.WaitForExitAsync(enough.Token).ConfigureAwait(false);
            return process.ExitCode == 0
                ? ApiJson.Read<AgentDescription>(text)
                : throw new AgentException(
                    code,
                    $"{program} does not say what it is (exit code {process.ExitCode}).",
                    "Name the single file that 'dotnet publish' makes."
                );
        }
        catch (Exception wrong) when (wrong is Win32Exception or JsonException or FormatException)
        {
            throw new AgentException(
                code,
                $"{program} is no program of Godwit's: {wrong.Message}",
                "Name the single file that 'dotnet publish' makes."
            );
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new AgentException(code, $"{program} does not answer what it is.");
        }
    }
}
