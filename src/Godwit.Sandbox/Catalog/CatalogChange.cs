namespace Godwit.Sandbox.Catalog;

/// <summary>One change of the catalog: made (no before), dropped (no after), or replaced.</summary>
/// <param name="Before">What there was.</param>
/// <param name="After">What there is now.</param>
internal readonly record struct CatalogChange(CollectionInfo? Before, CollectionInfo? After);
