using System.CommandLine;
using System.Text.Json.Nodes;
using Godwit.Engine.Scoping;

namespace Godwit.Cli.Verbs;

/// <summary>The options that say which collections and documents are meant, and what becomes of them on the destination.</summary>
internal sealed class ScopeOptions
{
    private readonly Option<string?> include = New(
        "--include-namespaces",
        "Only these collections: a JSON list as mongosync has it, or @FILE"
    );

    private readonly Option<string?> exclude = New(
        "--exclude-namespaces",
        "All but these, taken from what is included: a JSON list, or @FILE"
    );

    private readonly Option<string?> remap = New(
        "--namespace-remap",
        "Other names for databases on the destination: a JSON list of {from, to}, or @FILE"
    );

    private readonly Option<string?> rules = New(
        "--document-rules",
        "Which documents go, and with which fields: a JSON list of rules, or @FILE"
    );

    internal void AddTo(Command command)
    {
        command.Add(include);
        command.Add(exclude);
        command.Add(remap);
        command.Add(rules);
    }

    /// <summary>What was asked for.</summary>
    internal NamespaceScope Read(ParseResult parsed) =>
        NamespaceScope.Parse(
            Text(parsed.GetValue(include)),
            Text(parsed.GetValue(exclude)),
            Text(parsed.GetValue(remap)),
            Text(parsed.GetValue(rules))
        );

    /// <summary>What was asked for, as the Hub takes it; fields of what was not asked for are left out.</summary>
    internal JsonObject ReadJson(ParseResult parsed)
    {
        var asked = new JsonObject();
        var namespaces = new JsonObject();
        Put(namespaces, "include", include);
        Put(namespaces, "exclude", exclude);
        if (namespaces.Count > 0)
        {
            asked["namespaces"] = namespaces;
        }

        Put(asked, "remap", remap);
        Put(asked, "documentRules", rules);
        return asked;

        void Put(JsonObject into, string field, Option<string?> option)
        {
            if (Text(parsed.GetValue(option)) is { Length: > 0 } json)
            {
                into[field] = JsonNode.Parse(json);
            }
        }
    }

    private static Option<string?> New(string name, string description)
    {
        var option = new Option<string?>(name) { Description = description, HelpName = "JSON" };
        option.Validators.Add(result =>
        {
            try
            {
                var text = Text(result.GetValueOrDefault<string?>());
                _ = NamespaceScope.Parse(
                    name.StartsWith("--include", StringComparison.Ordinal) ? text : "",
                    name.StartsWith("--exclude", StringComparison.Ordinal) ? text : "",
                    name.StartsWith("--namespace", StringComparison.Ordinal) ? text : "",
                    name.StartsWith("--document", StringComparison.Ordinal) ? text : ""
                );
            }
            catch (Exception wrong) when (wrong is ScopeException or IOException or UnauthorizedAccessException)
            {
                result.AddError($"{name}: {wrong.Message}");
            }
        });
        return option;
    }

    internal static string Text(string? given) => given is ['@', .. var file] ? File.ReadAllText(file) : given ?? "";
}
