using Godwit.Bson;
using Godwit.Engine.Faults;
using Godwit.Engine.Lifecycle;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Changes;

/// <summary>Opens streams that together carry every event (S10), all or none, and waits for the first reply of each.</summary>
internal sealed class StreamStarter(ISourceCluster source, RetryPolicy retry, MigrationSettings settings)
{
    /// <summary>Opens so many streams, each after its token, or all at a time; at the present if none is known.</summary>
    internal async Task<IReadOnlyList<OpenedPart>> StartAsync(
        int streams,
        IReadOnlyList<RawDocument>? places,
        ClusterTime? begin,
        CancellationToken cancellationToken
    )
    {
        var opened = new List<OpenedPart>();
        try
        {
            for (var index = 0; index < streams; index++)
            {
                var after = places?[index] ?? RawDocument.Empty;
                var request = new ChangeStreamRequest(
                    after,
                    after.IsEmpty ? begin : null,
                    KeysOnly: false,
                    settings.AwaitTimeOf(streams)
                )
                {
                    Part = streams == 1 ? null : new(index, streams),
                };
                var (stream, first) = await StartAsync(request, cancellationToken);
                opened.Add(new(stream, first, after, request.Part));
            }

            return opened;
        }
        catch
        {
            foreach (var one in opened)
            {
                one.First.Dispose();
                await one.Stream.DisposeAsync();
            }

            throw;
        }
    }

    /// <summary>Opens one.</summary>
    internal Task<(IChangeStream Stream, ChangeBatch First)> StartAsync(
        ChangeStreamRequest request,
        CancellationToken cancellationToken
    ) =>
        retry.RunAsync(
            async token =>
            {
                var stream = await source.OpenChangesAsync(request, token);
                try
                {
                    return (stream, await stream.NextAsync(token));
                }
                catch (ClusterException)
                {
                    await stream.DisposeAsync();
                    throw;
                }
            },
            cancellationToken
        );
}
