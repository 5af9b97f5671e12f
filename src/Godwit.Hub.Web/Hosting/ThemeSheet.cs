using System.Text;
using System.Text.RegularExpressions;
using Godwit.Hub.Web.Layout;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.Logging;
using MudBlazor;

namespace Godwit.Hub.Web.Hosting;

/// <summary>
/// The colours of both themes as one style sheet, written once at the start. MudBlazor would put them into the page itself, which the content
/// security policy does not allow, and which would show the wrong theme until the page is connected.
/// </summary>
internal sealed partial class ThemeSheet(IServiceProvider services, ILoggerFactory loggers)
{
    internal const string Name = "theme.css";

    internal byte[] Write()
    {
        var sheet = new StringBuilder();
        sheet.Append(Render(isDark: false));
        sheet.Append(Render(isDark: true).Replace(":root", ":root[data-theme=dark]", StringComparison.Ordinal));
        return Encoding.UTF8.GetBytes(sheet.ToString());
    }

    private string Render(bool isDark)
    {
        using var renderer = new HtmlRenderer(services, loggers);
        var html = renderer.Dispatcher.InvokeAsync(async () =>
        {
            var parameters = ParameterView.FromDictionary(
                new Dictionary<string, object?>
                {
                    [nameof(MudThemeProvider.Theme)] = Colours.Theme,
                    [nameof(MudThemeProvider.IsDarkMode)] = isDark,
                }
            );
            var root = await renderer.RenderComponentAsync<MudThemeProvider>(parameters).ConfigureAwait(false);
            return root.ToHtmlString();
        });
        return string.Concat(Styles().Matches(html.GetAwaiter().GetResult()).Select(match => match.Groups[1].Value));
    }

    [GeneratedRegex("<style[^>]*>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Styles();
}
