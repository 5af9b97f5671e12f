using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Diagnostics;

/// <summary><c>getDefaultRWConcern</c> and <c>setDefaultRWConcern</c>.</summary>
internal static class DefaultConcerns
{
    /// <summary>What holds for clients that give no concern.</summary>
    internal static DocumentBuilder Get(CommandContext context) => Describe(context);

    /// <summary>Changes it.</summary>
    internal static DocumentBuilder Set(CommandContext context)
    {
        var arguments = context.Arguments;
        if (arguments.Document("defaultReadConcern") is { } read)
        {
            context.Member.DefaultReadConcern = read.IsEmpty ? null : ReadConcern.Parse(read);
        }

        if (arguments.Document("defaultWriteConcern") is { } write)
        {
            context.Member.DefaultWriteConcern = WriteConcern.Parse(write) with { Provenance = "customDefault" };
        }

        return Describe(context);
    }

    private static DocumentBuilder Describe(CommandContext context)
    {
        var (read, write) = (context.Member.DefaultReadConcern, context.Member.DefaultWriteConcern);
        var level = (read ?? ReadConcern.Default).Level;
        return new()
        {
            {
                "defaultReadConcern",
                new DocumentBuilder { { "level", level.ToString().ToLowerInvariant() } }
            },
            {
                "defaultWriteConcern",
                new DocumentBuilder
                {
                    { "w", write.Members is { } members ? members : write.Mode ?? "majority" },
                    { "wtimeout", (int)write.Timeout.TotalMilliseconds },
                }
            },
            { "defaultWriteConcernSource", write.Provenance == "customDefault" ? "global" : "implicit" },
            { "defaultReadConcernSource", read is null ? "implicit" : "global" },
            { "localUpdateWallClockTime", RawValue.DateTime(context.Member.Time.GetUtcNow()) },
        };
    }
}
