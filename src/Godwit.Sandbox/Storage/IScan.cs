namespace Godwit.Sandbox.Storage;

/// <summary>A walk over logical keys in order. Key and value are valid until the next move.</summary>
internal interface IScan : IDisposable
{
    /// <summary>The logical key at hand, ident included.</summary>
    ReadOnlySpan<byte> Key { get; }

    /// <summary>Its value.</summary>
    ReadOnlySpan<byte> Value { get; }

    /// <summary>Goes to the next key; false at the end.</summary>
    bool MoveNext();
}
