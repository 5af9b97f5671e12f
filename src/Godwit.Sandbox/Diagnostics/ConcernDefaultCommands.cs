using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Diagnostics;

/// <summary><c>getDefaultRWConcern</c> and <c>setDefaultRWConcern</c>.</summary>
internal static class ConcernDefaultCommands
{
    /// <summary>What holds for clients that give no concern.</summary>
    internal static DocumentBuilder Get(CommandContext context) => Describe(context.Member);

    /// <summary>The same, as <c>serverStatus</c> shows it.</summary>
    internal static DocumentBuilder Describe(Member member)
    {
        var defaults = member.Defaults;
        var (document, write) = (defaults.Document ?? RawDocument.Empty, defaults.Write);
        return new()
        {
            {
                "defaultReadConcern",
                new DocumentBuilder
                {
                    { "level", (defaults.Read ?? ReadConcern.Default).Level.ToString().ToLowerInvariant() },
                }
            },
            {
                "defaultWriteConcern",
                write is { Provenance: "implicitDefault", IsMajority: false } ? RawValue.Missing : Describe(write)
            },
            { "updateOpTime", document["updateOpTime"] },
            { "updateWallClockTime", document["updateWallClockTime"] },
            { "defaultWriteConcernSource", write.Provenance == "customDefault" ? "global" : "implicit" },
            { "defaultReadConcernSource", defaults.Read is null ? "implicit" : "global" },
            { "localUpdateWallClockTime", RawValue.DateTime(member.Time.GetUtcNow()) },
        };
    }

    /// <summary>Changes it.</summary>
    internal static async ValueTask<DocumentBuilder> SetAsync(
        CommandContext context,
        CancellationToken cancellationToken
    )
    {
        var (read, write) = (
            context.Arguments.Document("defaultReadConcern"),
            context.Arguments.Document("defaultWriteConcern")
        );
        if (read is null && write is null)
        {
            throw Refused(
                "At least one of the \"defaultReadConcern\" or \"defaultWriteConcern\" fields must be present"
            );
        }

        var before = context.Member.Defaults.Document ?? RawDocument.Empty;
        var document = new DocumentBuilder
        {
            { "_id", ConcernDefaults.Id },
            { "defaultReadConcern", Read(read, before) },
            { "defaultWriteConcern", Write(write, before) },
            { "updateOpTime", context.Node.LastApplied.Time },
            { "updateWallClockTime", RawValue.DateTime(context.Member.Time.GetUtcNow()) },
        };
        await context
            .Member.Writes.PutAsync(ConcernDefaults.Settings, document.Build(), cancellationToken)
            .ConfigureAwait(false);
        return Get(context);
    }

    // An empty document takes the default away.
    private static RawValue Read(RawDocument? given, RawDocument before)
    {
        if (given is not { } document)
        {
            return before["defaultReadConcern"];
        }

        if (document.IsEmpty)
        {
            return default;
        }

        var level = ReadConcern.Parse(document).Level;
        return level is ReadConcernLevel.Linearizable or ReadConcernLevel.Snapshot
            ? throw Refused($"level: '{document["level"].AsString}' is not suitable for the default read concern")
            : document;
    }

    private static RawValue Write(RawDocument? given, RawDocument before)
    {
        if (given is not { } document)
        {
            return before["defaultWriteConcern"];
        }

        if (document.IsEmpty)
        {
            return before.Has("defaultWriteConcern")
                ? throw new CommandException(
                    ErrorCode.IllegalOperation,
                    "The global default write concern cannot be unset once it is set."
                )
                : default(RawValue);
        }

        var concern = WriteConcern.Parse(document);
        return concern.IsUnacknowledged
            ? throw Refused("Unacknowledged write concern is not suitable for the default write concern")
            : Describe(concern);
    }

    private static RawValue Describe(WriteConcern concern) =>
        new DocumentBuilder
        {
            { "w", concern.Members is { } members ? members : concern.Mode ?? "majority" },
            { "wtimeout", (int)concern.Timeout.TotalMilliseconds },
        };

    private static CommandException Refused(string message) => new(ErrorCode.BadValue, message);
}
