using MongoDB.Bson;

namespace Godwit.Conformance.Tests.UnifiedTests.Matching;

/// <summary>Whether a client published the events a case expects, in order and no others.</summary>
internal sealed class EventMatcher(Entities entities)
{
    private readonly ValueMatcher values = new(entities);

    public void Check(BsonDocument expectation)
    {
        var client = expectation["client"].AsString;
        var kind = expectation.GetValue("eventType", "command").AsString;
        var actual = entities.EventsOf(client).Snapshot().Where(e => e.Kind == kind).ToArray();
        var expected = expectation["events"].AsBsonArray;
        for (var i = 0; i < expected.Count; i++)
        {
            var difference =
                i < actual.Length ? Difference(expected[i].AsBsonDocument, actual[i]) : "there is no such event";
            if (difference is not null)
            {
                throw new UnmetExpectationException(
                    $"event {i} of {client}, {Show(expected[i].AsBsonDocument)}: {difference}; published: {Names(actual)}"
                );
            }
        }

        if (actual.Length > expected.Count && !expectation.GetValue("ignoreExtraEvents", false).ToBoolean())
        {
            throw new UnmetExpectationException(
                $"{expected.Count} events of {client} expected, published: {Names(actual)}"
            );
        }
    }

    /// <summary>How many events match a single expectation.</summary>
    public int Count(string client, BsonDocument expected) =>
        entities.EventsOf(client).Snapshot().Count(e => Difference(expected, e) is null);

    private static string Names(IEnumerable<ObservedEvent> events) =>
        string.Join(
            ", ",
            events.Select(e => e.Content.TryGetValue("commandName", out var name) ? $"{name} {e.Type[7..^5]}" : e.Type)
        );

    private static string Show(BsonDocument expected) =>
        $"{expected.GetElement(0).Name} {expected[0].AsBsonDocument.GetValue("commandName", "")}".Trim();

    /// <summary>The driver's GridFS asks for <c>{_id: {$eq: id}}</c>, which is the query <c>{_id: id}</c> that cases expect.</summary>
    private static BsonDocument WithPlainEquality(BsonDocument command)
    {
        var filter = new BsonDocument(command["filter"].AsBsonDocument.Elements);
        if (filter.GetValue("_id", null) is BsonDocument { ElementCount: 1 } condition && condition.Contains("$eq"))
        {
            filter["_id"] = condition["$eq"];
        }

        return new BsonDocument(command.Elements) { ["filter"] = filter };
    }

    private string? Difference(BsonDocument expected, ObservedEvent actual)
    {
        var (type, content) = (expected.GetElement(0).Name, expected[0].AsBsonDocument);
        if (type != actual.Type)
        {
            return $"got a {actual.Type} {actual.Content.GetValue("commandName", "")}";
        }

        foreach (var element in content)
        {
            var found = actual.Content.TryGetValue(element.Name, out var value) ? value : null;
            if (found is null && element.Name is "reason" or "failure" or "address" or "serviceId")
            {
                continue;
            }

            var isRoot = element.Name is "command" or "reply";
            if (element.Name == "command" && found is BsonDocument command && command.Contains("filter"))
            {
                found = WithPlainEquality(command);
            }

            if (values.Difference(element.Value, found, isRoot, element.Name) is { } difference)
            {
                return difference;
            }
        }

        return null;
    }
}
