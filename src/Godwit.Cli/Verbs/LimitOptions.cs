using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Engine.Pacing;

namespace Godwit.Cli.Verbs;

/// <summary>The options that say what a migration may ask of its source, the same for every verb that takes them.</summary>
internal sealed class LimitOptions
{
    private readonly Option<int> megabytes = new Option<int>("--megabytes-per-second")
    {
        Description = "Read at most so many megabytes of documents a second from the source; 0 for no limit",
        HelpName = "MB",
    }.AtLeast(0);

    private readonly Option<int> documents = new Option<int>("--documents-per-second")
    {
        Description = "Read at most so many documents a second from the source; 0 for no limit",
        HelpName = "N",
    }.AtLeast(0);

    private readonly Option<int> latency = new Option<int>("--source-latency")
    {
        Description = "Read less while the source takes longer than this for a single document; 0 for never",
        HelpName = "MS",
        DefaultValueFactory = _ => (int)ReadLimits.Default.Latency.TotalMilliseconds,
    }.AtLeast(0);

    internal void AddTo(Command command)
    {
        command.Add(megabytes);
        command.Add(documents);
        command.Add(latency);
    }

    /// <summary>What was asked for; <see langword="null"/> if none of the options was given.</summary>
    internal ReadLimits? Read(ParseResult parsed) =>
        new Option[] { megabytes, documents, latency }.Any(one => parsed.GetResult(one) is { Implicit: false })
            ? new(
                parsed.GetValue(megabytes) * 1_000_000L,
                parsed.GetValue(documents),
                TimeSpan.FromMilliseconds(parsed.GetValue(latency))
            )
            : null;

    /// <summary>What was asked for, as the Hub takes it; <see langword="null"/> if none of the options was given.</summary>
    internal JsonObject? ReadJson(ParseResult parsed) =>
        Read(parsed) is null
            ? null
            : new()
            {
                ["megabytesPerSecond"] = parsed.GetValue(megabytes),
                ["documentsPerSecond"] = parsed.GetValue(documents),
                ["sourceLatencyMilliseconds"] = parsed.GetValue(latency),
            };
}
