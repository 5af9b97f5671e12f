using Bunit;
using Godwit.Hub.Web.Wizard;
using Godwit.Testing;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor.Services;
using Shouldly;
using Xunit;

namespace Godwit.Web.Tests.Components;

/// <summary>What few migrations need is judged as it is typed, by the same rules as at the Hub (P13).</summary>
[Requirement("H09")]
[Trait("Set", "Walk")]
public sealed class AdvancedOptionsTests : BunitContext
{
    private const string Rules = """[{"database":"shop","drop":["note"]}]""";

    public AdvancedOptionsTests()
    {
        Services.AddMudServices();
        JSInterop.Mode = JSRuntimeMode.Loose;
    }

    [Theory]
    [InlineData("include", "[{\n\"database\": }]", "Line 2:")]
    [InlineData("include", "{}", "It is a list of objects")]
    [InlineData("exclude", """[{"collections":["a"]}]""", "database")]
    [InlineData("remap", """[{"from":{"database":"a"}}]""", "to")]
    [InlineData("rules", """[{"database":"a","filter":{"$where":"1"}}]""", "$where")]
    [InlineData("megabytes", "-1", "negative")]
    [InlineData("clear-namespaces", "orders", "database.collection")]
    [InlineData("spool", "0", "positive")]
    [InlineData("change-streams", "17", "between 1 and 16")]
    [InlineData("cutover-windows", "Sat 02:00-04:00\nat night", "hours")]
    public void What_is_wrong_stands_beside_its_field(string id, string typed, string said)
    {
        var value = new Advanced();
        var shown = Render<AdvancedOptions>(parameters => parameters.Add(one => one.Value, value));
        shown.Find($"#{id}").Input(typed);
        shown.Find($"#{id}").GetAttribute("aria-invalid").ShouldBe("true");
        string.Join(' ', shown.FindAll(".problem").Select(one => one.TextContent)).ShouldContain(said);
        value.IsGood.ShouldBeFalse();
        shown.Find($"#{id}").Input("");
        value.IsGood.ShouldBeTrue();
    }

    [Fact]
    [Requirement("E07")]
    public void Users_and_hours_for_the_cutover_go_into_the_request_and_come_back_for_another_run()
    {
        var draft = new Draft { CopiesUsers = true, Advanced = { Windows = "Sat 02:00-04:00\n\n Sun 02:00-04:00 " } };
        var options = draft.ToRequest("").Options!;
        options.UsersAndRoles.ShouldBe(true);
        options.CutoverWindows.ShouldBe(["Sat 02:00-04:00", "Sun 02:00-04:00"]);
        Draft
            .Again(Stories.Migration(null) with { Options = options })
            .ToRequest("")
            .Options!.ShouldSatisfyAllConditions(
                again => again.UsersAndRoles.ShouldBe(true),
                again => again.CutoverWindows.ShouldBe(options.CutoverWindows)
            );
        // A rehearsal cuts nothing over, after which users could be given.
        draft.Advanced.IsRehearsal = true;
        draft.ToRequest("").Options!.UsersAndRoles.ShouldBeNull();
    }

    [Fact]
    [Requirement("S10")]
    public void Change_streams_go_into_the_request_and_come_back_for_another_run_and_are_the_engines_to_choose_if_left_empty()
    {
        new Draft().ToRequest("").Options!.ChangeStreams.ShouldBeNull();
        var options = new Draft { Advanced = { ChangeStreams = 4 } }
            .ToRequest("")
            .Options!;
        options.ChangeStreams.ShouldBe(4);
        var again = Draft.Again(Stories.Migration(null) with { Options = options });
        again.Advanced.IsUsed.ShouldBeTrue();
        again.ToRequest("").Options!.ChangeStreams.ShouldBe(4);
    }

    [Fact]
    [Requirement("H10")]
    public void Rules_are_missed_after_a_reload_and_change_what_was_validated()
    {
        var draft = new Draft { Advanced = { Rules = Rules, HasRules = true } };
        var before = draft.Fingerprint();
        before.ShouldNotContain("note");
        draft.ToRequest("").Options!.DocumentRules!.Count.ShouldBe(1);
        var kept = System.Text.Json.JsonSerializer.Serialize(draft);
        kept.ShouldNotContain("note");
        var again = System.Text.Json.JsonSerializer.Deserialize<Draft>(kept)!;
        again.Advanced.AreRulesMissing.ShouldBeTrue();
        again.Advanced.IsGood.ShouldBeFalse();
        again.Advanced.Rules = Rules.Replace("note", "remark", StringComparison.Ordinal);
        again.Fingerprint().ShouldNotBe(before);
        again.Advanced.Rules = Rules;
        again.Fingerprint().ShouldBe(before);
    }
}
