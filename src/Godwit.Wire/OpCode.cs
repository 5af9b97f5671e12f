namespace Godwit.Wire;

/// <summary>The kinds of message that are still spoken.</summary>
internal enum OpCode
{
    /// <summary>Answer to a legacy query.</summary>
    Reply = 1,

    /// <summary>Legacy query; today only a first hello.</summary>
    Query = 2004,

    /// <summary>Another message, compressed.</summary>
    Compressed = 2012,

    /// <summary>Request or reply since MongoDB 3.6.</summary>
    Message = 2013,
}
