using Godwit.Bson;

namespace Godwit.Sandbox.Aggregation.Stages;

/// <summary>One stage of a pipeline, parsed. It pulls documents from the stage before and gives its own, one by one.</summary>
internal abstract class Stage
{
    /// <summary>The documents after this stage.</summary>
    internal abstract IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input);
}

/// <summary>A stage that looks at one document at a time and passes it on, changes it or drops it.</summary>
internal sealed class MapStage(Func<RawDocument, RawDocument?> map) : Stage
{
    /// <summary>What becomes of a document; <see langword="null"/> if it is dropped.</summary>
    internal Func<RawDocument, RawDocument?> Map => map;

    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input)
    {
        foreach (var document in input)
        {
            if (map(document) is { } result)
            {
                yield return result;
            }
        }
    }
}

/// <summary>A stage on all documents at once.</summary>
internal sealed class StreamStage(Func<IEnumerable<RawDocument>, IEnumerable<RawDocument>> run) : Stage
{
    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input) => run(input);
}

/// <summary>A first stage that has documents of its own.</summary>
internal sealed class SourceStage(Func<IEnumerable<RawDocument>> read) : Stage
{
    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input) => read();
}

/// <summary>A last stage that writes the documents somewhere instead of giving them.</summary>
internal abstract class WriteStage : Stage
{
    /// <inheritdoc/>
    internal override IEnumerable<RawDocument> Run(IEnumerable<RawDocument> input) => input;

    /// <summary>Writes the documents.</summary>
    internal abstract Task WriteAsync(IEnumerable<RawDocument> input, CancellationToken cancellationToken);
}
