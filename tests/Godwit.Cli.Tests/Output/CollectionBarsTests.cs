using Godwit.Bson;
using Godwit.Cli.Output;
using Godwit.Engine;
using Godwit.Testing;
using Shouldly;
using Spectre.Console;
using Xunit;

namespace Godwit.Cli.Tests.Output;

/// <summary>A collection is one line on any screen; what matters most is shown when there is no room for all.</summary>
[Requirement("D01")]
public sealed class CollectionBarsTests
{
    private static readonly CollectionProgress Long = Collection(
        "shop.a_rather_long_name_for_the_invoices_of_the_year",
        50
    );

    [Theory]
    [InlineData(40)]
    [InlineData(62)]
    [InlineData(89)]
    [InlineData(90)]
    [InlineData(200)]
    public void A_line_is_never_wider_than_the_screen(int width)
    {
        var verified = Collection("shop.orders", 100) with { IsCopied = true, IsVerified = true };

        foreach (var line in new CollectionBars(width).Describe([Long, verified], 10))
        {
            Markup.Remove(line).Length.ShouldBeLessThanOrEqualTo(width, line);
        }
    }

    [Fact]
    public void A_long_name_keeps_both_its_ends() =>
        CollectionBars.Shorten("shop.invoices_of_the_year", 13).ShouldBe("shop.i…e_year");

    [Fact]
    public void Unfinished_and_large_collections_come_first_and_the_rest_is_counted()
    {
        var done = Collection("shop.done", 100) with { IsCopied = true };

        var lines = new CollectionBars(100)
            .Describe([done, Collection("shop.small", 1), Long, Collection("shop.big", 900)], 3)
            .ToList();

        lines.Count.ShouldBe(3);
        lines[0].ShouldStartWith("shop.big");
        lines[2].ShouldBe("… and 2 more");
    }

    private static CollectionProgress Collection(string name, long bytes) =>
        new(Namespace.Parse(name), 1_000_000_000, 999_999_999, bytes, bytes / 2, IsCopied: false, IsVerified: false);
}
