using MongoDB.Bson;
using MongoDB.Driver;

namespace Godwit.Conformance.Tests.UnifiedTests.Matching;

/// <summary>Whether an operation failed in the way a case expects.</summary>
internal sealed class ErrorMatcher(Entities entities)
{
    private readonly ValueMatcher values = new(entities);

    public void Check(BsonDocument expected, Exception actual)
    {
        foreach (var element in expected)
        {
            if (!Holds(element, actual))
            {
                throw new UnmetExpectationException(
                    $"{element.Name} {element.Value} expected of the error, got {actual.GetType().Name} {Code(actual)}: {actual.Message} [{string.Join(", ", Labels(actual))}]"
                );
            }
        }
    }

    private bool Holds(BsonElement element, Exception actual) =>
        element.Name switch
        {
            "isError" => true,
            "isClientError" => element.Value.AsBoolean == IsClientError(actual),
            "isTimeoutError" => throw new NotExpressibleException("isTimeoutError"),
            "errorContains" => Messages(actual)
                .Any(m => m.Contains(element.Value.AsString, StringComparison.OrdinalIgnoreCase)),
            "errorCode" => Code(actual) == element.Value.ToInt32(),
            "errorCodeName" => CodeName(actual) == element.Value.AsString,
            "errorLabelsContain" => element.Value.AsBsonArray.All(label => Labels(actual).Contains(label.AsString)),
            "errorLabelsOmit" => element.Value.AsBsonArray.All(label => !Labels(actual).Contains(label.AsString)),
            "errorResponse" => Response(actual) is { } reply && values.Difference(element.Value, reply, true) is null,
            "expectResult" => values.Difference(element.Value, Results.PartialOf(actual), true) is null,
            "writeErrors" => AreAlike(element.Value.AsBsonDocument, Results.WriteErrorsOf(actual)),
            "writeConcernErrors" => values.Difference(element.Value, Results.WriteConcernErrorsOf(actual), true)
                is null,
            _ => throw new NotExpressibleException($"error expectation {element.Name}"),
        };

    /// <summary>Each error is matched as a document at the root: it may say more than the case names.</summary>
    private bool AreAlike(BsonDocument expected, BsonDocument actual) =>
        expected.ElementCount == actual.ElementCount
        && expected.All(error => values.Difference(error.Value, actual.GetValue(error.Name, null), true) is null);

    /// <summary>Not a server's answer; lost connections count as the client's.</summary>
    private static bool IsClientError(Exception error) =>
        error switch
        {
            ClientBulkWriteException bulk => bulk.InnerException is not null && IsClientError(bulk.InnerException),
            MongoConnectionException => true,
            MongoServerException => false,
            _ => true,
        };

    private static IEnumerable<string> Labels(Exception error) =>
        error switch
        {
            MongoException mongo => mongo.ErrorLabels.Concat(
                mongo.InnerException is MongoException inner ? inner.ErrorLabels : []
            ),
            _ => [],
        };

    private static IEnumerable<string> Messages(Exception error)
    {
        for (var e = error; e is not null; e = e.InnerException)
        {
            yield return e.Message;
        }
    }

    private static int? Code(Exception error) =>
        error switch
        {
            MongoWriteConcernException { WriteConcernResult.Response: { } response } => Find(response, "code")
                ?.ToInt32(),
            MongoCommandException command => command.Code,
            MongoWriteException write => write.WriteError?.Code ?? write.WriteConcernError?.Code,
            MongoBulkWriteException bulk => bulk.WriteErrors.FirstOrDefault()?.Code ?? bulk.WriteConcernError?.Code,
            ClientBulkWriteException { InnerException: { } inner } => Code(inner),
            MongoExecutionTimeoutException timeout => timeout.Code,
            _ => error.InnerException is { } inner ? Code(inner) : null,
        };

    private static string? CodeName(Exception error) =>
        error switch
        {
            MongoWriteConcernException { WriteConcernResult.Response: { } response } => Find(
                response,
                "codeName"
            )?.AsString,
            MongoCommandException command => command.CodeName,
            MongoExecutionTimeoutException timeout => timeout.CodeName,
            MongoWriteException { WriteConcernError: { } concern } => concern.CodeName,
            MongoBulkWriteException { WriteConcernError: { } concern } => concern.CodeName,
            _ => error.InnerException is { } inner ? CodeName(inner) : null,
        };

    private static BsonValue? Find(BsonDocument response, string field) =>
        response.TryGetValue(field, out var value) ? value
        : response.TryGetValue("writeConcernError", out var concern) ? concern.AsBsonDocument.GetValue(field, null)
        : null;

    private static BsonDocument? Response(Exception error) =>
        error switch
        {
            MongoCommandException command => command.Result,
            _ => error.InnerException is { } inner ? Response(inner) : null,
        };
}
