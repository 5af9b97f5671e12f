using Godwit.Bson;
using Godwit.Sandbox.Errors;

namespace Godwit.Sandbox.TimeSeries;

/// <summary>Indexes of a time-series collection: users name fields of measurements, the buckets are indexed by their bounds.</summary>
internal static class TimeSeriesIndexes
{
    private const string Least = "control.min.";
    private const string Greatest = "control.max.";

    /// <summary>The index of the buckets that stands for one of measurements.</summary>
    internal static RawDocument ToBuckets(RawDocument spec, BucketOptions options)
    {
        if (spec["unique"].IsTruthy())
        {
            throw new CommandException(
                ErrorCode.InvalidOptions,
                "Unique indexes are not supported on time-series collections"
            );
        }

        return WithKey(spec, KeyToBuckets(spec["key"].AsDocument, options));
    }

    /// <summary>The index of measurements for which one of the buckets stands; <see langword="null"/> if it stands for none.</summary>
    internal static RawDocument? FromBuckets(RawDocument spec, BucketOptions options)
    {
        var key = new DocumentBuilder();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var part in spec["key"].AsDocument)
        {
            var name = part.Name;
            if (options.MetaField is { } meta && (name == "meta" || name.StartsWith("meta.", StringComparison.Ordinal)))
            {
                key.Add(meta + name[4..], part.Value);
            }
            else if (
                name.StartsWith(Least, StringComparison.Ordinal) || name.StartsWith(Greatest, StringComparison.Ordinal)
            )
            {
                if (seen.Add(name[Least.Length..]))
                {
                    key.Add(name[Least.Length..], part.Value);
                }
            }
            else
            {
                return null;
            }
        }

        return WithKey(spec, key);
    }

    /// <summary>The key of the buckets that stands for one of measurements.</summary>
    internal static RawDocument KeyToBuckets(RawDocument key, BucketOptions options)
    {
        var builder = new DocumentBuilder();
        foreach (var part in key)
        {
            var name = part.Name;
            if (
                options.MetaField is { } meta
                && (name == meta || name.StartsWith(meta + ".", StringComparison.Ordinal))
            )
            {
                builder.Add("meta" + name[meta.Length..], part.Value);
            }
            else if (!part.Value.IsNumber)
            {
                throw new CommandException(
                    ErrorCode.InvalidOptions,
                    $"Invalid index spec for time-series collection: {key}: only a metaField takes this kind of index"
                );
            }
            else if (part.Value.ToInt64() < 0)
            {
                builder.Add(Greatest + name, part.Value).Add(Least + name, part.Value);
            }
            else
            {
                builder.Add(Least + name, part.Value).Add(Greatest + name, part.Value);
            }
        }

        return builder.Build();
    }

    private static RawDocument WithKey(RawDocument spec, RawValue key)
    {
        var builder = new DocumentBuilder(spec.Length + 32);
        foreach (var element in spec)
        {
            builder.Add(element.NameUtf8.Span, element.NameIs("key") ? key : element.Value);
        }

        return builder.Build();
    }
}
