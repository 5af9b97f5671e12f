namespace Godwit.Sandbox.Commands;

/// <summary>Whether a member that is not primary runs a command.</summary>
internal enum SecondaryUse
{
    /// <summary>Only the primary does: others answer NotWritablePrimary.</summary>
    Never,

    /// <summary>Only when the client's read preference allows a secondary: otherwise NotPrimaryNoSecondaryOk.</summary>
    OptIn,

    /// <summary>Every member does.</summary>
    Always,
}
