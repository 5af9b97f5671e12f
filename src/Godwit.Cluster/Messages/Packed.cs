using System.Runtime.InteropServices;

namespace Godwit.Cluster.Messages;

/// <summary>
/// Numbers as the bytes they are in memory: Orleans copies bytes as a whole, and writes and reads any other array number by number. All hosts
/// have the same order of bytes: .NET runs on no other machines that Godwit is built for.
/// </summary>
internal static class Packed
{
    internal static byte[] Of<T>(ReadOnlySpan<T> numbers)
        where T : unmanaged => MemoryMarshal.AsBytes(numbers).ToArray();

    internal static T[] To<T>(byte[] bytes)
        where T : unmanaged => MemoryMarshal.Cast<byte, T>(bytes).ToArray();
}
