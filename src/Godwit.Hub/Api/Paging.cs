using System.Globalization;
using Godwit.Contracts.Atlas;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;

namespace Godwit.Hub.Api;

/// <summary>Lists by <c>pageNum</c>, <c>itemsPerPage</c> and <c>includeCount</c>.</summary>
internal static class Paging
{
    private const int ItemsMax = 500;

    internal static async Task<Page<TShown>> ReadAsync<T, TShown>(
        HttpContext http,
        IQueryable<T> sorted,
        Func<T, TShown> show
    )
    {
        var page = Number(http, "pageNum", 1, int.MaxValue / ItemsMax);
        var size = Number(http, "itemsPerPage", 100, ItemsMax);
        var counts = !string.Equals(http.Request.Query["includeCount"], "false", StringComparison.OrdinalIgnoreCase);
        var items = await sorted
            .Skip((page - 1) * size)
            .Take(size)
            .ToListAsync(http.RequestAborted)
            .ConfigureAwait(false);
        return new(
            [.. items.Select(show)],
            counts ? await sorted.CountAsync(http.RequestAborted).ConfigureAwait(false) : null
        );
    }

    private static int Number(HttpContext http, string name, int otherwise, int most)
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
