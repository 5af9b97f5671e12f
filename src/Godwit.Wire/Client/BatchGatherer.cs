using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Godwit.Bson;

namespace Godwit.Wire.Client;

/// <summary>Where the documents of a batch lie once they stand together.</summary>
/// <param name="ArrayStart">Where the array they came in begins in the block.</param>
/// <param name="End">Where the last one ends; the first begins behind the array's length word.</param>
/// <param name="Count">How many there are.</param>
/// <param name="LastStart">Where the last one begins, counted from the first.</param>
internal readonly record struct GatheredBatch(int ArrayStart, int End, int Count, int LastStart);

/// <summary>
/// Moves the documents of a cursor's batch together, so that nothing stands between them: the form of a document sequence. It does so
/// while the reply is still coming in, when its bytes are in the processor's cache; done afterwards, the same work costs a third of
/// the whole copy. The array is destroyed by it; everything behind it in the reply stays where it is.
/// </summary>
internal struct BatchGatherer(byte[] block, int frameLength)
{
    private const int BodyStart = MessageHeader.Size + 5;

    /// <summary>Body, cursor and array with their names: what has to be there before anything can be decided.</summary>
    private const int HeadLength = BodyStart + 4 + 8 + 4 + 12 + 4;

    private State state = State.Head;
    private int arrayStart;
    private int read;
    private int written;
    private int documentRest;
    private int count;
    private int lastStart;

    private enum State
    {
        Head,
        Elements,
        Gathered,
        Other,
    }

    /// <summary>The batch, when the whole frame is there; <see langword="null"/> if the reply is none of a cursor.</summary>
    internal readonly GatheredBatch? Batch =>
        state == State.Gathered ? new(arrayStart, written, count, lastStart - arrayStart - 4) : null;

    /// <summary>Moves the documents of an array together that is all there.</summary>
    internal static GatheredBatch Gather(byte[] block, int frameLength, int arrayStart)
    {
        var gatherer = new BatchGatherer(block, frameLength);
        gatherer.Begin(arrayStart);
        gatherer.Advance(frameLength);
        return gatherer.Batch ?? throw WireException.Malformed("a batch has no end");
    }

    /// <summary>Works on what has come: the first <paramref name="received"/> bytes of the frame.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void Advance(int received)
    {
        if (state == State.Head)
        {
            ReadHead(received);
        }

        while (state == State.Elements)
        {
            if (documentRest > 0)
            {
                var length = Math.Min(documentRest, received - read);
                block.AsSpan(read, length).CopyTo(block.AsSpan(written));
                read += length;
                written += length;
                documentRest -= length;
                if (documentRest > 0)
                {
                    return;
                }
            }

            if (!TryBeginDocument(received))
            {
                return;
            }
        }
    }

    /// <summary>Reads type and name of the next element and the length of its document; false while they are not there.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryBeginDocument(int received)
    {
        var rest = block.AsSpan(read, received - read);
        if (rest.IsEmpty)
        {
            return false;
        }

        if (rest[0] == 0)
        {
            state = State.Gathered;
            return false;
        }

        var name = rest[1..].IndexOf((byte)0);
        if (name < 0 || rest.Length < name + 2 + 4)
        {
            return false;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(rest[(name + 2)..]);
        if (rest[0] != (byte)BsonType.Document || length < 5 || length > frameLength - read)
        {
            throw WireException.Malformed("a batch holds something that is not a document");
        }

        read += name + 2;
        documentRest = length;
        lastStart = written;
        count++;
        return true;
    }

    private void ReadHead(int received)
    {
        if (received < Math.Min(HeadLength, frameLength))
        {
            return;
        }

        state = State.Other;
        var head = block.AsSpan(0, received);
        if (
            received < HeadLength
            || MessageHeader.Read(head).OpCode != OpCode.Message
            || BinaryPrimitives.ReadInt32LittleEndian(head[MessageHeader.Size..]) != 0
            || head[MessageHeader.Size + 4] != 0
            || !head[(BodyStart + 4)..].StartsWith("\u0003cursor\0"u8)
        )
        {
            return;
        }

        const int firstStart = BodyStart + 4 + 8 + 4;
        var first = head[firstStart..];
        var nameLength =
            first.StartsWith("\u0004firstBatch\0"u8) ? 12
            : first.StartsWith("\u0004nextBatch\0"u8) ? 11
            : 0;
        if (nameLength > 0)
        {
            Begin(firstStart + nameLength);
        }
    }

    private void Begin(int array)
    {
        arrayStart = array;
        (read, written, lastStart) = (array + 4, array + 4, array + 4);
        state = State.Elements;
    }
}
