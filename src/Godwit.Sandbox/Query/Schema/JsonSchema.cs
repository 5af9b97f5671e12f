using Godwit.Bson;

namespace Godwit.Sandbox.Query.Schema;

/// <summary>
/// <c>$jsonSchema</c>, draft 4 with BSON types: a list of checks, each of which passes values it does not speak about.
/// </summary>
internal sealed class JsonSchema
{
    private readonly List<(RawElement Rule, Func<RawValue, bool> Check)> checks;

    private JsonSchema(List<(RawElement Rule, Func<RawValue, bool> Check)> checks) => this.checks = checks;

    internal static JsonSchema Parse(RawDocument schema, QueryContext context)
    {
        var checks = new List<(RawElement Rule, Func<RawValue, bool> Check)>();
        foreach (var element in schema)
        {
            var check =
                SchemaValueKeywords.Parse(schema, element, context)
                ?? SchemaArrayKeywords.Parse(schema, element, context)
                ?? SchemaObjectKeywords.Parse(schema, element, context)
                ?? SchemaLogicKeywords.Parse(element, context)
                ?? throw SchemaErrors.UnknownKeyword(element.Name);
            checks.Add((element, check));
        }

        return new(checks);
    }

    internal bool Matches(RawDocument document) => Accepts(RawValue.Document(document));

    internal bool Accepts(RawValue value) => checks.TrueForAll(rule => rule.Check(value));

    /// <summary>The rules a value breaks.</summary>
    internal IEnumerable<RawElement> Broken(RawValue value) =>
        checks.Where(rule => !rule.Check(value)).Select(rule => rule.Rule);
}
