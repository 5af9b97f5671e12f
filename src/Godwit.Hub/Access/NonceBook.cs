using System.Buffers.Binary;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace Godwit.Hub.Access;

/// <summary>
/// Nonces of HTTP digest: signed with a key of this process, good for a few minutes, and each count of one good once, so that a request
/// that was overheard cannot be sent again. After a restart clients are told that theirs is stale and take a new one by themselves.
/// </summary>
internal sealed class NonceBook(TimeProvider time)
{
    private const int SumBytes = 16;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(5);
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly ConcurrentDictionary<string, Used> counts = new(StringComparer.Ordinal);

    internal string Issue()
    {
        Span<byte> nonce = stackalloc byte[sizeof(long) + SumBytes + SumBytes];
        BinaryPrimitives.WriteInt64BigEndian(nonce, time.GetUtcNow().ToUnixTimeMilliseconds());
        RandomNumberGenerator.Fill(nonce[sizeof(long)..^SumBytes]);
        Sign(nonce[..^SumBytes], nonce[^SumBytes..]);
        return Base64Url.EncodeToString(nonce);
    }

    /// <summary>Whether a nonce is ours and not too old.</summary>
    internal bool IsCurrent(string nonce)
    {
        Span<byte> bytes = stackalloc byte[sizeof(long) + SumBytes + SumBytes];
        Span<byte> sum = stackalloc byte[SumBytes];
        if (
            !Base64Url.IsValid(nonce, out var decoded)
            || decoded != bytes.Length
            || !Base64Url.TryDecodeFromChars(nonce, bytes, out _)
        )
        {
            return false;
        }

        Sign(bytes[..^SumBytes], sum);
        return CryptographicOperations.FixedTimeEquals(sum, bytes[^SumBytes..])
            && time.GetUtcNow().ToUnixTimeMilliseconds() - BinaryPrimitives.ReadInt64BigEndian(bytes)
                < Lifetime.TotalMilliseconds;
    }

    /// <summary>Takes a count of a nonce; false if it was taken before.</summary>
    internal bool Take(string nonce, uint count)
    {
        Forget();
        return counts.GetOrAdd(nonce, _ => new(time.GetUtcNow())).Take(count);
    }

    private void Forget()
    {
        var oldest = time.GetUtcNow() - Lifetime;
        foreach (var (nonce, used) in counts)
        {
            if (used.Since < oldest)
            {
                _ = counts.TryRemove(nonce, out _);
            }
        }
    }

    private void Sign(ReadOnlySpan<byte> text, Span<byte> sum)
    {
        Span<byte> full = stackalloc byte[HMACSHA256.HashSizeInBytes];
        _ = HMACSHA256.HashData(key, text, full);
        full[..SumBytes].CopyTo(sum);
    }

    private sealed class Used(DateTimeOffset since)
    {
        private readonly HashSet<uint> taken = [];

        internal DateTimeOffset Since => since;

        internal bool Take(uint count)
        {
            lock (taken)
            {
                return taken.Add(count);
            }
        }
    }
}
