using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.ChangeStreams;

/// <summary>Reads the tokens that clients give back, refusing damaged ones with the server's codes.</summary>
internal static class ResumeTokenParser
{
    internal static ClientResumeToken Parse(RawDocument token)
    {
        var data = token["_data"];
        if (data.Type != BsonType.String)
        {
            throw new CommandException(
                40647,
                $"Bad resume token: _data of missing or of wrong type. Expected string, got {token}"
            );
        }

        var typeBits = token["_typeBits"];
        if (!typeBits.IsMissing && (typeBits.Type != BsonType.Binary || typeBits.BinarySubtype != 0))
        {
            throw new CommandException(40648, $"Bad resume token: _typeBits of wrong type {token}");
        }

        return Parse(data.AsString);
    }

    internal static CommandException Malformed(string reason) => new(40649, $"Bad resume token: {reason}");

    internal static CommandException CutOff(int wanted, int length, int offset) =>
        new(
            ErrorCode.Overflow,
            $"Invalid advance ({wanted}) past end of buffer[{length - 1}] at offset: {Math.Max(offset - 1, 0)}"
        );

    private static ClientResumeToken Parse(string hex)
    {
        if (hex.Length == 0)
        {
            throw new CommandException(40649, "Empty resume token");
        }

        byte[] bytes;
        try
        {
            bytes = Convert.FromHexString(hex);
        }
        catch (FormatException)
        {
            throw new CommandException(ErrorCode.FailedToParse, "resume token string was not a valid hex string");
        }

        var reader = new ResumeTokenReader(bytes);
        var time = reader.ReadTimestamp();
        var version = reader.ReadInteger();
        if (version is < 0 or > 2)
        {
            throw new CommandException(50795, "Invalid Resume Token: only supports version 0, 1 and 2");
        }

        var tokenType = version == 0 ? 128 : reader.ReadInteger();
        if (tokenType is not (0 or 128))
        {
            throw new CommandException(51057, $"Token type {tokenType} not recognized");
        }

        _ = reader.ReadInteger();
        var fromInvalidate = reader.ReadBoolean();
        return new ClientResumeToken
        {
            Data = hex.ToUpperInvariant(),
            ClusterTime = time,
            IsHighWaterMark = tokenType == 0,
            FromInvalidate = fromInvalidate,
            HasCollectionUuid = reader.ReadHasUuid(),
        };
    }
}
