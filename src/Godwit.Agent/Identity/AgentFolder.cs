using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Godwit.Contracts;

namespace Godwit.Agent.Identity;

/// <summary>The folder in which a host keeps who it is, what it watches and what it was told to do. Only its owner may read it.</summary>
internal sealed class AgentFolder
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    internal AgentFolder(string path)
    {
        Root = path;
        _ = Directory.CreateDirectory(path, OwnerOnly | UnixFileMode.UserExecute);
    }

    internal string Root { get; }

    internal bool Has(string name) => File.Exists(At(name));

    internal string? Read(string name) => Has(name) ? File.ReadAllText(At(name)) : null;

    internal T? Read<T>(string name)
        where T : class
    {
        try
        {
            return Read(name) is { } text ? ApiJson.Read<T>(text) : null;
        }
        catch (JsonException damaged)
        {
            throw new AgentException("DAMAGED_FILE", $"{At(name)} cannot be read: {damaged.Message}");
        }
    }

    /// <summary>Replaces a file whole: a crash leaves the old one or the new one.</summary>
    internal void Write(string name, string text)
    {
        var next = At($"{name}.next");
        var options = new FileStreamOptions
        {
            Mode = FileMode.Create,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        };
        using (var stream = new FileStream(next, options))
        {
            stream.Write(Encoding.UTF8.GetBytes(text));
            stream.Flush(flushToDisk: true);
        }

        File.Move(next, At(name), overwrite: true);
    }

    internal void Write<T>(string name, T value)
        where T : class => Write(name, ApiJson.Write(value));

    /// <summary>Writes an authority's certificates once, under the name of their hash.</summary>
    /// <returns>The file.</returns>
    internal string KeepAuthority(string pem)
    {
        var name =
            $"authority-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(pem)).AsSpan(0, 12))}.pem";
        if (!Has(name))
        {
            Write(name, pem);
        }

        return At(name);
    }

    internal void Delete(string name) => File.Delete(At(name));

    internal IEnumerable<string> List(string pattern) =>
        Directory.EnumerateFiles(Root, pattern).Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal);

    private string At(string name) => Path.Combine(Root, name);
}
