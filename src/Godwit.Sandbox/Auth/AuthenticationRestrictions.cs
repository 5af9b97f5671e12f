using System.Net;
using Godwit.Bson;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Connections;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.Auth;

/// <summary>
/// Where a user may log in from and at: each restriction names ranges for the client, for the server or for both; of each list one
/// restriction must hold.
/// </summary>
internal static class AuthenticationRestrictions
{
    /// <summary>Refuses restrictions that make no sense.</summary>
    internal static void Check(IReadOnlyList<RawDocument> restrictions)
    {
        foreach (var element in restrictions.SelectMany(restriction => restriction))
        {
            if (element.Name is not ("clientSource" or "serverAddress"))
            {
                throw CommandErrors.UnknownField("authenticationRestrictions", element.Name);
            }

            if (element.Type != BsonType.Array)
            {
                throw CommandErrors.WrongType("authenticationRestrictions", element.Name, element.Value, "array");
            }

            if (!element.Value.AsDocument.Values().All(range => TryParse(range, out _)))
            {
                throw new CommandException(
                    ErrorCode.UnsupportedFormat,
                    $"Invalid address or range in {element.Name}: {element.Value}"
                );
            }
        }
    }

    /// <summary>Whether a list of restrictions lets a client log in; an empty one does.</summary>
    internal static bool Allow(RawValue restrictions, Client client) =>
        restrictions.Type != BsonType.Array
        || restrictions.AsDocument.IsEmpty
        || restrictions
            .AsDocument.Values()
            .Any(restriction =>
                Contains(restriction.AsDocument["clientSource"], client.Remote)
                && Contains(restriction.AsDocument["serverAddress"], client.Local)
            );

    private static bool Contains(RawValue ranges, EndPoint point) =>
        ranges.Type != BsonType.Array
        || (
            point is IPEndPoint { Address: var address }
            && ranges
                .AsDocument.Values()
                .Any(range =>
                    TryParse(range, out var network)
                    && network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address)
                )
        );

    // A single address is the range of itself.
    private static bool TryParse(RawValue range, out IPNetwork network)
    {
        network = default;
        if (range.Type != BsonType.String)
        {
            return false;
        }

        var text = range.AsString;
        if (IPAddress.TryParse(text, out var single))
        {
            network = new(single, single.GetAddressBytes().Length * 8);
            return true;
        }

        return IPNetwork.TryParse(text, out network);
    }
}
