namespace Godwit.Sandbox.Errors;

/// <summary>What an error code says of the member that was asked.</summary>
internal static class RoleErrors
{
    /// <summary>Whether it is not, or not any more, in the role that was needed.</summary>
    internal static bool IsStateChange(this ErrorCode code) =>
        code
            is ErrorCode.NotWritablePrimary
                or ErrorCode.NotPrimaryNoSecondaryOk
                or ErrorCode.NotPrimaryOrSecondary
                or ErrorCode.InterruptedDueToReplStateChange
                or ErrorCode.PrimarySteppedDown;

    /// <summary>Whether the same asked of the set's next primary can succeed.</summary>
    internal static bool IsAboutPrimary(this ErrorCode code) =>
        code.IsStateChange()
        || code
            is ErrorCode.HostUnreachable
                or ErrorCode.HostNotFound
                or ErrorCode.ShutdownInProgress
                or ErrorCode.FailedToSatisfyReadPreference
                or ErrorCode.InterruptedAtShutdown;
}
