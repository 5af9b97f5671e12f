namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>Where a pipeline stands, which decides what it may hold.</summary>
internal enum PipelinePlace
{
    /// <summary>In a command.</summary>
    Command,

    /// <summary>In a <c>$facet</c>.</summary>
    Facet,

    /// <summary>In a <c>$lookup</c>.</summary>
    Lookup,

    /// <summary>In a <c>$unionWith</c>.</summary>
    Union,

    /// <summary>In an update.</summary>
    Update,

    /// <summary>Behind a <c>$changeStream</c>.</summary>
    ChangeStream,

    /// <summary>In the definition of a view.</summary>
    View,
}
