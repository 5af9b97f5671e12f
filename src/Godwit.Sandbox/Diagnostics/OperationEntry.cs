using System.Net;
using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>One operation as <c>system.profile</c> and the log of slow operations show it: what this server knows of MongoDB's fields.</summary>
internal static class OperationEntry
{
    /// <summary>The document of <c>system.profile</c>.</summary>
    internal static RawDocument ForProfile(CommandContext context, string ns, RawDocument reply, TimeSpan took)
    {
        var client = context.Client;
        var entry = new DocumentBuilder(1024)
        {
            { "op", KindOf(context.Traits.Name) },
            { "ns", ns },
            { "command", Shown(context) },
        }.AddAll(Figures(context, reply).Build());
        entry
            .Add("responseLength", reply.Length)
            .Add("protocol", "op_msg")
            .Add("millis", (int)took.TotalMilliseconds)
            .Add("planSummary", context.Work.PlanSummary is { Length: > 0 } plan ? plan : RawValue.Missing)
            .Add("ts", RawValue.DateTime(context.Member.Time.GetUtcNow()))
            .Add("client", (client.Remote as IPEndPoint)?.Address.ToString() ?? "")
            .Add("appName", client.ApplicationName is { Length: > 0 } name ? name : RawValue.Missing);
        var users = new ArrayBuilder();
        if (client.User is { } user)
        {
            users.Add(new DocumentBuilder { { "user", user.Name }, { "db", user.Database } });
        }

        return entry
            .Add("allUsers", users.Build())
            .Add("user", client.User is { } named ? $"{named.Name}@{named.Database}" : "")
            .Build();
    }

    /// <summary>The attributes of the line of a slow operation.</summary>
    internal static RawDocument ForLog(CommandContext context, string ns, RawDocument reply, TimeSpan took)
    {
        var entry = new DocumentBuilder(1024)
        {
            { "type", KindOf(context.Traits.Name) },
            { "isFromUserConnection", true },
            { "ns", ns },
            { "appName", context.Client.ApplicationName is { Length: > 0 } name ? name : RawValue.Missing },
            { "command", Shown(context) },
            { "planSummary", context.Work.PlanSummary is { Length: > 0 } plan ? plan : RawValue.Missing },
        };
        return entry
            .AddAll(Figures(context, reply).Build())
            .Add("reslen", reply.Length)
            .Add("remote", context.Client.Remote.ToString() ?? "")
            .Add("protocol", "op_msg")
            .Add("durationMillis", (int)took.TotalMilliseconds)
            .Build();
    }

    private static string KindOf(string command) => command == "delete" ? "remove" : TrafficCounters.KindOf(command);

    // A single update or delete is shown by itself, as MongoDB shows each.
    private static RawDocument Shown(CommandContext context)
    {
        var field = context.Traits.Name switch
        {
            "update" => "updates",
            "delete" => "deletes",
            _ => null,
        };
        return field is not null && context.Request.Documents(field, context.Traits.FieldOwner) is [var only]
            ? only
            : context.Body;
    }

    private static DocumentBuilder Figures(CommandContext context, RawDocument reply)
    {
        var figures = new DocumentBuilder();
        var work = context.Work;
        if (work.PlanSummary.Length > 0)
        {
            figures
                .Add("keysExamined", RawValue.Narrow(work.UsedIndex ? work.DocumentsExamined : 0))
                .Add("docsExamined", RawValue.Narrow(work.DocumentsExamined));
        }

        switch (context.Traits.Name)
        {
            case "insert":
                figures.Add("ninserted", reply["n"]);
                break;
            case "update":
                figures.Add("nMatched", reply["n"]).Add("nModified", reply["nModified"]);
                break;
            case "delete":
                figures.Add("ndeleted", reply["n"]);
                break;
            default:
                AddCursor(figures, reply["cursor"]);
                break;
        }

        figures.Add("numYield", 0);
        return reply["ok"].ToInt64() == 1
            ? figures
            : figures
                .Add("ok", 0)
                .Add("errMsg", reply["errmsg"])
                .Add("errName", reply["codeName"])
                .Add("errCode", reply["code"]);
    }

    private static void AddCursor(DocumentBuilder figures, RawValue cursor)
    {
        if (cursor.Type != BsonType.Document)
        {
            return;
        }

        var batch = cursor.AsDocument.Has("firstBatch")
            ? cursor.AsDocument["firstBatch"]
            : cursor.AsDocument["nextBatch"];
        if (cursor.AsDocument["id"].ToInt64() is not 0 and { } id)
        {
            figures.Add("cursorid", id);
        }
        else
        {
            figures.Add("cursorExhausted", true);
        }

        figures.Add("nreturned", batch.Type == BsonType.Array ? batch.AsDocument.Count() : 0);
    }
}
