using Godwit.Bson;

namespace Godwit.Sandbox.Query.Schema;

/// <summary>
/// <c>$jsonSchema</c>, draft 4 with BSON types: a list of checks, each of which passes values it does not speak about.
/// </summary>
internal sealed class JsonSchema
{
    private readonly List<Func<RawValue, bool>> checks;

    private JsonSchema(List<Func<RawValue, bool>> checks) => this.checks = checks;

    internal static JsonSchema Parse(RawDocument schema, QueryContext context)
    {
        var checks = new List<Func<RawValue, bool>>();
        foreach (var element in schema)
        {
            var check =
                SchemaValueKeywords.Parse(schema, element, context)
                ?? SchemaArrayKeywords.Parse(schema, element, context)
                ?? SchemaObjectKeywords.Parse(schema, element, context)
                ?? SchemaLogicKeywords.Parse(element, context)
                ?? throw SchemaErrors.UnknownKeyword(element.Name);
            checks.Add(check);
        }

        return new(checks);
    }

    internal bool Matches(RawDocument document) => Accepts(RawValue.Document(document));

    internal bool Accepts(RawValue value) => checks.TrueForAll(check => check(value));
}
