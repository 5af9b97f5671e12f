using System.CommandLine;
using Godwit.Engine.Planning;
using Godwit.Engine.Scoping;

namespace Godwit.Cli.Verbs;

/// <summary><c>--natural-order</c>: which collections are copied in the order in which they lie on the source (S8).</summary>
internal static class NaturalOrderOption
{
    internal static Option<string?> Create()
    {
        var option = new Option<string?>("--natural-order")
        {
            Description =
                "Copy these large collections with random _ids in natural order: a JSON list as of a filter, or @FILE",
            HelpName = "JSON",
        };
        option.Validators.Add(result =>
        {
            try
            {
                _ = Read(result.GetValueOrDefault<string?>());
            }
            catch (Exception wrong) when (wrong is ScopeException or IOException or UnauthorizedAccessException)
            {
                result.AddError($"--natural-order: {wrong.Message}");
            }
        });
        return option;
    }

    internal static NaturalOrder Read(string? given) => NaturalOrder.Parse(ScopeOptions.Text(given));
}
