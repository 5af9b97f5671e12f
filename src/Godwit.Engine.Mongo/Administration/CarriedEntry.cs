namespace Godwit.Engine.Mongo.Administration;

/// <summary>What became of one thing that is carried over beside the documents.</summary>
/// <param name="Kind">What it is, such as "role".</param>
/// <param name="Name">Its name, such as <c>name@database</c>.</param>
/// <param name="IsThere">Whether it is on the destination now, as it is on the source.</param>
/// <param name="Remark">What a person should know; empty if nothing.</param>
internal sealed record CarriedEntry(string Kind, string Name, bool IsThere, string Remark);
