using System.CommandLine;

namespace Godwit.Cli.Verbs;

/// <summary>What a value must keep to, checked before a verb begins: refused by name, with what is accepted.</summary>
internal static class OptionRules
{
    /// <summary>Accepts a number that lies between two others, these included; none, where it may be left out.</summary>
    /// <typeparam name="T">A number, or one that may be missing.</typeparam>
    internal static Option<T> Between<T>(this Option<T> option, int least, int most) =>
        option.Where(
            value => value is not int number || (number >= least && number <= most),
            _ => $"{option.Name} must lie between {least} and {most}"
        );

    /// <summary>Accepts a number that is not too small.</summary>
    internal static Option<int> AtLeast(this Option<int> option, int least) =>
        option.Where(value => value >= least, _ => $"{option.Name} must be at least {least}");

    /// <summary>Accepts a file that exists.</summary>
    internal static Option<string?> ExistingFile(this Option<string?> option) =>
        option.Existing("file", file => File.Exists(file));

    /// <summary>Accepts a folder that exists.</summary>
    internal static Option<string?> ExistingFolder(this Option<string?> option) =>
        option.Existing("folder", folder => Directory.Exists(folder));

    /// <summary>Accepts a file that can be made: its folder exists, and it is no folder itself.</summary>
    internal static Option<string?> NewFile(this Option<string?> option) =>
        option.Existing(
            "folder for",
            file => Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file))) && !Directory.Exists(file)
        );

    private static Option<string?> Existing(this Option<string?> option, string kind, Func<string, bool> exists) =>
        option.Where(
            value => value is null || (value.Length > 0 && exists(value)),
            value => $"{option.Name}: there is no {kind} '{value}'"
        );

    /// <summary>Accepts what a condition holds for.</summary>
    internal static Option<T> Where<T>(this Option<T> option, Predicate<T?> holds, Func<T?, string> otherwise)
    {
        option.Validators.Add(result =>
        {
            var value = result.GetValueOrDefault<T>();
            if (!holds(value))
            {
                result.AddError(otherwise(value));
            }
        });
        return option;
    }
}
