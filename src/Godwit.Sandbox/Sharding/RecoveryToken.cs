using Godwit.Bson;

namespace Godwit.Sandbox.Sharding;

/// <summary>Tells in each reply of a transaction which shard knows its outcome; drivers send it back with the commit.</summary>
internal static class RecoveryToken
{
    /// <summary>Appends it, behind <c>ok</c> as MongoDB does.</summary>
    internal static RawDocument Append(RawDocument reply, RoutedTransaction transaction)
    {
        var token = new DocumentBuilder();
        if (transaction.RecoveryShard is { } shard)
        {
            token.Add("recoveryShardId", shard);
        }

        return new DocumentBuilder(reply.Length + 64).AddAll(reply).Add("ok", 1.0).Add("recoveryToken", token).Build();
    }
}
