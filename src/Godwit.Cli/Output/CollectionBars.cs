using Godwit.Engine;
using Spectre.Console;

namespace Godwit.Cli.Output;

/// <summary>One line of markup a collection: name, bar, share, documents; names and bars give way on a narrow screen.</summary>
internal sealed class CollectionBars(int width)
{
    private const int BarMax = 24;
    private const int BarMin = 6;
    private const int FiguresMax = 32;
    private const int FiguresMin = 15;
    private readonly bool isWide = width >= 90;

    /// <summary>The collections that matter now, as many as there is room for: unfinished first, large before small.</summary>
    internal IEnumerable<string> Describe(IReadOnlyList<CollectionProgress> collections, int room)
    {
        var shown = collections
            .OrderBy(one => one.IsCopied)
            .ThenBy(one => one.IsVerified)
            .ThenByDescending(one => one.BytesEstimated)
            .ThenBy(one => one.Name.ToString(), StringComparer.Ordinal)
            .Take(collections.Count <= room ? room : room - 1)
            .ToList();
        var space = width - (isWide ? FiguresMax : FiguresMin) - 2;
        var name = Math.Min(
            shown.Select(one => one.Name.ToString().Length).DefaultIfEmpty().Max(),
            Math.Max(8, space - BarMin)
        );
        var bar = Math.Clamp(space - name, 0, BarMax);
        foreach (var one in shown)
        {
            yield return $"{Markup.Escape(Shorten(one.Name.ToString(), name).PadRight(name))} {Bar(one, bar)} {Figures(one)}";
        }

        if (shown.Count < collections.Count)
        {
            yield return $"… and {Words.Number(collections.Count - shown.Count)} more";
        }
    }

    /// <summary>Both ends of a name say more than its beginning alone.</summary>
    internal static string Shorten(string name, int length)
    {
        var (head, tail) = (length / 2, length - (length / 2) - 1);
        return name.Length <= length ? name : $"{name[..head]}…{name[^tail..]}";
    }

    private static double ShareOf(CollectionProgress one) =>
        one.IsCopied ? 1 : Math.Clamp((double)one.BytesCopied / Math.Max(1, one.BytesEstimated), 0, 1);

    private static string Bar(CollectionProgress one, int length)
    {
        var filled = (int)Math.Round(ShareOf(one) * length);
        return $"[blue]{new string('━', filled)}[/][grey]{new string('━', length - filled)}[/]";
    }

    private string Figures(CollectionProgress one)
    {
        var verified = one.IsVerified ? " [green]verified[/]" : "";
        var documents = isWide ? $" {Words.Number(one.DocumentsCopied), 13}" : "";
        return $"{Words.Percent(ShareOf(one)).Replace(" ", "", StringComparison.Ordinal), 5}{documents}{verified}";
    }
}
