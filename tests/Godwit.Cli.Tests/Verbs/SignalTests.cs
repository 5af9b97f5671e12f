using System.Runtime.InteropServices;
using Godwit.Cli.Verbs;
using Godwit.Testing;
using Microsoft.Extensions.Time.Testing;
using Shouldly;
using Xunit;

namespace Godwit.Cli.Tests.Verbs;

/// <summary>What Ctrl-C and SIGTERM ask for.</summary>
public sealed class SignalTests : IDisposable
{
    private readonly FakeTimeProvider time = new();
    private readonly Interruption interruption;

    public SignalTests() => interruption = new(time);

    [Fact]
    [Requirement("H07")]
    public void The_first_signal_asks_for_a_graceful_stop_and_the_second_stops_at_once()
    {
        interruption.Receive(new(PosixSignal.SIGTERM));
        interruption.Graceful.IsCancellationRequested.ShouldBeTrue();
        interruption.Immediate.IsCancellationRequested.ShouldBeFalse();
        interruption.Receive(new(PosixSignal.SIGINT));
        interruption.Immediate.IsCancellationRequested.ShouldBeTrue();
    }

    [Fact]
    [Requirement("H07")]
    public void A_graceful_stop_that_does_not_come_about_is_not_waited_for_longer_than_service_managers_do()
    {
        time.Advance(TimeSpan.FromHours(1));
        interruption.Receive(new(PosixSignal.SIGTERM));
        time.Advance(TimeSpan.FromSeconds(59));
        interruption.Immediate.IsCancellationRequested.ShouldBeFalse();
        time.Advance(TimeSpan.FromSeconds(1));
        interruption.Immediate.IsCancellationRequested.ShouldBeTrue();
    }

    public void Dispose() => interruption.Dispose();
}
