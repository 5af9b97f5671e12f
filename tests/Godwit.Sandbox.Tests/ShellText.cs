using System.Text.RegularExpressions;
using Godwit.Bson;
using Godwit.Bson.ExtendedJson;

namespace Godwit.Sandbox.Tests;

/// <summary>Commands in tests as one types them in a shell: names bare, texts in single quotes.</summary>
internal static partial class ShellText
{
    /// <summary>Reads a command.</summary>
    internal static DocumentBuilder Command(string text) => new DocumentBuilder().AddAll(Document(text));

    /// <summary>Reads a document.</summary>
    internal static RawDocument Document(string text) =>
        ExtendedJsonReader.ReadDocument(BareName().Replace(text.Replace('\'', '"'), "${before}\"${name}\":"));

    [GeneratedRegex(
        @"(?<before>[{,]\s*)(?<name>[$\w.]+)\s*:",
        RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant,
        1000
    )]
    private static partial Regex BareName();
}
