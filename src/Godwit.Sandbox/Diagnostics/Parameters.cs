using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Diagnostics;

/// <summary><c>getParameter</c> and <c>setParameter</c>.</summary>
internal static class Parameters
{
    /// <summary>Gives the parameters asked for, or all.</summary>
    internal static DocumentBuilder Get(CommandContext context)
    {
        var table = context.Member.Parameters;
        var asked = context.Body["getParameter"];
        var isAll =
            (asked.Type == BsonType.String && asked.AsString == "*")
            || (asked.Type == BsonType.Document && asked.AsDocument["allParameters"].IsTruthy());
        var reply = new DocumentBuilder();
        var count = 0;
        foreach (var (name, value) in table.All)
        {
            if (isAll || context.Body.Has(name))
            {
                reply.Add(name, value);
                count++;
            }
        }

        return count > 0 ? reply : throw new CommandException(ErrorCode.InvalidOptions, "no option found to get");
    }

    /// <summary>Sets one parameter.</summary>
    internal static DocumentBuilder Set(CommandContext context)
    {
        foreach (var element in context.Body)
        {
            if (element.NameIs("setParameter") || element.Name.StartsWith('$') || element.NameIs("lsid"))
            {
                continue;
            }

            var before = context.Member.Parameters.Set(element.Name, element.Value);
            return before.IsMissing
                ? throw new CommandException(
                    ErrorCode.InvalidOptions,
                    $"attempted to set unrecognized parameter [{element.Name}], use help:true to see options "
                )
                : new() { { "was", before } };
        }

        throw new CommandException(ErrorCode.InvalidOptions, "no option found to set, use help:true to see options ");
    }
}
