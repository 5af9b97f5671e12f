namespace Godwit.Sandbox.Update;

/// <summary>The three ways an update can be written.</summary>
internal enum UpdateKind
{
    /// <summary><c>{$set: …, $inc: …}</c>.</summary>
    Operators,

    /// <summary>The whole new document.</summary>
    Replacement,

    /// <summary>An array of aggregation stages.</summary>
    Pipeline,
}
