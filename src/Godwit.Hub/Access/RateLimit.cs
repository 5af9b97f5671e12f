using System.Collections.Concurrent;
using System.Globalization;
using Godwit.Hub.Api;
using Godwit.Hub.Hosting;
using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Access;

/// <summary>
/// So many requests a minute for each caller, and for each address that names none; every answer says how many are left (M-121). It comes
/// after signing in, so that one caller cannot use up another's.
/// </summary>
internal sealed class RateLimit(RequestDelegate next, HubOptions options, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);
    private readonly ConcurrentDictionary<string, Count> counts = new(StringComparer.Ordinal);
    private long swept;

    public Task InvokeAsync(HttpContext http)
    {
        var now = time.GetUtcNow();
        var window = now.ToUnixTimeSeconds() / (long)Window.TotalSeconds;
        Sweep(window);
        var who = Caller.Of(http.User)?.Id ?? $"address {http.RemoteAddress()}";
        var used = counts
            .AddOrUpdate(
                who,
                _ => new(window, 1),
                (_, before) => before.Window == window ? before with { Used = before.Used + 1 } : new(window, 1)
            )
            .Used;
        var most = options.RequestsPerMinute;
        http.Response.OnStarting(() =>
        {
            http.Response.Headers["RateLimit-Limit"] = most.ToString(CultureInfo.InvariantCulture);
            http.Response.Headers["RateLimit-Remaining"] = Math.Max(0, most - used)
                .ToString(CultureInfo.InvariantCulture);
            if (used > most)
            {
                var left = ((window + 1) * (long)Window.TotalSeconds) - now.ToUnixTimeSeconds();
                http.Response.Headers.RetryAfter = left.ToString(CultureInfo.InvariantCulture);
            }

            return Task.CompletedTask;
        });
        return used <= most
            ? next(http)
            : throw new Refusal(
                StatusCodes.Status429TooManyRequests,
                "RATE_LIMITED",
                $"More than {most} requests in a minute: wait, then try again."
            );
    }

    /// <summary>Forgets those who asked in an earlier window only.</summary>
    private void Sweep(long window)
    {
        if (Interlocked.Exchange(ref swept, window) == window)
        {
            return;
        }

        foreach (var (who, count) in counts)
        {
            if (count.Window < window)
            {
                _ = counts.TryRemove(new(who, count));
            }
        }
    }

    private sealed record Count(long Window, int Used);
}
