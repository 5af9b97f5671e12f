using System.Buffers.Binary;

namespace Godwit.Engine.Remote;

/// <summary>Where the content of an event is that a host keeps.</summary>
/// <param name="Holder">Whose it is; 0 for nobody's.</param>
/// <param name="Place">Where it is there.</param>
/// <param name="Bytes">How large the event is.</param>
internal readonly record struct HeldContent(long Holder, long Place, int Bytes)
{
    /// <summary>Length of what is written into an event.</summary>
    internal const int Length = (2 * sizeof(long)) + sizeof(int);

    internal bool IsHeld => Holder != 0;

    internal static HeldContent Read(ReadOnlySpan<byte> bytes) =>
        new(
            BinaryPrimitives.ReadInt64LittleEndian(bytes),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[sizeof(long)..]),
            BinaryPrimitives.ReadInt32LittleEndian(bytes[(2 * sizeof(long))..])
        );

    internal void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteInt64LittleEndian(bytes, Holder);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[sizeof(long)..], Place);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[(2 * sizeof(long))..], Bytes);
    }
}
