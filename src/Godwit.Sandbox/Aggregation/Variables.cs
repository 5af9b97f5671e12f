using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation;

/// <summary>The place of one variable: made where it is declared, so that equal names in nested scopes stay apart.</summary>
/// <param name="Name">The name without <c>$$</c>.</param>
internal sealed record VariableSlot(string Name)
{
    /// <inheritdoc/>
    public bool Equals(VariableSlot? other) => ReferenceEquals(this, other);

    /// <inheritdoc/>
    public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
}

/// <summary>The values variables have while an expression is evaluated: an immutable chain, innermost first.</summary>
internal sealed class Variables
{
    /// <summary>No variable is bound.</summary>
    internal static readonly Variables Empty = new(null, null, default);

    private readonly Variables? outer;
    private readonly VariableSlot? slot;
    private readonly RawValue value;

    private Variables(Variables? outer, VariableSlot? slot, RawValue value)
    {
        this.outer = outer;
        this.slot = slot;
        this.value = value;
    }

    /// <summary>These variables and one more.</summary>
    internal Variables Bind(VariableSlot variable, RawValue bound) => new(this, variable, bound);

    /// <summary>The value of a variable; absent if nothing bound it.</summary>
    internal RawValue this[VariableSlot variable]
    {
        get
        {
            for (var frame = this; frame is not null; frame = frame.outer)
            {
                if (ReferenceEquals(frame.slot, variable))
                {
                    return frame.value;
                }
            }

            return default;
        }
    }
}
