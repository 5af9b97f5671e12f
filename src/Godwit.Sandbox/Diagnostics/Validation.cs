using Godwit.Bson;
using Godwit.Sandbox.Catalog;
using Godwit.Sandbox.Commands;
using Godwit.Sandbox.Errors;
using Godwit.Sandbox.Reading;
using Godwit.Sandbox.Storage;

namespace Godwit.Sandbox.Diagnostics;

/// <summary>The reply of <c>validate</c>: reads every document and looks for each of its index entries, and counts entries that no document has.</summary>
internal sealed class Validation
{
    private const int ListedMax = 20;
    private readonly Node node;
    private readonly ReadView view;
    private readonly CollectionInfo collection;
    private readonly ArrayBuilder missing = new();
    private readonly ArrayBuilder corrupt = new();
    private readonly List<string> errors = [];
    private readonly Dictionary<string, long> expected = new(StringComparer.Ordinal);
    private long records;
    private long invalid;
    private long nonCompliant;

    private Validation(Node node, ReadView view, CollectionInfo collection)
    {
        this.node = node;
        this.view = view;
        this.collection = collection;
    }

    /// <summary>Validates the collection a command names.</summary>
    internal static DocumentBuilder Run(CommandContext context)
    {
        var ns = context.Collection();
        using var view = context.Node.View();
        var collection =
            TimeSeries.TimeSeriesCollection.Find(view.Catalog, ns)?.Buckets
            ?? view.Catalog.Find(ns)
            ?? throw new CommandException(
                ErrorCode.NamespaceNotFound,
                $"Collection '{ns}' does not exist to validate."
            );
        return collection.IsView
            ? throw new CommandException(ErrorCode.CommandNotSupportedOnView, "Cannot validate a view")
            : new Validation(context.Node, view, collection).Run();
    }

    private DocumentBuilder Run()
    {
        var indexes = collection.Indexes.Where(index => index.IsReady).ToList();
        ReadRecords(indexes);
        var (keys, details, extra) = (new DocumentBuilder(), new DocumentBuilder(), new ArrayBuilder());
        foreach (var index in indexes)
        {
            var (found, wanted) = (CountEntries(index), expected.GetValueOrDefault(index.Name));
            keys.Add(index.Name, RawValue.Narrow(found));
            details.Add(index.Name, new DocumentBuilder { { "valid", found == wanted } });
            if (found > wanted)
            {
                extra.Add(new DocumentBuilder { { "indexName", index.Name }, { "count", found - wanted } });
                errors.Add($"Detected {found - wanted} extra index entries in index {index.Name}.");
            }
        }

        var warnings =
            nonCompliant == 0
                ? []
                : new[] { "Detected one or more documents not compliant with the collection's schema." };
        return new()
        {
            { "ns", collection.Namespace.ToString() },
            { "uuid", RawValue.Uuid(collection.Uuid) },
            { "nInvalidDocuments", RawValue.Narrow(invalid) },
            { "nNonCompliantDocuments", RawValue.Narrow(nonCompliant) },
            { "nrecords", RawValue.Narrow(records) },
            { "nIndexes", indexes.Count },
            { "keysPerIndex", keys },
            { "indexDetails", details },
            { "valid", errors.Count == 0 },
            { "repaired", false },
            { "readTimestamp", node.LastCheckpoint },
            { "warnings", RawValue.Array(warnings.Select(RawValue.String)) },
            { "errors", RawValue.Array(errors.Select(RawValue.String)) },
            { "extraIndexEntries", extra.Build() },
            { "missingIndexEntries", missing.Build() },
            { "corruptRecords", corrupt.Build() },
        };
    }

    private void ReadRecords(List<IndexInfo> indexes)
    {
        var complies = collection.Options["validator"] is { Type: BsonType.Document } validator
            ? Filtering.Of(validator.AsDocument)
            : null;
        foreach (var record in new CollectionReader(view, collection).Scan())
        {
            records++;
            if (!IsIntact(record.Document))
            {
                invalid++;
                _ = corrupt.Count < ListedMax ? corrupt.Add(record.Document["_id"]) : corrupt;
                continue;
            }

            nonCompliant += complies is null || complies(record.Document) ? 0 : 1;
            indexes.ForEach(index => LookForEntries(index, record));
        }

        if (invalid > 0)
        {
            errors.Add($"Detected {invalid} invalid documents.");
        }
    }

    private void LookForEntries(IndexInfo index, StoredRecord record)
    {
        foreach (var entry in IndexEntries.Of(index, collection, record.Document, out _))
        {
            if (view.Get(Family.Indexes, KeyLayout.Logical(index.Ident, entry, record.Key)) is not null)
            {
                expected[index.Name] = expected.GetValueOrDefault(index.Name) + 1;
            }
            else if (missing.Count < ListedMax)
            {
                errors.Add($"Detected a missing index entry in index {index.Name}.");
                missing.Add(new DocumentBuilder { { "indexName", index.Name }, { "idKey", record.Document["_id"] } });
            }
        }
    }

    private long CountEntries(IndexInfo index) =>
        new CollectionReader(view, collection).ScanIndexKeys(index, [], null, isForward: true).LongCount();

    private static bool IsIntact(RawDocument document)
    {
        try
        {
            BsonValidator.Validate(document.Bytes);
            return true;
        }
        catch (BsonFormatException)
        {
            // What is broken is counted and named, and the others are looked at.
            return false;
        }
    }
}
