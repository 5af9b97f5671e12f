using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests;

/// <summary>No password reaches a screen, a log or a report.</summary>
public sealed class ConnectionTextTests
{
    [Theory]
    [InlineData("mongodb://u:secret@h:1/?a=b", "mongodb://u:•••@h:1/?a=b")]
    [InlineData("mongodb+srv://u:secret@h/db", "mongodb+srv://u:•••@h/db")]
    [InlineData("from mongodb://u:a@b@h to mongodb://v:x@k", "from mongodb://u:•••@h to mongodb://v:•••@k")]
    [InlineData("mongodb://h1,h2:2/?replicaSet=rs", "mongodb://h1,h2:2/?replicaSet=rs")]
    [InlineData("mongodb://u@h/", "mongodb://u@h/")]
    public void Passwords_are_replaced_and_nothing_else(string text, string shown) =>
        ConnectionText.Redact(text).ShouldBe(shown);
}
