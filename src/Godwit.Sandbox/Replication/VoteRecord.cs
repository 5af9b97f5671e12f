using Godwit.Bson;

namespace Godwit.Sandbox.Replication;

/// <summary>The latest term a member knows and whom it voted for in it, on disk before the vote is given: it never votes twice.</summary>
internal sealed class VoteRecord
{
    private readonly string path;

    internal VoteRecord(string directory)
    {
        path = Path.Combine(directory, "election.bson");
        if (File.Exists(path))
        {
            var stored = new RawDocument(File.ReadAllBytes(path));
            Term = stored["term"].AsInt64;
            VotedFor = stored["candidateIndex"].AsInt32;
        }
    }

    /// <summary>The latest term known.</summary>
    internal long Term { get; private set; }

    /// <summary>The member voted for in that term; −1 for none.</summary>
    internal int VotedFor { get; private set; } = -1;

    /// <summary>Writes both down.</summary>
    internal void Save(long term, int votedFor)
    {
        (Term, VotedFor) = (term, votedFor);
        var document = new DocumentBuilder { { "term", term }, { "candidateIndex", votedFor } }.Build();
        var next = path + ".next";
        using (var file = File.Create(next))
        {
            file.Write(document.Bytes.Span);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }
}
