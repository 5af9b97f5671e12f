using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Commands;

/// <summary>Puts a write concern error into a reply where MongoDB has it, with the labels it brings.</summary>
internal static class WriteConcernReply
{
    /// <summary>The reply with the error.</summary>
    internal static RawDocument With(
        CommandContext context,
        RawDocument reply,
        RawDocument error,
        IReadOnlyList<string>? labelOverride
    )
    {
        var code = (ErrorCode)(error["code"].ToInt64() ?? 0);
        var labels =
            labelOverride
            ?? ErrorLabels.For(context.Request, context.Generic, ErrorCode.OK, code, context.Client.IsInternal);
        var builder = new DocumentBuilder(reply.Length + error.Length + 64);
        var isWritten = false;
        foreach (var element in reply)
        {
            if (!isWritten && (element.NameIs("upserted") || element.NameIs("nModified")))
            {
                builder.Add("writeConcernError", error);
                isWritten = true;
            }

            builder.Add(element);
        }

        if (!isWritten)
        {
            builder.Add("writeConcernError", error);
        }

        // Labels of a reply that succeeded stand behind ok (sessions-failpoints/fail_command).
        if (labels.Count > 0)
        {
            builder
                .Add("ok", reply.Has("ok") ? RawValue.Missing : 1.0)
                .Add("errorLabels", RawValue.Array(labels.Select(RawValue.String)));
        }

        return builder.Build();
    }
}
