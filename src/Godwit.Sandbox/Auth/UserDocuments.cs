using Godwit.Bson;

namespace Godwit.Sandbox.Auth;

/// <summary>Users as they are stored in <c>admin.system.users</c>.</summary>
internal static class UserDocuments
{
    /// <summary>A new user.</summary>
    internal static RawDocument New(
        string name,
        string database,
        RawDocument credentials,
        IEnumerable<RoleName> roles,
        RawValue restrictions = default,
        RawValue customData = default
    ) =>
        new DocumentBuilder
        {
            { "_id", $"{database}.{name}" },
            { "userId", RawValue.Uuid(Guid.NewGuid()) },
            { "user", name },
            { "db", database },
            { "credentials", credentials },
            { "authenticationRestrictions", restrictions },
            { "customData", customData },
            { "roles", RoleName.ToArray(roles) },
        }.Build();

    /// <summary>The credentials of a password; of a user who logs in elsewhere, where there is none.</summary>
    internal static RawDocument Credentials(string name, string? password, IReadOnlyList<string> mechanisms)
    {
        var credentials = new DocumentBuilder();
        if (password is null)
        {
            return credentials.Add("external", true).Build();
        }

        foreach (var mechanism in mechanisms.Order(StringComparer.Ordinal))
        {
            credentials.Add(mechanism, ScramCredential.Create(mechanism, name, password).ToDocument());
        }

        return credentials.Build();
    }

    /// <summary>The mechanisms a user can log in with.</summary>
    internal static RawValue Mechanisms(RawDocument user) =>
        RawValue.Array(user["credentials"].AsDocument.Select(element => RawValue.String(element.Name)));

    /// <summary>A user with another value of one field; absent fields are appended.</summary>
    internal static RawDocument With(RawDocument user, string field, RawValue value)
    {
        var builder = new DocumentBuilder(user.Length + value.Bytes.Length + 32);
        var isWritten = false;
        foreach (var element in user)
        {
            if (element.NameIs(field))
            {
                builder.Add(field, value);
                isWritten = true;
            }
            else
            {
                builder.Add(element);
            }
        }

        return isWritten ? builder.Build() : builder.Add(field, value).Build();
    }
}
