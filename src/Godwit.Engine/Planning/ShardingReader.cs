using System.Text;
using System.Text.Json;
using Godwit.Bson;
using Godwit.Engine.Ports;

namespace Godwit.Engine.Planning;

/// <summary>
/// Reads sharding options from JSON: everything that is not understood is refused with its line and column, and so is a key that no server
/// would take.
/// </summary>
internal ref struct ShardingReader
{
    private readonly byte[] text;
    private Utf8JsonReader json;

    internal ShardingReader(string text)
    {
        this.text = Encoding.UTF8.GetBytes(text);
        json = new(this.text);
    }

    internal ShardingOptions Read()
    {
        Next(JsonTokenType.StartObject, "an object with shardingEntries is expected");
        var createsIndexes = false;
        List<ShardingEntry>? entries = null;
        while (NextField(out var name))
        {
            switch (name)
            {
                case "createSupportingIndexes":
                    createsIndexes = ReadBoolean(name);
                    break;
                case "shardingEntries":
                    entries = ReadEntries();
                    break;
                default:
                    throw Unknown(name, "createSupportingIndexes, shardingEntries");
            }
        }

        _ = entries ?? throw Error("shardingEntries is missing");
        return json.Read() ? throw Error("something follows the object") : new(createsIndexes, entries);
    }

    private List<ShardingEntry> ReadEntries()
    {
        Next(JsonTokenType.StartArray, "shardingEntries must be a list");
        var entries = new List<ShardingEntry>();
        while (NextItem())
        {
            var entry = ReadEntry();
            if (entries.Exists(other => other.Name == entry.Name))
            {
                throw Error($"{entry.Name} is named twice");
            }

            entries.Add(entry);
        }

        return entries;
    }

    private ShardingEntry ReadEntry()
    {
        Check(JsonTokenType.StartObject, "an entry must be an object");
        string? database = null;
        string? collection = null;
        ShardKey? key = null;
        while (NextField(out var name))
        {
            switch (name)
            {
                case "database":
                    database = ReadText(name);
                    break;
                case "collection":
                    collection = ReadText(name);
                    break;
                case "shardCollection":
                    key = ReadShardCollection();
                    break;
                default:
                    throw Unknown(name, "database, collection, shardCollection");
            }
        }

        return new(
            new(database ?? throw Error("database is missing"), collection ?? throw Error("collection is missing")),
            key ?? throw Error("shardCollection is missing")
        );
    }

    private ShardKey ReadShardCollection()
    {
        Next(JsonTokenType.StartObject, "shardCollection must be an object");
        RawDocument? pattern = null;
        var isUnique = false;
        while (NextField(out var name))
        {
            switch (name)
            {
                case "key":
                    pattern = ReadKey();
                    break;
                case "unique":
                    isUnique = ReadBoolean(name);
                    break;
                default:
                    throw Unknown(name, "key, unique");
            }
        }

        var key = new ShardKey(pattern ?? throw Error("key is missing"), isUnique);
        return isUnique && key.IsHashed ? throw Error("a hashed key cannot be unique") : key;
    }

    /// <summary>As a document, or as a list of documents of one field each, which keeps their order in every language.</summary>
    private RawDocument ReadKey()
    {
        _ = json.Read();
        var isList = json.TokenType == JsonTokenType.StartArray;
        if (!isList)
        {
            Check(JsonTokenType.StartObject, "key must be a document or a list of documents");
        }

        var key = new DocumentBuilder();
        var names = new HashSet<string>(StringComparer.Ordinal);
        var hasHash = false;
        while (!isList || NextItem())
        {
            if (isList)
            {
                Check(JsonTokenType.StartObject, "key must be a list of documents");
            }

            while (NextField(out var name))
            {
                CheckName(name, names);
                _ = json.Read();
                var isHash = IsHash(name);
                if (isHash && hasHash)
                {
                    throw Error("a key can have one hashed field");
                }

                hasHash |= isHash;
                _ = key.Add(name, isHash ? RawValue.String("hashed") : RawValue.Int32(1));
            }

            if (!isList)
            {
                break;
            }
        }

        return names.Count == 0 ? throw Error("a key has at least one field") : key.Build();
    }

    private readonly bool IsHash(string name)
    {
        if (json.TokenType == JsonTokenType.String && json.ValueTextEquals("hashed"u8))
        {
            return true;
        }

        return json.TokenType == JsonTokenType.Number && json.TryGetDouble(out var number) && number == 1
            ? false
            : throw Error($"{name} must be 1 or \"hashed\"");
    }

    private readonly void CheckName(string name, HashSet<string> names)
    {
        var parts = name.Split('.');
        if (parts.Any(part => part.Length == 0 || part[0] == '$'))
        {
            throw Error($"'{name}' cannot be a field of a shard key");
        }

        if (!names.Add(name))
        {
            throw Error($"{name} is in the key twice");
        }
    }

    private string ReadText(string name)
    {
        Next(JsonTokenType.String, $"{name} must be a string");
        return json.GetString() is { Length: > 0 } value ? value : throw Error($"{name} is empty");
    }

    private bool ReadBoolean(string name)
    {
        _ = json.Read();
        return json.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw Error($"{name} must be true or false"),
        };
    }

    private void Next(JsonTokenType wanted, string otherwise)
    {
        _ = json.Read();
        Check(wanted, otherwise);
    }

    private bool NextField(out string name)
    {
        _ = json.Read();
        name = json.TokenType == JsonTokenType.PropertyName ? json.GetString()! : "";
        return json.TokenType == JsonTokenType.PropertyName;
    }

    private bool NextItem()
    {
        _ = json.Read();
        return json.TokenType != JsonTokenType.EndArray;
    }

    private readonly void Check(JsonTokenType wanted, string otherwise)
    {
        if (json.TokenType != wanted)
        {
            throw Error(otherwise);
        }
    }

    private readonly ShardingFormatException Unknown(string name, string known) =>
        Error($"'{name}' is not known here; known are {known}");

    /// <summary>At the token that was read last.</summary>
    private readonly ShardingFormatException Error(string reason)
    {
        var before = text.AsSpan(0, (int)json.TokenStartIndex);
        return new(reason, before.Count((byte)'\n') + 1, before.Length - before.LastIndexOf((byte)'\n'));
    }
}
