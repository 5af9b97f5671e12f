namespace Godwit.Bson;

/// <summary>How digits that do not fit are dropped.</summary>
public enum DecimalRounding
{
    /// <summary>To the nearest; a tie goes to the even neighbour.</summary>
    HalfEven,

    /// <summary>Cut off.</summary>
    TowardZero,

    /// <summary>To the next lower value.</summary>
    Down,

    /// <summary>To the next higher value.</summary>
    Up,
}
