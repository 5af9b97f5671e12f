using System.CommandLine;

namespace Godwit.Cli.Verbs;

/// <summary><c>godwit completion</c>: a script by which a shell asks this program what may follow.</summary>
internal static class CompletionVerb
{
    private const string Bash = """
        _godwit() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(godwit "[suggest:$COMP_POINT]" "$COMP_LINE" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -F _godwit godwit
        """;

    private const string Zsh = """
        _godwit() {
            local -a found
            found=("${(@f)$(godwit "[suggest:$CURSOR]" "$BUFFER" 2>/dev/null)}")
            compadd -a found
        }
        compdef _godwit godwit
        """;

    private const string Fish = """
        complete -f -c godwit -a '(godwit "[suggest:"(commandline -C)"]" (commandline) 2>/dev/null)'
        """;

    internal static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = "bash, zsh or fish" };
        _ = shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        var command = new Command(
            "completion",
            "Writes a script for the shell's completion: source <(godwit completion bash)"
        )
        {
            shell,
        };
        command.SetAction(parsed =>
        {
            Console.Out.WriteLine(
                parsed.GetRequiredValue(shell) switch
                {
                    "bash" => Bash,
                    "zsh" => Zsh,
                    _ => Fish,
                }
            );
            return ExitCodes.Success;
        });
        return command;
    }
}
