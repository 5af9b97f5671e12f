using Godwit.ControlPlane.Tests.Harness;
using Godwit.Testing;
using Shouldly;
using Xunit;

namespace Godwit.ControlPlane.Tests;

/// <summary>Shells ask the program what may follow.</summary>
[Requirement("F02")]
public sealed class CompletionTests
{
    [Theory]
    [InlineData("godwit liveM", "liveMigrations")]
    [InlineData("godwit liveMigrations ", "cutover")]
    [InlineData("godwit liveMigrations link ", "create")]
    [InlineData("godwit liveMigrations create --sourceC", "--sourceClusterName")]
    public async Task What_may_follow_is_suggested(string typed, string suggestion)
    {
        using var user = new CommandLineUser();
        (await user.SayAsync($"[suggest:{typed.Length}]", typed)).Split('\n').ShouldContain(suggestion);
    }

    [Theory]
    [InlineData("bash", "complete -F _godwit godwit")]
    [InlineData("zsh", "compdef _godwit godwit")]
    [InlineData("fish", "complete -f -c godwit")]
    public async Task Each_shell_gets_a_script(string shell, string line)
    {
        using var user = new CommandLineUser();
        (await user.SayAsync("completion", shell)).ShouldContain(line);
    }
}
