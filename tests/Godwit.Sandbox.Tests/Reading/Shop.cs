using Godwit.Bson;
using Godwit.Bson.ExtendedJson;
using Shouldly;

namespace Godwit.Sandbox.Tests.Reading;

/// <summary>A member with collections to read, spoken to in JSON.</summary>
internal sealed class Shop : IDisposable
{
    private const string Database = "shop";

    internal TestMember Member { get; } = new();

    /// <summary>Runs a command that must not fail.</summary>
    internal async Task<RawDocument> Run(string command)
    {
        var reply = await Try(command);
        reply["ok"].ToInt64().ShouldBe(1, reply.ToString());
        reply.Has("writeErrors").ShouldBeFalse(reply.ToString());
        return reply;
    }

    /// <summary>Runs a command and gives its reply, errors included.</summary>
    internal Task<RawDocument> Try(string command, string database = Database) =>
        Member.Run(database, new DocumentBuilder().AddAll(ExtendedJsonReader.ReadDocument(command)));

    /// <summary>The results of a pipeline, all in the first batch.</summary>
    internal Task<string[]> Aggregate(string collection, string stages) =>
        Batch($$"""{"aggregate": "{{collection}}", "pipeline": {{stages}}, "cursor": {"batchSize": 100000} }""");

    /// <summary>The code with which a pipeline is refused.</summary>
    internal async Task<long?> Refusal(string collection, string stages) =>
        (await Try($$"""{"aggregate": "{{collection}}", "pipeline": {{stages}}, "cursor": {} }"""))["code"].ToInt64();

    /// <summary>The first batch of a command.</summary>
    internal async Task<string[]> Batch(string command)
    {
        var reply = await Run(command);
        return
        [
            .. reply["cursor"].AsDocument["firstBatch"].AsDocument.Values().Select(document => document.ToString()),
        ];
    }

    /// <summary>A document in the form results are shown in.</summary>
    internal static string Text(string json) => ExtendedJsonReader.ReadDocument(json).ToString();

    public void Dispose() => Member.Dispose();
}
