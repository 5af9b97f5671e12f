using Godwit.Bson;

namespace Godwit.Sandbox.Update.Modifiers;

/// <summary>Reads arguments that must be whole numbers, of whatever numeric type.</summary>
internal static class WholeNumber
{
    internal static bool TryRead(RawValue value, out long number)
    {
        number = 0;
        if (!value.IsNumber || value.ToInt64() is not { } whole)
        {
            return false;
        }

        number = whole;
        return ValueComparer.AreEqual(value, whole);
    }
}
