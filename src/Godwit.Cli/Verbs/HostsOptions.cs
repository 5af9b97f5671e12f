using System.CommandLine;
using Godwit.Cluster;
using Godwit.Engine;

namespace Godwit.Cli.Verbs;

/// <summary>How several hosts share one migration: the same command is run on each of them.</summary>
internal sealed class HostsOptions
{
    private readonly Option<string?> cluster = new("--cluster")
    {
        Description =
            "Share this migration with other hosts that run the same command: redis://HOST[:PORT] or postgres://USER:PASSWORD@HOST/DATABASE, where they find each other",
        HelpName = "ADDRESS",
    };

    private readonly Option<string?> name = new("--host-name")
    {
        Description = "With --cluster: this host's name, for people (default: the machine's)",
        HelpName = "NAME",
    };

    private readonly Option<string?> address = new("--host-address")
    {
        Description =
            "With --cluster: the IP address by which the other hosts reach this one (default: its first), and the port (default: a free one)",
        HelpName = "IP[:PORT]",
    };

    private readonly Option<string?> listens = new("--host-listen")
    {
        Description = "With --host-address: where this host listens, if what the others reach is translated",
        HelpName = "IP:PORT",
    };

    private readonly Option<int> atOnce = new Option<int>("--host-ranges")
    {
        Description = "With --cluster: ranges that this host copies at the same time",
        DefaultValueFactory = _ => MigrationSettings.CopiersDefault,
        HelpName = "N",
    }.AtLeast(1);

    private readonly Option<string?> certificate = new Option<string?>("--host-certificate")
    {
        Description = "With --cluster: encrypt what goes between hosts, with this certificate and its key (PEM)",
        HelpName = "FILE",
    }.ExistingFile();

    private readonly Option<string?> authority = new Option<string?>("--host-authority")
    {
        Description = "With --host-certificate: the authority that has signed those of all hosts (PEM)",
        HelpName = "FILE",
    }.ExistingFile();

    internal HostsOptions()
    {
        cluster.Validators.Add(result =>
        {
            try
            {
                if (result.GetValueOrDefault<string?>() is { } text)
                {
                    _ = Membership.Parse(text);
                }
            }
            catch (FormatException malformed)
            {
                result.AddError($"--cluster: {malformed.Message}");
            }
        });
    }

    internal void AddTo(Command command)
    {
        command.Add(cluster);
        command.Add(name);
        command.Add(address);
        command.Add(listens);
        command.Add(atOnce);
        command.Add(certificate);
        command.Add(authority);
        command.Validators.Add(result =>
        {
            if (result.GetValue(certificate) is null != result.GetValue(authority) is null)
            {
                result.AddError("--host-certificate and --host-authority belong together: give both or none");
            }

            var (reached, inside) = (result.GetValue(address), result.GetValue(listens));
            if (Fault(reached, null) is { } wrong)
            {
                result.AddError($"--host-address: {wrong}");
            }
            else if (Fault(reached, inside) is { } unfit)
            {
                result.AddError($"--host-listen: {unfit}");
            }
        });
    }

    /// <summary>What is wrong with it; <see langword="null"/> for nothing.</summary>
    private static string? Fault(string? reached, string? listens)
    {
        try
        {
            _ = HostEndpoint.Parse(reached, listens);
            return null;
        }
        catch (FormatException malformed)
        {
            return malformed.Message;
        }
    }

    /// <summary>What was asked for; <see langword="null"/> for one host alone.</summary>
    internal HostsChoice? Read(ParseResult parsed) =>
        parsed.GetValue(cluster) is { } text
            ? new(
                Membership.Parse(text),
                parsed.GetValue(name) ?? Environment.MachineName,
                HostEndpoint.Parse(parsed.GetValue(address), parsed.GetValue(listens)),
                parsed.GetValue(atOnce),
                parsed.GetValue(certificate),
                parsed.GetValue(authority)
            )
            : null;
}

/// <summary>How a host takes part in a shared migration.</summary>
/// <param name="Membership">Where the hosts find each other.</param>
/// <param name="Name">This host's name.</param>
/// <param name="Endpoint">How the others reach it.</param>
/// <param name="AtOnce">Ranges it copies at the same time.</param>
/// <param name="CertificateFile">Its certificate and key; <see langword="null"/> for no encryption.</param>
/// <param name="AuthorityFile">Who has signed it.</param>
internal sealed record HostsChoice(
    Membership Membership,
    string Name,
    HostEndpoint Endpoint,
    int AtOnce,
    string? CertificateFile,
    string? AuthorityFile
);
