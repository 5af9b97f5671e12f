namespace Godwit.Wire;

/// <summary>The ways to compress a message; the numbers stand in OP_COMPRESSED.</summary>
internal enum Compressor : byte
{
    /// <summary>Not compressed, though wrapped.</summary>
    None = 0,

    /// <summary>Snappy.</summary>
    Snappy = 1,

    /// <summary>zlib (deflate with its header).</summary>
    Zlib = 2,

    /// <summary>Zstandard.</summary>
    Zstd = 3,
}
