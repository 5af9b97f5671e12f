namespace Godwit.Engine.Mongo.Connections;

/// <summary>Changes connection strings as text, so that whatever else stands in them stays as it is.</summary>
internal static class ConnectionText
{
    private const string Scheme = "://";

    /// <summary>With this user instead of the one it names, if any.</summary>
    internal static string WithUser(string address, string user, string password)
    {
        var (head, tail) = Split(WithoutUser(address));
        var named = $"{head}{Uri.EscapeDataString(user)}:{Uri.EscapeDataString(password)}@{tail}";
        return WithOption(WithoutOption(WithoutOption(named, "authSource"), "authMechanism"), "authSource", "admin");
    }

    internal static string WithoutUser(string address)
    {
        var (head, tail) = Split(address);
        return $"{head}{tail[(tail.LastIndexOf('@') + 1)..]}";
    }

    /// <summary>With this option, unless the address has it already.</summary>
    internal static string WithOption(string address, string name, string value)
    {
        if (Option(address, name) is not null)
        {
            return address;
        }

        var (head, tail) = Split(address);
        if (tail.Contains('?', StringComparison.Ordinal))
        {
            return $"{address}{(address.EndsWith('?') ? "" : "&")}{name}={value}";
        }

        return $"{head}{tail}{(tail.Contains('/', StringComparison.Ordinal) ? "" : "/")}?{name}={value}";
    }

    /// <summary>The value of an option as it stands there; <see langword="null"/> if it does not.</summary>
    internal static string? Option(string address, string name) =>
        Options(address).Where(one => Is(one, name)).Select(one => one[(name.Length + 1)..]).FirstOrDefault();

    /// <summary>Without this option.</summary>
    internal static string WithoutOption(string address, string name)
    {
        var query = address.IndexOf('?', StringComparison.Ordinal);
        return query < 0
            ? address
            : $"{address[..(query + 1)]}{string.Join('&', Options(address).Where(one => !Is(one, name)))}";
    }

    private static string[] Options(string address)
    {
        var query = address.IndexOf('?', StringComparison.Ordinal);
        return query < 0 ? [] : address[(query + 1)..].Split('&', StringSplitOptions.RemoveEmptyEntries);
    }

    private static bool Is(string option, string name) =>
        option.StartsWith($"{name}=", StringComparison.OrdinalIgnoreCase);

    private static (string Head, string Tail) Split(string address)
    {
        var start = address.IndexOf(Scheme, StringComparison.Ordinal) + Scheme.Length;
        return (address[..start], address[start..]);
    }
}
