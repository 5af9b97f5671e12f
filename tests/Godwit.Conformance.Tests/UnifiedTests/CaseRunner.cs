using System.Runtime.ExceptionServices;
using Godwit.Conformance.Tests.UnifiedTests.Matching;
using Godwit.Conformance.Tests.UnifiedTests.Operations;
using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests;

/// <summary>
/// Runs one case: initial data, entities, operations, then events and outcome. Throws
/// <see cref="UnmetExpectationException"/> or <see cref="NotExpressibleException"/>.
/// </summary>
internal sealed class CaseRunner(Administration servers)
{
    public async Task RunAsync(SpecCase specCase)
    {
        await FillAsync(specCase);
        await using var entities = new Entities(servers);
        var runner = new TestRunnerOperations(entities, servers);
        var steps = new Steps(entities, runner);
        try
        {
            await entities.CreateAsync(specCase.Root.GetValue("createEntities", new BsonArray()).AsBsonArray);
            await steps.RunAllAsync(specCase.Test["operations"].AsBsonArray);
            foreach (var expectation in specCase.Test.GetValue("expectEvents", new BsonArray()).AsBsonArray)
            {
                new EventMatcher(entities).Check(expectation.AsBsonDocument);
            }

            if (specCase.Test.Contains("expectLogMessages"))
            {
                throw new NotExpressibleException("expectLogMessages");
            }

            await CheckOutcomeAsync(specCase, entities);
        }
        finally
        {
            await runner.DisableFailPointsAsync();
            await EndTransactionsAsync();
        }
    }

    /// <summary>Ends what a case has left open: the next one could not drop its collections.</summary>
    private Task EndTransactionsAsync() =>
        servers.RunEverywhereAsync(new BsonDocument("killAllSessions", new BsonArray()));

    private async Task FillAsync(SpecCase specCase)
    {
        foreach (
            var data in specCase.Root.GetValue("initialData", new BsonArray()).AsBsonArray.Select(d => d.AsBsonDocument)
        )
        {
            var database = servers
                .Client.GetDatabase(data["databaseName"].AsString)
                .WithWriteConcern(WriteConcern.WMajority);
            var name = data["collectionName"].AsString;
            await database.DropCollectionAsync(name);
            var documents = data["documents"].AsBsonArray.Select(d => d.AsBsonDocument).ToArray();
            if (documents.Length == 0 || data.Contains("createOptions"))
            {
                var create = new BsonDocument("create", name);
                create.AddRange(data.GetValue("createOptions", new BsonDocument()).AsBsonDocument);
                await database.RunCommandAsync<BsonDocument>(
                    create.Add("writeConcern", new BsonDocument("w", "majority"))
                );
            }

            if (documents.Length > 0)
            {
                await database.GetCollection<BsonDocument>(name).InsertManyAsync(documents);
            }
        }
    }

    private async Task CheckOutcomeAsync(SpecCase specCase, Entities entities)
    {
        foreach (
            var expected in specCase.Test.GetValue("outcome", new BsonArray()).AsBsonArray.Select(o => o.AsBsonDocument)
        )
        {
            var collection = servers
                .Client.GetDatabase(expected["databaseName"].AsString)
                .GetCollection<BsonDocument>(expected["collectionName"].AsString)
                .WithReadConcern(ReadConcern.Local);
            var documents = await collection.Find(FilterDefinition<BsonDocument>.Empty).Sort("{_id: 1}").ToListAsync();
            var difference = new ValueMatcher(entities).Difference(
                expected["documents"],
                new BsonArray(documents),
                false,
                "outcome"
            );
            if (difference is not null)
            {
                throw new UnmetExpectationException(difference);
            }
        }
    }
}

/// <summary>Runs operations one after another and checks what each is expected to give.</summary>
internal sealed class Steps
{
    private readonly Entities entities;
    private readonly Operation operation;
    private readonly ErrorMatcher errors;
    private readonly ValueMatcher values;

    public Steps(Entities entities, TestRunnerOperations runner)
    {
        this.entities = entities;
        operation = new Operation(entities, runner, RunAllAsync, RunCallbackAsync);
        errors = new ErrorMatcher(entities);
        values = new ValueMatcher(entities);
    }

    public async Task RunAllAsync(BsonArray descriptions)
    {
        foreach (var description in descriptions.Select(d => d.AsBsonDocument))
        {
            _ = await RunAsync(description);
        }
    }

    /// <summary>Runs the callback of withTransaction: the driver must see every error, ignored and expected ones too.</summary>
    private async Task RunCallbackAsync(BsonArray descriptions)
    {
        foreach (var description in descriptions.Select(d => d.AsBsonDocument))
        {
            if (await RunAsync(description) is { } error)
            {
                ExceptionDispatchInfo.Throw(error);
            }
        }
    }

    /// <summary>Runs one operation; gives the error it was allowed to end with.</summary>
    private async Task<Exception?> RunAsync(BsonDocument description)
    {
        var ignores = description.GetValue("ignoreResultAndError", false).ToBoolean();
        object? result;
        try
        {
            result = await operation.RunAsync(description);
        }
        catch (Exception e) when (IsOutcome(e))
        {
            if (ignores)
            {
                return e;
            }

            if (!description.TryGetValue("expectError", out var expectedError))
            {
                // Inside withTransaction the driver must see the error itself, to retry.
                throw;
            }

            errors.Check(expectedError.AsBsonDocument, e);
            return e;
        }

        if (description.Contains("expectError"))
        {
            throw new UnmetExpectationException(
                $"{description["name"]} succeeded, {description["expectError"]} expected"
            );
        }

        if (!ignores && description.TryGetValue("expectResult", out var expected))
        {
            Check(description, expected, result as BsonValue);
        }

        if (description.TryGetValue("saveResultAsEntity", out var id))
        {
            entities.Put(id.AsString, result ?? BsonNull.Value);
        }

        return null;
    }

    private static bool IsOutcome(Exception error) =>
        error is not (NotExpressibleException or UnmetExpectationException);

    private void Check(BsonDocument description, BsonValue expected, BsonValue? actual)
    {
        // A missing result is "unset"; null is a value, and both mean "no document" to findAndModify.
        var difference = values.Difference(expected, actual, isRoot: true);
        if (difference is not null)
        {
            throw new UnmetExpectationException($"result of {description["name"]}: {difference}");
        }
    }
}
