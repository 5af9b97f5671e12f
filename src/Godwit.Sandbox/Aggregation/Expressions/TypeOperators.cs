using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Expressions;

/// <summary>What asks for types and converts between them.</summary>
internal static class TypeOperators
{
    internal static void Register(OperatorTable table)
    {
        table.Unary("$type", value => BsonTypeNames.NameOf(value.Type));
        table.Unary("$isNumber", value => value.IsNumber);
        ConvertOperators.Register(table);
    }
}
