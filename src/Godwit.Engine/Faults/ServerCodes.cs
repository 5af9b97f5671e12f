namespace Godwit.Engine.Faults;

/// <summary>Codes of MongoDB's that are told apart beyond their <see cref="FaultKind"/>.</summary>
internal static class ServerCodes
{
    internal const int NamespaceNotFound = 26;
    internal const int IndexNotFound = 27;
    internal const int CappedPositionLost = 136;
    internal const int DuplicateKey = 11000;
}
