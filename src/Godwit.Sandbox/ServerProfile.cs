using Godwit.Bson;

namespace Godwit.Sandbox;

/// <summary>The MongoDB release a member behaves as.</summary>
/// <param name="Version">Its version.</param>
/// <param name="WireVersionMax">The protocol version it announces.</param>
internal sealed record ServerProfile(Version Version, int WireVersionMax)
{
    /// <summary>MongoDB 6.0.</summary>
    internal static readonly ServerProfile V60 = new(new(6, 0, 24), 17);

    /// <summary>MongoDB 7.0.</summary>
    internal static readonly ServerProfile V70 = new(new(7, 0, 21), 21);

    /// <summary>MongoDB 8.0.</summary>
    internal static readonly ServerProfile V80 = new(new(8, 0, 10), 25);

    /// <summary>The feature compatibility version a new server has.</summary>
    internal string FeatureCompatibilityVersion => $"{Version.Major}.{Version.Minor}";

    /// <summary>The profile of a release given as "8.0".</summary>
    internal static ServerProfile Parse(string release) =>
        release switch
        {
            "6.0" => V60,
            "7.0" => V70,
            "8.0" => V80,
            _ => throw new ArgumentException(
                $"MongoDB {release} is not offered; 6.0, 7.0 and 8.0 are",
                nameof(release)
            ),
        };

    /// <summary>The version as <c>versionArray</c> shows it.</summary>
    internal RawValue ToArray() => new ArrayBuilder { Version.Major, Version.Minor, Version.Build, 0 }.Build();
}
