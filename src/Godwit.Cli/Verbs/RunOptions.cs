using System.CommandLine;
using Godwit.Contracts.Agents;
using Godwit.Engine.Scoping;

namespace Godwit.Cli.Verbs;

/// <summary>How a migration is run, in whichever direction: what <c>migrate</c> and <c>reverse</c> have in common.</summary>
internal sealed class RunOptions
{
    private readonly Option<string> cutover = new("--cutover")
    {
        Description = "manual: in sync, wait for Enter or 'godwit cutover'; auto: cut over by itself",
        DefaultValueFactory = _ => "manual",
    };

    private readonly Option<bool> writeBlock = new("--write-block")
    {
        Description = "Block writes on the source at cutover (needs authentication and setUserWriteBlockMode)",
    };

    private readonly Option<bool> acceptVersion = new("--accept-version")
    {
        Description = "Accept server versions below the supported patch releases",
    };

    private readonly Option<bool> acceptHistoryChange = new("--accept-history-change")
    {
        Description =
            "Go on although the source is another cluster, or an older copy: compare all, copy again what differs",
    };

    private readonly Option<ProgressForm> progress = new("--progress")
    {
        Description = "auto: live screen on a terminal, lines elsewhere; json: one object a line",
        DefaultValueFactory = _ => ProgressForm.Auto,
    };

    private readonly Option<string?> report = new Option<string?>("--report")
    {
        Description = "Write the report to FILE (JSON) and beside it as a page (.html)",
        HelpName = "FILE",
    }.NewFile();

    private readonly Option<string?> spool = new("--spool")
    {
        Description = "Let change events that memory has no room for wait in DIR, encrypted, erased at the end",
        HelpName = "DIR",
    };

    private readonly Option<int> spoolMax = new Option<int>("--spool-max")
    {
        Description = "Most megabytes the spool may take on disk",
        DefaultValueFactory = _ => 16 * 1024,
        HelpName = "MB",
    }.AtLeast(1);

    private readonly Option<int?> changeStreams = new Option<int?>("--change-streams")
    {
        Description =
            "Read the source's changes through N change streams at once; as many as their rate needs if left out",
        HelpName = "N",
    }.Between(1, EngineOptions.ChangeStreamsMax);

    private readonly LimitOptions limits = new();

    internal void AddTo(Command command)
    {
        _ = cutover.AcceptOnlyFromAmong("manual", "auto");
        foreach (
            var option in new Option[]
            {
                cutover,
                writeBlock,
                acceptVersion,
                acceptHistoryChange,
                progress,
                report,
                spool,
                spoolMax,
                changeStreams,
            }
        )
        {
            command.Add(option);
        }

        limits.AddTo(command);
    }

    internal MigrateOptions Read(ParseResult parsed, string source, string destination, NamespaceScope scope) =>
        new(
            source,
            destination,
            IgnoreExisting: false,
            parsed.GetValue(cutover) == "auto",
            parsed.GetValue(writeBlock),
            parsed.GetValue(acceptVersion),
            parsed.GetValue(acceptHistoryChange),
            AcceptFilterChange: false,
            scope,
            parsed.GetValue(progress),
            parsed.GetValue(report),
            parsed.GetValue(spool),
            parsed.GetValue(spoolMax),
            limits.Read(parsed),
            CarryZones: false,
            Sharding: null,
            Turning.None,
            parsed.GetValue(changeStreams)
        );
}
