using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>The <c>writeConcern</c> argument: how many members must have a write before it is acknowledged.</summary>
/// <param name="Members">Number of members asked for; <see langword="null"/> for "majority" or a tag.</param>
/// <param name="Mode">"majority" or the name of a custom mode; <see langword="null"/> if <paramref name="Members"/> is set.</param>
/// <param name="Journal">Whether the write must be on disk.</param>
/// <param name="Timeout">How long to wait; zero for ever.</param>
/// <param name="Provenance">Where the concern comes from, as errors name it.</param>
internal sealed record WriteConcern(int? Members, string? Mode, bool? Journal, TimeSpan Timeout, string Provenance)
{
    /// <summary>Tags of which as many different values must have the write, instead of members; the sets here have none.</summary>
    internal RawDocument? Tags { get; init; }

    /// <summary>What holds where neither client nor administrator says anything.</summary>
    internal static readonly WriteConcern ImplicitDefault = new(
        null,
        "majority",
        null,
        TimeSpan.Zero,
        "implicitDefault"
    );

    /// <summary>Whether no acknowledgement is asked for (w: 0).</summary>
    internal bool IsUnacknowledged => Members == 0;

    /// <summary>Whether a majority is asked for.</summary>
    internal bool IsMajority => Mode == "majority";

    /// <summary>Reads the argument.</summary>
    internal static WriteConcern Parse(RawDocument document)
    {
        var arguments = new CommandArguments(document, "writeConcern");
        foreach (var element in document)
        {
            if (element.Name is not ("w" or "j" or "wtimeout" or "fsync" or "provenance" or "getLastError"))
            {
                throw CommandErrors.UnknownField("WriteConcernOptions", element.Name);
            }
        }

        var w = document["w"];
        var (members, mode) = w.Type switch
        {
            BsonType.Missing or BsonType.Null => ((int?)null, (string?)"majority"),
            BsonType.String => (null, w.AsString),
            BsonType.Document => (null, null),
            _ when w.IsNumber => (MemberCount(w), null),
            _ => throw new CommandException(
                ErrorCode.FailedToParse,
                "w has to be a number, string, or object; found: " + BsonTypeNames.NameOf(w.Type)
            ),
        };
        var milliseconds = document["wtimeout"].IsNumber ? document["wtimeout"].ToInt64() ?? 0 : 0;
        return new(
            members,
            mode,
            arguments.BooleanOrNumber("j"),
            TimeSpan.FromMilliseconds(Math.Max(0, milliseconds)),
            "clientSupplied"
        )
        {
            Tags = w.Type == BsonType.Document ? ParseTags(w.AsDocument) : null,
        };
    }

    /// <summary>The concern as error details show it.</summary>
    internal RawDocument ToDocument()
    {
        var document = new DocumentBuilder();
        _ = Tags is { } tags
            ? document.Add("w", tags)
            : document.Add("w", Members is { } count ? count : Mode ?? "majority");
        if (Journal is { } journal)
        {
            document.Add("j", journal);
        }

        return document.Add("wtimeout", (int)Timeout.TotalMilliseconds).Add("provenance", Provenance).Build();
    }

    private static RawDocument ParseTags(RawDocument tags)
    {
        var numbers = new DocumentBuilder();
        foreach (var tag in tags)
        {
            numbers.Add(
                tag.Name,
                tag.Value.IsNumber
                    ? tag.Value.ToInt64() ?? 0
                    : throw new CommandException(
                        ErrorCode.FailedToParse,
                        "tags must be a single level document with only number values"
                    )
            );
        }

        return numbers.Build();
    }

    private static int MemberCount(RawValue w) =>
        w.ToInt64() is { } count and >= 0 and <= 50
            ? (int)count
            : throw new CommandException(
                ErrorCode.FailedToParse,
                "w has to be a non-negative number and not greater than 50; found: " + w
            );
}
