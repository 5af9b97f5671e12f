using Bunit;
using Godwit.Hub.Api;
using Godwit.Hub.Web.Parts;
using Godwit.Testing;
using MudBlazor.Services;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests.Components;

/// <summary>A page that waits says so, one that has nothing says what to do, and one that cannot show what was asked for says why.</summary>
[Trait("Set", "Walk")]
public sealed class PageStatesTests : BunitContext
{
    public PageStatesTests() => Services.AddMudServices();

    [Fact]
    public void Every_page_that_asks_the_Hub_says_so_while_it_waits() =>
        Sources("Pages")
            .Where(page => page.Text.Contains("OnParametersSetAsync", StringComparison.Ordinal))
            .Where(page => !page.Text.Contains("<Loading />", StringComparison.Ordinal))
            .Select(page => page.Name)
            .ShouldBeEmpty();

    [Fact]
    public void Every_page_with_a_table_has_words_for_one_without_rows() =>
        Sources("Pages")
            .Where(page => page.Text.Contains("<table", StringComparison.Ordinal))
            .Where(page => !page.Text.Contains("<Empty", StringComparison.Ordinal))
            .Select(page => page.Name)
            // Whoever looks at the people of an organisation is one of them.
            .ShouldBe(["People.razor"]);

    [Theory]
    [InlineData(401, "Your session has ended", "what you typed is kept")]
    [InlineData(403, "Your roles do not allow this", "The reason.")]
    [InlineData(404, "This is not here", "The reason.")]
    [InlineData(0, "Something went wrong in the Hub", "Running migrations are not touched by it")]
    public void What_a_page_cannot_show_is_said_with_a_way_on(int status, string title, string text)
    {
        var tried = 0;
        Exception error =
            status == 0 ? new InvalidOperationException("secret") : new Refusal(status, "CODE", "The reason.");
        var shown = Render<Problem>(parameters =>
            parameters.Add(one => one.Error, error).Add(one => one.OnAgain, () => tried++)
        );
        shown.Find("[role=alert] h1").TextContent.ShouldBe(title);
        shown.Markup.ShouldContain(text);
        shown.Markup.ShouldNotContain("secret");
        shown.Find("button").Click();
        tried.ShouldBe(1);
    }

    private static IEnumerable<(string Name, string Text)> Sources(string folder) =>
        Directory
            .GetFiles(Path.Combine(SharedData.RepositoryRoot(), "src/Godwit.Hub.Web", folder), "*.razor")
            .Order(StringComparer.Ordinal)
            .Select(path => (Path.GetFileName(path), File.ReadAllText(path)));
}
