namespace Godwit.Cluster;

/// <summary>Where hosts find each other.</summary>
/// <param name="Kind">What keeps the list of hosts.</param>
/// <param name="Address">How it is reached, in the form its own client takes.</param>
internal sealed record Membership(MembershipKind Kind, string Address)
{
    /// <summary>Reads <c>redis://HOST[:PORT]</c> or <c>postgres://USER:PASSWORD@HOST[:PORT]/DATABASE</c>.</summary>
    /// <exception cref="FormatException">It is neither.</exception>
    internal static Membership Parse(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            throw Malformed(text);
        }

        return uri.Scheme switch
        {
            "redis" or "rediss" => new(MembershipKind.Redis, Redis(uri)),
            "postgres" or "postgresql" => new(MembershipKind.Postgres, Postgres(uri)),
            _ => throw Malformed(text),
        };
    }

    private static string Redis(Uri uri)
    {
        var (user, password) = Credentials(uri);
        var port = uri.IsDefaultPort || uri.Port < 0 ? 6379 : uri.Port;
        return string.Concat(
            $"{uri.Host}:{port},connectTimeout=5000,abortConnect=true",
            uri.Scheme == "rediss" ? ",ssl=true" : "",
            user is null ? "" : $",user={user}",
            password is null ? "" : $",password={password}"
        );
    }

    private static string Postgres(Uri uri)
    {
        var (user, password) = Credentials(uri);
        var builder = new Npgsql.NpgsqlConnectionStringBuilder
        {
            Host = uri.Host,
            Port = uri.IsDefaultPort || uri.Port < 0 ? 5432 : uri.Port,
            Username = user,
            Password = password,
            Database = uri.AbsolutePath.Trim('/'),
            Timeout = 5,
        };
        return builder.ConnectionString;
    }

    private static (string? User, string? Password) Credentials(Uri uri)
    {
        var parts = uri.UserInfo.Split(':', 2);
        return (
            parts[0].Length == 0 ? null : Uri.UnescapeDataString(parts[0]),
            parts.Length < 2 ? null : Uri.UnescapeDataString(parts[1])
        );
    }

    private static FormatException Malformed(string text) =>
        new(
            $"'{text.Split('@')[^1]}' names no place where hosts can find each other: redis://HOST[:PORT] or postgres://USER:PASSWORD@HOST[:PORT]/DATABASE"
        );
}

/// <summary>What keeps the list of hosts.</summary>
internal enum MembershipKind
{
    /// <summary>A Redis server.</summary>
    Redis,

    /// <summary>A PostgreSQL database; its tables are made at the first start.</summary>
    Postgres,
}
