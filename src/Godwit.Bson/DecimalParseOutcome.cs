namespace Godwit.Bson;

/// <summary>What came of reading a decimal from text.</summary>
public enum DecimalParseOutcome
{
    /// <summary>A value, perhaps rounded to 34 digits.</summary>
    Parsed,

    /// <summary>Not a number's notation.</summary>
    Malformed,

    /// <summary>Larger than the largest value.</summary>
    Overflow,

    /// <summary>Digits lost below the smallest exponent.</summary>
    Underflow,
}
