using Godwit.Bson;
using Godwit.Sandbox.Commands;

namespace Godwit.Sandbox.Reading;

/// <summary>What a command shows of each document.</summary>
internal static class Projections
{
    /// <summary>What applies a projection.</summary>
    internal static Func<RawDocument, RawDocument> Of(CommandContext context, RawDocument projection)
    {
        _ = context;
        var includes = projection.Any(element => !element.NameIs("_id") && element.Value.IsTruthy());
        var hasId = !projection.Has("_id") || projection["_id"].IsTruthy();
        var isInclusion = includes || (projection.Count() == 1 && projection["_id"].IsTruthy());
        return document =>
        {
            var builder = new DocumentBuilder(document.Length);
            foreach (var element in document)
            {
                var isKept = element.NameIs("_id") ? hasId : projection.Has(element.Name) == isInclusion;
                if (isKept)
                {
                    builder.Add(element);
                }
            }

            return builder.Build();
        };
    }
}
