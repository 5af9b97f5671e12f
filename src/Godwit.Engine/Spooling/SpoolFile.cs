using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Godwit.Engine.Spooling;

/// <summary>
/// A file of encrypted records, written at its end and read from any known place (S33). A record is its length, its bytes under
/// AES-GCM with its number as nonce, and the tag: a torn, altered or moved record is noticed. One writer; readers beside it.
/// </summary>
internal sealed class SpoolFile : IDisposable
{
    /// <summary>Bytes of the tag behind each record.</summary>
    internal const int TagBytes = 16;

    /// <summary>What a record costs beyond its own bytes.</summary>
    internal const int RecordOverhead = sizeof(int) + TagBytes;

    private readonly SafeFileHandle handle;
    private readonly AesGcm cipher;
    private readonly string path;
    private long records;

    private SpoolFile(SafeFileHandle handle, AesGcm cipher, string path) =>
        (this.handle, this.cipher, this.path) = (handle, cipher, path);

    /// <summary>Bytes of the file.</summary>
    internal long Length { get; private set; }

    /// <summary>Bytes of its records, everything included: what was reserved for them.</summary>
    internal long RecordBytes => Math.Max(0, Length - SpoolKey.SaltBytes);

    internal static async Task<SpoolFile> CreateAsync(string path, SpoolKey key, CancellationToken cancellationToken)
    {
        var salt = RandomNumberGenerator.GetBytes(SpoolKey.SaltBytes);
        var handle = OpenHandle(path, FileMode.Create, FileAccess.ReadWrite);
        await RandomAccess.WriteAsync(handle, salt, 0, cancellationToken);
        return new(handle, key.CipherOf(salt), path) { Length = salt.Length };
    }

    /// <summary>Opens what an earlier life wrote, to be read only.</summary>
    internal static async Task<SpoolFile> OpenAsync(string path, SpoolKey key, CancellationToken cancellationToken)
    {
        var handle = OpenHandle(path, FileMode.Open, FileAccess.Read);
        var salt = new byte[SpoolKey.SaltBytes];
        _ = await RandomAccess.ReadAsync(handle, salt, 0, cancellationToken);
        return new(handle, key.CipherOf(salt), path) { Length = RandomAccess.GetLength(handle) };
    }

    /// <summary>Where the first record begins.</summary>
    internal static SpoolPlace First => new(SpoolKey.SaltBytes, 0);

    /// <summary>Appends a record and tells its place.</summary>
    internal async Task<SpoolPlace> AppendAsync(ReadOnlyMemory<byte> record, CancellationToken cancellationToken)
    {
        var place = new SpoolPlace(Length, records);
        var rented = ArrayPool<byte>.Shared.Rent(record.Length + RecordOverhead);
        try
        {
            Encrypt(record.Span, rented, place.Number);
            await RandomAccess.WriteAsync(
                handle,
                rented.AsMemory(0, record.Length + RecordOverhead),
                Length,
                cancellationToken
            );
        }
        catch (IOException failure)
        {
            throw new MigrationFailedException(
                "SpoolFailed",
                $"The spool {path} cannot be written: {failure.Message}",
                "Make room on its disk, or name another folder (--spool), and run the migration again.",
                failure
            );
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }

        Length += record.Length + RecordOverhead;
        records++;
        return place;
    }

    /// <summary>Bytes of the record at a place; -1 where no whole record stands.</summary>
    internal async Task<int> MeasureAsync(SpoolPlace place, CancellationToken cancellationToken)
    {
        var length = new byte[sizeof(int)];
        if (await RandomAccess.ReadAsync(handle, length, place.Offset, cancellationToken) < length.Length)
        {
            return -1;
        }

        var bytes = BinaryPrimitives.ReadInt32LittleEndian(length);
        return bytes >= 0 && place.Offset + bytes + RecordOverhead <= Length ? bytes : -1;
    }

    /// <summary>Reads the record at a place into <paramref name="into"/>, which has exactly its size.</summary>
    /// <exception cref="InvalidDataException">It is not what was written.</exception>
    internal async Task ReadAsync(SpoolPlace place, Memory<byte> into, CancellationToken cancellationToken)
    {
        var size = into.Length + TagBytes;
        var rented = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            var read = 0;
            while (read < size)
            {
                var offset = place.Offset + sizeof(int) + read;
                var some = await RandomAccess.ReadAsync(handle, rented.AsMemory(read..size), offset, cancellationToken);
                read += some > 0 ? some : throw new InvalidDataException($"the spool {path} ends within a record");
            }

            Decrypt(rented.AsSpan(0, size), into.Span, place.Number);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <summary>Closes the file and leaves it.</summary>
    public void Dispose()
    {
        handle.Dispose();
        cipher.Dispose();
    }

    /// <summary>Closes the file and removes it.</summary>
    internal void Erase()
    {
        Dispose();
        File.Delete(path);
    }

    /// <summary>Nobody but the user may read it, from its first byte on.</summary>
    private static SafeFileHandle OpenHandle(string path, FileMode mode, FileAccess access)
    {
        var options = new FileStreamOptions
        {
            Mode = mode,
            Access = access,
            Share = FileShare.ReadWrite | FileShare.Delete,
        };
        if (mode == FileMode.Create && !OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        using var stream = new FileStream(path, options);
        return File.OpenHandle(path, FileMode.Open, access, options.Share, FileOptions.Asynchronous);
    }

    private void Encrypt(ReadOnlySpan<byte> record, Span<byte> into, long number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(into, record.Length);
        Span<byte> nonce = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(nonce, number);
        lock (cipher)
        {
            cipher.Encrypt(
                nonce,
                record,
                into.Slice(sizeof(int), record.Length),
                into.Slice(sizeof(int) + record.Length, TagBytes),
                into[..sizeof(int)]
            );
        }
    }

    private void Decrypt(ReadOnlySpan<byte> stored, Span<byte> into, long number)
    {
        Span<byte> length = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(length, into.Length);
        Span<byte> nonce = stackalloc byte[12];
        BinaryPrimitives.WriteInt64LittleEndian(nonce, number);
        try
        {
            lock (cipher)
            {
                cipher.Decrypt(nonce, stored[..into.Length], stored[into.Length..], into, length);
            }
        }
        catch (AuthenticationTagMismatchException altered)
        {
            throw new InvalidDataException($"a record of the spool {path} is not what was written", altered);
        }
    }
}

/// <summary>Where a record stands in its file.</summary>
/// <param name="Offset">Byte at which it begins.</param>
/// <param name="Number">Its number, which is its nonce.</param>
internal readonly record struct SpoolPlace(long Offset, long Number)
{
    /// <summary>The place after a record of so many bytes.</summary>
    internal SpoolPlace After(int bytes) => new(Offset + bytes + SpoolFile.RecordOverhead, Number + 1);
}
