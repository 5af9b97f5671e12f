using Godwit.Engine;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Godwit.Cli.Output;

/// <summary>The screen of a terminal, drawn anew several times a second: phase, totals, and a bar a collection.</summary>
internal sealed class LiveView : IProgressView
{
    /// <summary>Lines that are not a collection: totals, warnings, what was said, some of it wrapped.</summary>
    private const int RowsBesides = 15;
    private readonly IAnsiConsole console;
    private readonly Rates rates;
    private readonly TaskCompletionSource closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task drawing;
    private readonly Lock gate = new();
    private readonly List<string> said = [];
    private LiveDisplayContext? display;
    private MigrationProgress progress = MigrationProgress.None;

    internal LiveView(IAnsiConsole console, TimeProvider time)
    {
        this.console = console;
        rates = new(time);
        drawing = console
            .Live(Draw())
            .AutoClear(false)
            .StartAsync(context =>
            {
                lock (gate)
                {
                    display = context;
                }

                return closed.Task;
            });
    }

    /// <inheritdoc/>
    public void Show(MigrationProgress progress)
    {
        lock (gate)
        {
            rates.Observe(progress);
            this.progress = progress;
            display?.UpdateTarget(Draw());
        }
    }

    /// <inheritdoc/>
    public void Say(string message)
    {
        lock (gate)
        {
            said.Add(message);
            display?.UpdateTarget(Draw());
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ = closed.TrySetResult();
        drawing.GetAwaiter().GetResult();
    }

    private Rows Draw()
    {
        var rows = new List<IRenderable> { Head() };
        rows.AddRange(Totals());
        var room = Math.Max(3, console.Profile.Height - RowsBesides);
        rows.AddRange(
            new CollectionBars(console.Profile.Width)
                .Describe(progress.Collections, room)
                .Select(line => new Markup(line))
        );
        rows.AddRange(progress.Warnings.TakeLast(4).Select(w => new Markup($"[yellow]![/] {Markup.Escape(w)}")));
        rows.AddRange(said.TakeLast(4).Select(s => new Markup(Markup.Escape(s))));
        return new Rows(rows);
    }

    private Markup Head()
    {
        var color = progress.Phase switch
        {
            MigrationPhase.InSync or MigrationPhase.Done => "green",
            MigrationPhase.Finalising => "yellow",
            _ => "blue",
        };
        var forecast = progress is { Phase: MigrationPhase.InSync, ForecastDowntime: { } downtime }
            ? $" [grey]· a cutover now would take about {Words.Span(downtime)}[/]"
            : "";
        return new Markup($"[bold {color}]{Words.Phase(progress.Phase)}[/]{forecast}");
    }

    private IEnumerable<Text> Totals()
    {
        var documents = progress.DocumentsKept + progress.DocumentsCopied;
        string[] rate =
            progress.Phase == MigrationPhase.Copying
                ?
                [
                    $"{Words.Bytes(rates.BytesPerSecond)}/s",
                    $"{Words.Span(rates.Remaining)} left",
                    $"{Words.Number(rates.DocumentsPerSecond)} documents/s",
                ]
                : [];
        yield return Fit("copied", [Words.Copied(progress), $"{Words.Number(documents)} documents", .. rate]);
        yield return Fit(
            "changes",
            [
                $"{Words.Number(progress.EventsApplied)} applied",
                $"lag {Words.Span(progress.Lag)}",
                $"{Words.Number(rates.EventsPerSecond)}/s",
                $"{Words.Number(progress.EventsWaiting)} waiting",
                .. progress.ChangeStreams > 1 ? [$"{progress.ChangeStreams} streams"] : Array.Empty<string>(),
            ]
        );
        yield return Fit(
            "verified",
            [
                Words.Percent(progress.VerifiedShare),
                $"{Words.Number(progress.Differences)} differences",
                $"{Words.Number(progress.Healed)} healed",
                $"{Words.Number(progress.DocumentsVerified)} documents compared",
            ]
        );
        if (Words.Pace(progress) is { } pace)
        {
            yield return Fit("pace", [pace]);
        }

        if (progress.HistoryLeft is { } left)
        {
            yield return Fit("history", [$"the source's oplog leaves {Words.Span(left)} for a pause"]);
        }
    }

    /// <summary>As many of the parts as fit into a line, the important ones first: a line that wraps makes all below it jump.</summary>
    private Text Fit(string title, IReadOnlyList<string> parts)
    {
        var line = $"{title, -9} {parts[0]}";
        foreach (var part in parts.Skip(1).TakeWhile(part => line.Length + 3 + part.Length <= console.Profile.Width))
        {
            line += $" · {part}";
        }

        return new(line);
    }
}
