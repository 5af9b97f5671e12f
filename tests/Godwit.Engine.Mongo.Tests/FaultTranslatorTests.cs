using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Engine.Mongo.Tests;

/// <summary>What the server says of a failure reaches the engine, and outlives the reply.</summary>
public sealed class FaultTranslatorTests
{
    [Fact, Requirement("S25")]
    public void An_index_that_cannot_become_unique_names_the_documents_that_stand_against_it()
    {
        var group = new DocumentBuilder { { "ids", RawValue.Array([1, 7]) } };
        var reply = new DocumentBuilder
        {
            { "ok", 0.0 },
            { "errmsg", "Cannot convert the index to unique." },
            { "code", 359 },
            { "violations", RawValue.Array([group]) },
        }
            .Build()
            .Bytes.ToArray();

        var fault = FaultTranslator.FromReply(Side.Destination, Stage.Catalogue, new(reply)).ShouldNotBeNull();
        Array.Clear(reply);

        fault.Kind.ShouldBe(FaultKind.DataConflict);
        fault.Violations.ShouldHaveSingleItem().ToString().ShouldBe("{ ids: [ 1, 7 ] }");
    }
}
