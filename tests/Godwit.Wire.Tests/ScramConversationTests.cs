using System.Text;
using Godwit.Wire.Client;
using Shouldly;
using Xunit;

namespace Godwit.Wire.Tests;

/// <summary>The example exchange of RFC 7677, and the refusals a client owes its user.</summary>
public sealed class ScramConversationTests
{
    private const string Nonce = "rOprNGfwEbeRWgbNEkqO";
    private const string ServerFirst =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    private static ScramConversation Start() =>
        ScramConversation.Start(AuthMechanism.ScramSha256, "user", "pencil", Nonce);

    [Fact]
    public void The_exchange_of_the_standard_is_reproduced()
    {
        var scram = Start();
        Encoding.UTF8.GetString(scram.First()).ShouldBe($"n,,n=user,r={Nonce}");
        Encoding
            .UTF8.GetString(scram.Final(Encoding.UTF8.GetBytes(ServerFirst)))
            .ShouldBe(
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
            );
        scram.Verify("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8);
    }

    [Theory]
    [InlineData("r=somebody,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,i=4096")]
    public void A_server_that_replays_weakens_or_leaves_out_is_refused(string serverFirst) =>
        Should.Throw<HandshakeException>(() => Start().Final(Encoding.UTF8.GetBytes(serverFirst)));

    [Fact]
    public void A_server_that_does_not_know_the_password_is_refused()
    {
        var scram = Start();
        _ = scram.Final(Encoding.UTF8.GetBytes(ServerFirst));
        Should.Throw<HandshakeException>(() => scram.Verify("v=AAAATRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8));
    }

    [Theory]
    [InlineData("I\u00ADX", "IX")]
    [InlineData("\u00AA", "a")]
    [InlineData("\u2168", "IX")]
    [InlineData("a\u00A0b", "a b")]
    public void Passwords_typed_in_two_ways_are_one(string typed, string prepared) =>
        SaslPrep.Prepare(typed).ShouldBe(prepared);
}
