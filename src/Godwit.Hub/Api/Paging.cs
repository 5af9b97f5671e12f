using System.Globalization;
using Godwit.Contracts.Atlas;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Api;

/// <summary>Which part of a list is asked for.</summary>
/// <param name="Number">Which page, from 1.</param>
/// <param name="Size">Entries on a page.</param>
/// <param name="IsCounted">Whether the number of all entries is asked for.</param>
internal sealed record PageRequest(int Number = 1, int Size = 100, bool IsCounted = true)
{
    internal const int SizeMax = 500;

    /// <summary>By <c>pageNum</c>, <c>itemsPerPage</c> and <c>includeCount</c>.</summary>
    internal static PageRequest Of(HttpContext http) =>
        new(
            Read(http, "pageNum", 1, int.MaxValue / SizeMax),
            Read(http, "itemsPerPage", 100, SizeMax),
            !string.Equals(http.Request.Query["includeCount"], "false", StringComparison.OrdinalIgnoreCase)
        );

    private static int Read(HttpContext http, string name, int otherwise, int most)
    {
        if (http.Request.Query[name] is not [{ } text])
        {
            return otherwise;
        }

        return
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            && number >= 1
            && number <= most
            ? number
            : throw Refusal.BadRequest(
                "INVALID_QUERY_PARAMETER",
                $"{name} is a number from 1 to {most.ToString(CultureInfo.InvariantCulture)}."
            );
    }
}

/// <summary>Reads one page of a list.</summary>
internal static class Paging
{
    internal static async Task<Page<TShown>> ReadAsync<T, TShown>(
        this IQueryable<T> sorted,
        PageRequest page,
        Func<T, TShown> show,
        CancellationToken cancellationToken
    )
    {
        var items = await sorted
            .Skip((page.Number - 1) * page.Size)
            .Take(page.Size)
            .ToListAsync(cancellationToken)
            .ConfigureAwait(false);
        return new(
            [.. items.Select(show)],
            page.IsCounted ? await sorted.CountAsync(cancellationToken).ConfigureAwait(false) : null
        );
    }
}
