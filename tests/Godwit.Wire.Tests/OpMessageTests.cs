using System.IO.Pipelines;
using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Wire.Tests;

/// <summary>What was framed comes out again; what breaks the protocol is refused with MongoDB's code.</summary>
public sealed class OpMessageTests
{
    private static readonly RawDocument Body = new DocumentBuilder { { "insert", "c" }, { "$db", "test" } }.Build();

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    [InlineData(1u << 16)]
    public void A_message_with_sequences_comes_out_as_it_went_in(uint flags)
    {
        var documents = new DocumentBuilder { { "_id", 1 } }
            .Build()
            .Bytes.ToArray();
        byte[] two = [.. documents, .. documents];

        var frame = OpMessageWriter.ToFrame(7, 3, (MessageFlags)flags, Body, new DocumentSequence("documents", two));
        var message = OpMessage.Parse(frame);

        message.Header.ShouldBe(new MessageHeader(frame.Length, 7, 3, OpCode.Message));
        message.Body.Equals(Body).ShouldBeTrue();
        message.Sequences.ShouldHaveSingleItem().Identifier.ShouldBe("documents");
        message.Sequences[0].ToList().Count.ShouldBe(2);
    }

    [Fact]
    public void A_wrong_checksum_is_refused()
    {
        var frame = OpMessageWriter.ToFrame(1, 0, MessageFlags.ChecksumPresent, Body);
        frame[30] ^= 1;

        Should.Throw<WireException>(() => OpMessage.Parse(frame)).Code.ShouldBe(288);
    }

    [Theory]
    [InlineData(0x4u, 223)]
    [InlineData(0x8000u, 223)]
    public void An_unknown_required_flag_is_refused(uint flags, int code)
    {
        var frame = OpMessageWriter.ToFrame(1, 0, (MessageFlags)flags, Body);

        Should.Throw<WireException>(() => OpMessage.Parse(frame)).Code.ShouldBe(code);
    }

    [Fact]
    public void An_unknown_optional_flag_is_ignored() =>
        OpMessage.Parse(OpMessageWriter.ToFrame(1, 0, (MessageFlags)(1u << 20), Body)).Body.Equals(Body).ShouldBeTrue();

    [Fact]
    public void Two_bodies_or_none_are_refused()
    {
        var frame = OpMessageWriter.ToFrame(1, 0, MessageFlags.None, Body);

        Should.Throw<WireException>(() => OpMessage.Parse((byte[])[.. frame, .. frame[20..]])).Code.ShouldBe(40430);
        Should.Throw<WireException>(() => OpMessage.Parse(frame[..20])).Code.ShouldBe(40587);
    }

    [Theory]
    [InlineData((byte)Compressor.None)]
    [InlineData((byte)Compressor.Snappy)]
    [InlineData((byte)Compressor.Zlib)]
    [InlineData((byte)Compressor.Zstd)]
    public void A_compressed_message_comes_out_as_it_went_in(byte compressor)
    {
        var body = new DocumentBuilder { { "x", new string('a', 100_000) } }.Build();
        var frame = OpMessageWriter.ToFrame(9, 2, MessageFlags.None, body);

        var wrapped = Compression.Wrap(frame, (Compressor)compressor);
        MessageHeader.Read(wrapped).OpCode.ShouldBe(OpCode.Compressed);
        var (unwrapped, used) = Compression.Unwrap(wrapped);

        unwrapped.ShouldBe(frame);
        used.ShouldBe((Compressor)compressor);
    }

    [Fact]
    public void A_compressed_message_that_announces_too_much_is_refused_before_memory_is_taken()
    {
        var wrapped = Compression.Wrap(OpMessageWriter.ToFrame(9, 2, MessageFlags.None, Body), Compressor.Snappy);
        BitConverter.TryWriteBytes(wrapped.AsSpan(20), int.MaxValue).ShouldBeTrue();

        Should.Throw<WireException>(() => Compression.Unwrap(wrapped));
    }

    [Fact]
    public async Task Frames_are_cut_wherever_the_bytes_happen_to_break()
    {
        var pipe = new Pipe();
        var first = OpMessageWriter.ToFrame(1, 0, MessageFlags.None, Body);
        var second = OpMessageWriter.ToFrame(2, 0, MessageFlags.None, Body);
        var reader = new FrameReader(pipe.Reader);
        var reading = ReadAllAsync(reader);
        foreach (var value in first.Concat(second))
        {
            await pipe.Writer.WriteAsync(new[] { value }, TestContext.Current.CancellationToken);
        }

        await pipe.Writer.CompleteAsync();
        (await reading).ShouldBe([first, second]);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(48_000_001)]
    [InlineData(-1)]
    public async Task An_impossible_length_is_refused_with_nothing_buffered(int length)
    {
        var pipe = new Pipe();
        await pipe.Writer.WriteAsync(BitConverter.GetBytes(length), TestContext.Current.CancellationToken);

        await Should.ThrowAsync<WireException>(async () =>
            await new FrameReader(pipe.Reader).ReadAsync(TestContext.Current.CancellationToken)
        );
    }

    private static async Task<List<byte[]>> ReadAllAsync(FrameReader reader)
    {
        var frames = new List<byte[]>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken) is { } frame)
        {
            frames.Add(frame);
        }

        return frames;
    }
}
