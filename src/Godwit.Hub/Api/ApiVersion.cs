using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;

namespace Godwit.Hub.Api;

/// <summary>
/// The version of the Atlas resources that a request speaks, by the date in its media type. A date between two versions means the older
/// one; a request that names none means the newest (M-116).
/// </summary>
internal sealed partial record ApiVersion(DateOnly Date)
{
    internal const string PlainType = "application/json";

    /// <summary>The first version of every resource.</summary>
    internal static readonly ApiVersion First = new(new DateOnly(2023, 1, 1));

    /// <summary>From here on the body of validations and migrations says <c>dropDestinationData</c>.</summary>
    internal static readonly ApiVersion DropDestinationData = new(new DateOnly(2024, 5, 30));

    /// <summary>When the first version of these bodies is no longer served.</summary>
    internal static readonly DateOnly FirstSunset = new(2027, 7, 1);

    internal string MediaType =>
        $"application/vnd.atlas.{Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}+json";

    /// <summary>The version a request speaks, among those that its resource has, oldest first.</summary>
    internal static ApiVersion Of(HttpRequest request, params ApiVersion[] versions)
    {
        var asked = Asked(request.Headers.Accept.ToString()) ?? Asked(request.ContentType ?? "");
        var found = asked is { } date ? versions.LastOrDefault(one => one.Date <= date) : versions[^1];
        return found
            ?? throw new Refusal(
                StatusCodes.Status406NotAcceptable,
                "INVALID_VERSION_DATE",
                $"There is no version of this resource at or before the date asked for; the first is {versions[0].MediaType}."
            );
    }

    private static DateOnly? Asked(string header)
    {
        var match = Pattern().Match(header);
        if (!match.Success)
        {
            return null;
        }

        return DateOnly.TryParseExact(
            match.Groups[1].Value,
            "yyyy-MM-dd",
            CultureInfo.InvariantCulture,
            default,
            out var date
        )
            ? date
            : throw new Refusal(
                StatusCodes.Status406NotAcceptable,
                "INVALID_VERSION_DATE",
                $"'{match.Groups[1].Value}' in the media type is no date."
            );
    }

    [GeneratedRegex(@"application/vnd\.atlas\.([^+;,\s]+)\+json")]
    private static partial Regex Pattern();
}
