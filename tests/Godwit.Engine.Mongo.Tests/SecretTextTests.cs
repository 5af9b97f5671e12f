using Godwit.Engine.Mongo.Connections;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>No password reaches a screen, a log or a report.</summary>
public sealed class SecretTextTests
{
    [Theory]
    [InlineData("mongodb://u:secret@h:1/?authSource=x", "mongodb://u:***@h:1/?authSource=x")]
    [InlineData("mongodb://u:sec/ret@h:1/", "mongodb://u:***@h:1/")]
    [InlineData("mongodb://u:sec@ret@h:1/", "mongodb://u:***@h:1/")]
    [InlineData("mongodb://u:sec ret@h:1/", "mongodb://u:***@h:1/")]
    [InlineData("mongodb://h:1/", "mongodb://h:1/")]
    [InlineData("mongodb://u@h/", "mongodb://u@h/")]
    [InlineData("u:secret@h", "u:***@h")]
    [InlineData(
        "mongodb://h:1/?tls=true&tlsCertificateKeyFilePassword=secret&x=1",
        "mongodb://h:1/?tls=true&tlsCertificateKeyFilePassword=***&x=1"
    )]
    public void Of_an_address_the_secrets_are_taken_out(string address, string shown) =>
        SecretText.OfAddress(address).ShouldBe(shown);

    [Theory]
    [InlineData("mongodb+srv://u:secret@h/db", "mongodb+srv://u:***@h/db")]
    [InlineData("from mongodb://u:a@b@h to mongodb://v:x@k", "from mongodb://u:***@h to mongodb://v:***@k")]
    [InlineData("'mongodb://u:pass word@h' is malformed", "'mongodb://u:***@h' is malformed")]
    [InlineData("mongodb://u:***@h knows no root@admin", "mongodb://u:***@h knows no root@admin")]
    [InlineData("mongodb://h1,h2:2/?replicaSet=rs", "mongodb://h1,h2:2/?replicaSet=rs")]
    public void Of_a_text_every_connection_string_loses_its_secrets(string text, string shown) =>
        SecretText.OfText(text).ShouldBe(shown);
}
