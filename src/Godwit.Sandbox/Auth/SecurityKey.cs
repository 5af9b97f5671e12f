using Godwit.Wire.Client;

namespace Godwit.Sandbox.Auth;

/// <summary>
/// What the processes of a cluster know one another by: the content of a file that all of them have (mongod's <c>keyFile</c>). Each logs
/// in to the others as <c>__system</c> of <c>local</c>, by SCRAM-SHA-256 (security_key.cpp, security_file.cpp).
/// </summary>
internal sealed class SecurityKey
{
    private const int LengthMin = 6;
    private const int LengthMax = 1024;
    private readonly string key;

    private SecurityKey(string key)
    {
        this.key = key;
        Stored = ScramCredential.Create(ScramCredential.Sha256, AuthenticatedUser.System.Name, key);
    }

    /// <summary>Checks a login.</summary>
    internal ScramCredential Stored { get; }

    /// <summary>How a process logs in to another.</summary>
    internal Credential ToCredential() =>
        new(AuthMechanism.ScramSha256, AuthenticatedUser.System.Database, AuthenticatedUser.System.Name, key);

    /// <summary>Reads a key file; <see langword="null"/> where there is none.</summary>
    /// <exception cref="ArgumentException">It cannot be a key file of mongod's; the message says why.</exception>
    internal static SecurityKey? Of(string? file)
    {
        if (file is null)
        {
            return null;
        }

        if (
            !OperatingSystem.IsWindows()
            && (
                File.GetUnixFileMode(file)
                & ~(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
            ) != 0
        )
        {
            throw new ArgumentException($"permissions on {file} are too open: chmod 400 {file}", nameof(file));
        }

        var key = string.Concat(File.ReadAllText(file).Where(letter => letter is not (' ' or (>= '\t' and <= '\r'))));
        if (key.FirstOrDefault(letter => !IsOfKey(letter)) is not '\0' and var stray)
        {
            throw new ArgumentException(
                $"invalid char '{stray}' in key file {file}: it holds letters, digits, +, / and =, as openssl rand -base64 756 writes them",
                nameof(file)
            );
        }

        return key.Length is >= LengthMin and <= LengthMax
            ? new(key)
            : throw new ArgumentException(
                $"the key in {file} has {key.Length} characters: {LengthMin} to {LengthMax} are wanted",
                nameof(file)
            );
    }

    private static bool IsOfKey(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '+' or '/' or '=';
}
