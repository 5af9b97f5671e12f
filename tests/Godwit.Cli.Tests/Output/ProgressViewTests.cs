using System.Text.Json;
using Godwit.Cli.Output;
using Godwit.Engine;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Output;

/// <summary>People get few lines, scripts get every change, and rates are those of the last seconds.</summary>
public sealed class ProgressViewTests
{
    private readonly FakeTimeProvider time = new();

    [Fact]
    public void Plain_lines_come_at_a_change_of_phase_and_every_five_seconds()
    {
        var output = new StringWriter();
        using var view = new PlainView(output, time);
        view.Show(new() { Phase = MigrationPhase.Copying });
        view.Show(new() { Phase = MigrationPhase.Copying });
        time.Advance(TimeSpan.FromSeconds(5));
        view.Show(new() { Phase = MigrationPhase.Copying });
        view.Show(new() { Phase = MigrationPhase.InSync });

        Lines(output).Select(line => line[..line.IndexOf(':')]).ShouldBe(["copying", "copying", "in sync"]);
    }

    [Fact]
    public void A_warning_is_said_once()
    {
        var output = new StringWriter();
        using var view = new PlainView(output, time);
        view.Show(new() { Warnings = ["late write"] });
        view.Show(new() { Warnings = ["late write"] });

        Lines(output).Count(line => line.StartsWith("warning")).ShouldBe(1);
    }

    [Fact]
    public void Json_has_one_object_a_line_and_words_go_to_standard_error()
    {
        var output = new StringWriter();
        var error = new StringWriter();
        using var view = new JsonView(output, error, time);
        view.Say("hello");
        view.Show(new() { Phase = MigrationPhase.Copying, DocumentsCopied = 5 });
        view.Show(
            new()
            {
                Phase = MigrationPhase.InSync,
                CanCommit = true,
                Lag = TimeSpan.FromMilliseconds(20),
            }
        );

        error.ToString().ShouldContain("hello");
        var objects = Lines(output).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        objects.Select(o => o.GetProperty("phase").GetString()).ShouldBe(["copying", "inSync"]);
        objects[1].GetProperty("canCutOver").GetBoolean().ShouldBeTrue();
        objects[1].GetProperty("lagMs").GetDouble().ShouldBe(20);
    }

    [Fact]
    public void A_new_phase_is_measured_by_itself_and_no_time_left_is_said_before_there_is_something_to_go_by()
    {
        var rates = new Rates(time);
        rates.Observe(new() { Phase = MigrationPhase.Preparing });
        time.Advance(TimeSpan.FromSeconds(8));
        rates.Observe(new() { Phase = MigrationPhase.Copying, BytesEstimated = 1000 });
        time.Advance(TimeSpan.FromSeconds(1));
        rates.Observe(
            new()
            {
                Phase = MigrationPhase.Copying,
                BytesCopied = 100,
                BytesEstimated = 1000,
            }
        );
        rates.BytesPerSecond.ShouldBe(100, "the idle seconds of the phase before do not count");
        rates.Remaining.ShouldBeNull();

        time.Advance(TimeSpan.FromSeconds(1));
        rates.Observe(
            new()
            {
                Phase = MigrationPhase.Copying,
                BytesCopied = 200,
                BytesEstimated = 1000,
            }
        );
        rates.Remaining.ShouldBe(TimeSpan.FromSeconds(8));
    }

    [Theory]
    [InlineData(0, "0 s")]
    [InlineData(0.2, "1 ms")]
    [InlineData(40, "40 ms")]
    [InlineData(1500, "1.5 s")]
    [InlineData(42_000, "42 s")]
    public void Spans_are_as_exact_as_they_are_short(double milliseconds, string text) =>
        Words.Span(TimeSpan.FromMilliseconds(milliseconds)).ShouldBe(text);

    [Fact]
    public void Rates_are_those_of_the_last_seconds_and_give_the_time_left()
    {
        var rates = new Rates(time);
        rates.Observe(new() { BytesKept = 500, BytesEstimated = 1500 });
        time.Advance(TimeSpan.FromSeconds(2));
        rates.Observe(
            new()
            {
                BytesKept = 500,
                BytesCopied = 200,
                BytesEstimated = 1500,
            }
        );

        rates.BytesPerSecond.ShouldBe(100);
        rates.Remaining.ShouldBe(TimeSpan.FromSeconds(8), "what was there before is neither rate nor rest");
    }

    private static string[] Lines(StringWriter output) =>
        output.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries);
}
