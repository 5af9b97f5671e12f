using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>Reads the options of <c>$changeStream</c> with their types checked as the server's generated parser does.</summary>
internal sealed class ChangeStreamOptionReader
{
    private static readonly Dictionary<string, string> TypeOf = new(StringComparer.Ordinal)
    {
        ["resumeAfter"] = "object",
        ["startAfter"] = "object",
        ["startAtOperationTime"] = "timestamp",
        ["fullDocument"] = "string",
        ["fullDocumentBeforeChange"] = "string",
        ["allChangesForCluster"] = "bool",
        ["showMigrationEvents"] = "bool",
        ["showSystemEvents"] = "bool",
        ["allowToRunOnConfigDB"] = "bool",
        ["allowToRunOnSystemNS"] = "bool",
        ["showExpandedEvents"] = "bool",
        ["showRawUpdateDescription"] = "bool",
        ["matchCollectionUUIDForUpdateLookup"] = "bool",
    };

    private readonly RawDocument options;

    private ChangeStreamOptionReader(RawDocument options) => this.options = options;

    internal static ChangeStreamOptionReader Read(RawDocument options)
    {
        foreach (var element in options)
        {
            var name = element.Name;
            if (!TypeOf.TryGetValue(name, out var expected))
            {
                throw new CommandException(
                    ErrorCode.IDLUnknownField,
                    $"BSON field '$changeStream.{name}' is an unknown field."
                );
            }

            var found = BsonTypeNames.NameOf(element.Type);
            if (found != expected)
            {
                throw new CommandException(
                    ErrorCode.TypeMismatch,
                    $"BSON field '$changeStream.{name}' is the wrong type '{found}', expected type '{expected}'"
                );
            }
        }

        return new(options);
    }

    internal bool Has(string name) => options.Has(name);

    internal bool Flag(string name) => options[name].IsTruthy();

    internal ClusterTime? Time(string name) => options.TryGet(name, out var value) ? value.AsTimestamp : null;

    internal ClientResumeToken? Token(string name) =>
        options.TryGet(name, out var value) ? ResumeTokenParser.Parse(value.AsDocument) : null;

    /// <summary>An enumerated text; the first choice is the default.</summary>
    internal string Choice(string name, string[] choices)
    {
        if (!options.TryGet(name, out var value))
        {
            return choices[0];
        }

        var text = value.AsString;
        return Array.IndexOf(choices, text) >= 0
            ? text
            : throw new CommandException(
                ErrorCode.BadValue,
                $"Enumeration value '{text}' for field '$changeStream.{name}' is not a valid value."
            );
    }
}
