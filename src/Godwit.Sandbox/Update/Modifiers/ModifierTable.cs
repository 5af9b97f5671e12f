using Godwit.Bson;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary>The operators by name.</summary>
internal static class ModifierTable
{
    private static readonly Dictionary<string, Func<RawElement, UpdateContext, Modifier>> ByName = new(
        StringComparer.Ordinal
    )
    {
        ["$set"] = (field, _) => new SetModifier(field.Value, isForInsertOnly: false),
        ["$setOnInsert"] = (field, _) => new SetModifier(field.Value, isForInsertOnly: true),
        ["$unset"] = (_, _) => new UnsetModifier(),
        ["$inc"] = (field, _) => ArithmeticModifier.Parse(field, multiplies: false),
        ["$mul"] = (field, _) => ArithmeticModifier.Parse(field, multiplies: true),
        ["$min"] = (field, context) => new CompareModifier(field.Value, keepsGreater: false, context.Collation),
        ["$max"] = (field, context) => new CompareModifier(field.Value, keepsGreater: true, context.Collation),
        ["$currentDate"] = CurrentDateModifier.Parse,
        ["$bit"] = (field, _) => BitModifier.Parse(field),
        ["$push"] = PushModifier.Parse,
        ["$addToSet"] = AddToSetModifier.Parse,
        ["$pop"] = (field, _) => PopModifier.Parse(field),
        ["$pull"] = PullModifier.Parse,
        ["$pullAll"] = PullModifier.ParseAll,
    };

    internal static bool Knows(string name) => ByName.ContainsKey(name) || name == "$rename";

    internal static Modifier Create(string name, RawElement field, UpdateContext context) =>
        ByName[name](field, context);
}
