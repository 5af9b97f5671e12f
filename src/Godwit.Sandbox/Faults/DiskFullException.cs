namespace Godwit.Sandbox.Faults;

/// <summary>A member could not write its data: it ends with that, as mongod does.</summary>
internal sealed class DiskFullException() : IOException("No space left on device");
