namespace Godwit.Bson.ExtendedJson;

/// <summary>The two ways of Extended JSON v2 to write numbers and dates.</summary>
public enum ExtendedJsonForm
{
    /// <summary>Every type wrapped: reading gives the same bytes again.</summary>
    Canonical,

    /// <summary>Numbers and dates from 1970 to 9999 as people write them; the exact number types are lost.</summary>
    Relaxed,
}
