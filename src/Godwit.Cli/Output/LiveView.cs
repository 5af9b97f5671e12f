using Godwit.Engine;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Godwit.Cli.Output;

/// <summary>The screen of a terminal, drawn anew several times a second: phase, totals, and a bar a collection.</summary>
internal sealed class LiveView : IProgressView
{
    private const int BarWidth = 24;
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
        var rows = new List<IRenderable> { Head(), Totals() };
        if (progress.Collections.Count > 0)
        {
            rows.Add(Collections());
        }

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
        return new Markup($"[bold {color}]{Words.Phase(progress.Phase)}[/]");
    }

    private Grid Totals()
    {
        var grid = new Grid().AddColumns(2);
        _ = grid.AddRow(
            "copied",
            $"{Words.Number(progress.DocumentsCopied)} documents · {Words.Bytes(progress.BytesCopied)} of {Words.Bytes(progress.BytesEstimated)}"
                + $" · {Words.Bytes(rates.BytesPerSecond)}/s · {Words.Number(rates.DocumentsPerSecond)} documents/s · {Words.Span(rates.Remaining)} left"
        );
        _ = grid.AddRow(
            "changes",
            $"{Words.Number(progress.EventsApplied)} applied · {Words.Number(progress.EventsWaiting)} waiting · {Words.Number(rates.EventsPerSecond)}/s · lag {Words.Span(progress.Lag)}"
        );
        return grid.AddRow(
            "verified",
            $"{Words.Percent(progress.VerifiedShare)} · {Words.Number(progress.DocumentsVerified)} documents · {Words.Number(progress.Differences)} differences · {Words.Number(progress.Healed)} healed"
        );
    }

    /// <summary>The collections that matter now, as many as the screen has room for: unfinished first, large before small.</summary>
    private Table Collections()
    {
        var room = Math.Max(3, console.Profile.Height - 14);
        var table = new Table().Border(TableBorder.None).HideHeaders().AddColumns("name", "bar", "figures");
        var ordered = progress.Collections.OrderBy(c => c.IsCopied).ThenByDescending(c => c.BytesEstimated).ToList();
        foreach (var collection in ordered.Take(room))
        {
            _ = table.AddRow(
                new Markup(Markup.Escape(collection.Name.ToString())),
                new Markup(Bar(collection)),
                new Markup(
                    $"{Words.Number(collection.DocumentsCopied)} {(collection.IsVerified ? "[green]verified[/]" : "")}"
                )
            );
        }

        if (ordered.Count > room)
        {
            _ = table.AddRow($"… and {Words.Number(ordered.Count - room)} more", "", "");
        }

        return table;
    }

    private static string Bar(CollectionProgress collection)
    {
        var share = collection.IsCopied ? 1 : (double)collection.BytesCopied / Math.Max(1, collection.BytesEstimated);
        var filled = (int)Math.Round(Math.Clamp(share, 0, 1) * BarWidth);
        return $"[blue]{new string('━', filled)}[/][grey]{new string('━', BarWidth - filled)}[/]";
    }
}
