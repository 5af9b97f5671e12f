using MongoDB.Driver;
using MongoDB.Driver.Linq;
using Shouldly;
using Xunit;

namespace Godwit.Conformance.Tests.Clients;

/// <summary>Queries written in LINQ, which the .NET driver turns into pipelines of its own.</summary>
public sealed class LinqTests
{
    private static readonly DateTime Day = new(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_dotnet_drivers_LINQ_works()
    {
        await using var server = await ServerUnderTest.StartAsync(1);
        using var client = new MongoClient(server.ConnectionString);
        var database = client.GetDatabase("linq");
        var orders = database.GetCollection<Order>("orders");
        var buyers = database.GetCollection<Buyer>("buyers");
        await orders.InsertManyAsync(
            Enumerable.Range(1, 20).Select(i => new Order(i, i % 3, i * 1.5m, Day.AddDays(i), [.. Tags(i)])),
            cancellationToken: Cancellation
        );
        await buyers.InsertManyAsync(
            [new Buyer(0, "Ann"), new Buyer(1, "Bob"), new Buyer(2, "Cyd")],
            cancellationToken: Cancellation
        );
        var all = orders.AsQueryable();

        (
            await all.Where(o => o.Buyer == 1 && o.Price > 10m)
                .OrderByDescending(o => o.Id)
                .Select(o => o.Id)
                .Take(3)
                .ToListAsync(Cancellation)
        ).ShouldBe([19, 16, 13]);
        (await all.CountAsync(o => o.Tags.Contains("even"), Cancellation)).ShouldBe(10);
        (await all.CountAsync(o => o.Tags.Any(tag => tag.StartsWith("n1")), Cancellation)).ShouldBe(11);
        (await all.SumAsync(o => o.Price, Cancellation)).ShouldBe(315m);
        (await all.AnyAsync(o => o.At.Month == 2 || o.At.Year == 2027, Cancellation)).ShouldBeFalse();
        (await all.MaxAsync(o => o.At, Cancellation)).ShouldBe(Day.AddDays(20));
        (await all.Select(o => o.Buyer).Distinct().ToListAsync(Cancellation)).Order().ShouldBe([0, 1, 2]);
        var groups = await all.GroupBy(o => o.Buyer)
            .Select(g => new
            {
                g.Key,
                Count = g.Count(),
                Most = g.Max(o => o.Price),
            })
            .OrderBy(g => g.Key)
            .ToListAsync(Cancellation);
        groups.Select(g => (g.Key, g.Count, g.Most)).ShouldBe([(0, 6, 27m), (1, 7, 28.5m), (2, 7, 30m)]);
        var joined = await all.Where(o => o.Id <= 3)
            .Join(buyers.AsQueryable(), o => o.Buyer, b => b.Id, (o, b) => new { o.Id, b.Name })
            .OrderBy(pair => pair.Id)
            .ToListAsync(Cancellation);
        joined.Select(pair => pair.Name).ShouldBe(["Bob", "Cyd", "Ann"]);
        (await all.SelectMany(o => o.Tags).Where(tag => tag == "odd").CountAsync(Cancellation)).ShouldBe(10);
        (await all.Select(o => o.Price > 20m ? "dear" : o.Id.ToString()).FirstAsync(Cancellation)).ShouldBe("1");
    }

    private static IEnumerable<string> Tags(int number) => [number % 2 == 0 ? "even" : "odd", $"n{number}"];

    private sealed record Order(int Id, int Buyer, decimal Price, DateTime At, string[] Tags);

    private sealed record Buyer(int Id, string Name);
}
