using System.Buffers;
using Godwit.Engine.Pacing;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Cloning;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.WireProtocol;

namespace Godwit.Cluster.Messages;

/// <summary>Writes <see cref="PooledBytes"/> as Orleans writes an array of bytes, and reads it into a block from the pool.</summary>
[RegisterSerializer]
[RegisterCopier]
internal sealed class PooledBytesCodec : IFieldCodec<PooledBytes>, IDeepCopier<PooledBytes>
{
    public void WriteField<TBufferWriter>(
        ref Writer<TBufferWriter> writer,
        uint fieldIdDelta,
        Type? expectedType,
        PooledBytes? value
    )
        where TBufferWriter : IBufferWriter<byte>
    {
        ArgumentNullException.ThrowIfNull(value);
        ReferenceCodec.MarkValueField(writer.Session);
        writer.WriteFieldHeader(fieldIdDelta, expectedType, typeof(PooledBytes), WireType.LengthPrefixed);
        writer.WriteVarUInt32((uint)value.Bytes.Length);
        writer.Write(value.Bytes.Span);
    }

    public PooledBytes ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        ReferenceCodec.MarkValueField(reader.Session);
        field.EnsureWireType(WireType.LengthPrefixed);
        var block = new RentedBytes((int)reader.ReadVarUInt32());
        reader.ReadBytes(block.Bytes.Span);
        return new(block.Bytes, block);
    }

    /// <summary>For a call within one process: each end gives back its own.</summary>
    public PooledBytes? DeepCopy(PooledBytes? input, CopyContext context) =>
        input is null ? null : PooledBytes.CopyOf(input.Bytes.Span);
}
