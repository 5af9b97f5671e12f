using System.Text.Json;
using Godwit.Testing;
using MongoDB.Bson;
using MongoDB.Driver;
using Shouldly;
using Xunit;

namespace Godwit.EndToEnd.Tests.Harness;

/// <summary>
/// A collection <c>work.victim</c> whose copy on the destination is changed behind the engine's back: one byte of a document, a
/// document too many, a document too few.
/// </summary>
internal sealed class Tampering : IAsyncDisposable
{
    public const int Flipped = 17;
    public const int Removed = 23;
    public const int Added = 100_000;
    private const int Documents = 500;
    private readonly Rig rig;
    private readonly string folder = Directory.CreateTempSubdirectory("godwit-report-").FullName;

    private Tampering(Rig rig) => this.rig = rig;

    public string ReportFile => Path.Combine(folder, "report.json");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<Tampering> PrepareAsync(Rig rig)
    {
        var database = rig.Source.Client.GetDatabase("work");
        var documents = Enumerable
            .Range(0, Documents)
            .Select(i => new BsonDocument
            {
                { "_id", i },
                { "text", $"number {i}" },
                { "unique", i },
            })
            .ToList();
        foreach (var name in new[] { "victim", "hold" })
        {
            await database.GetCollection<BsonDocument>(name).InsertManyAsync(documents, null, Cancellation);
        }

        await database
            .GetCollection<BsonDocument>("victim")
            .Indexes.CreateOneAsync(
                new CreateIndexModel<BsonDocument>(new BsonDocument("unique", 1), new() { Unique = true }),
                null,
                Cancellation
            );
        return new(rig);
    }

    /// <summary>Keeps the copy of <c>work.hold</c> from ending until it is let go.</summary>
    public Task HoldCopyAsync() => rig.Destination.RefuseAsync("insert", "work.hold");

    /// <summary>Asks for the cutover, keeps its journal from taking a step, tampers then, and lets it go on.</summary>
    public async Task TamperWhileJournalIsHeldAsync(Migration migration, CutoverStep step)
    {
        // The wish for the cutover is written to the same document.
        var before = await rig.Destination.RefuseAsync("update", "godwit_reserved.migration", after: 1 + (int)step);
        await migration.AskForCutoverAsync();
        await rig.Destination.WaitForFailedCommandsAsync(before + 1, Cancellation);
        await TamperAsync();
        await rig.Destination.RefuseNothingAsync();
    }

    /// <summary>Waits until <c>work.victim</c> is on the destination.</summary>
    public Task IsCopiedAsync()
    {
        var copy = rig.Destination.Client.GetDatabase("work").GetCollection<BsonDocument>("victim");
        return Condition.UntilAsync(
            async () => await copy.CountDocumentsAsync(new BsonDocument(), null, Cancellation) >= Documents,
            () => "work.victim is not on the destination",
            Rig.Patience,
            Cancellation
        );
    }

    public async Task TamperAsync()
    {
        var copy = rig.Destination.Client.GetDatabase("work").GetCollection<BsonDocument>("victim");
        await copy.UpdateOneAsync(
            new BsonDocument("_id", Flipped),
            new BsonDocument("$set", new BsonDocument("text", "numbes 17")),
            null,
            Cancellation
        );
        await copy.DeleteOneAsync(new BsonDocument("_id", Removed), Cancellation);
        await copy.InsertOneAsync(new BsonDocument { { "_id", Added }, { "unique", Added } }, null, Cancellation);
    }

    /// <summary>The report says that exactly these three differed and were healed, and claims no more than that.</summary>
    public void ReportShouldNameWhatWasHealed()
    {
        using var report = JsonDocument.Parse(File.ReadAllText(ReportFile));
        report.RootElement.GetProperty("verdict").GetProperty("text").GetString().ShouldBe("identical after healing 3");
        report
            .RootElement.GetProperty("differences")
            .EnumerateArray()
            .Select(one =>
                (
                    one.GetProperty("collection").GetString(),
                    one.GetProperty("key").GetString(),
                    one.GetProperty("what").GetString(),
                    one.GetProperty("isHealed").GetBoolean()
                )
            )
            .ShouldBe(
                [
                    ("work.victim", $"{Flipped}", "different", true),
                    ("work.victim", $"{Removed}", "missing on the destination", true),
                    ("work.victim", $"{Added}", "not on the source", true),
                ],
                ignoreOrder: true
            );
    }

    /// <summary>The report names these three and does not say that both sides are the same.</summary>
    public void ReportShouldClaimNothing()
    {
        using var report = JsonDocument.Parse(File.ReadAllText(ReportFile));
        var verdict = report.RootElement.GetProperty("verdict");
        verdict.GetProperty("text").GetString().ShouldBe("not proven");
        var reason = verdict.GetProperty("reason").GetString()!;
        foreach (var id in new[] { Flipped, Removed, Added })
        {
            reason.ShouldContain($"work.victim _id {id}");
        }
    }

    public ValueTask DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return ValueTask.CompletedTask;
    }
}
