using Godwit.Wire;

namespace Godwit.Sandbox.Tests.Connections;

/// <summary>Messages of many commands, in every form that a client may send.</summary>
internal static class WellFormedMessages
{
    private static readonly string[] Commands =
    [
        """{ insert: "a", documents: [{ _id: 1, n: 1.5, text: "some text", list: [1, "two", 3] }], $db: "test" }""",
        """{ hello: 1, $db: "admin" }""",
        """{ find: "a", filter: { n: { $gt: 1, $lt: 9.5 } }, sort: { n: 1 }, limit: 5, $db: "test" }""",
        """{ find: "a", projection: { list: { $slice: 1 } }, batchSize: 2, $db: "test" }""",
        """{ update: "a", updates: [{ q: { n: 1 }, u: { $set: { "a.b": 1, "list.0": "x" }, $inc: { n: 1 } }, multi: true }], $db: "test" }""",
        """{ update: "a", updates: [{ q: { _id: 1 }, u: { $push: { list: { $each: [1, 2], $slice: -5 } } }, upsert: true }], $db: "test" }""",
        """{ update: "a", updates: [{ q: { _id: 1 }, u: [{ $set: { m: { $add: ["$n", 1] } } }] }], $db: "test" }""",
        """{ delete: "a", deletes: [{ q: { n: { $in: [1, 2] } }, limit: 1 }], $db: "test" }""",
        """{ findAndModify: "a", query: { n: 1 }, update: { $unset: { text: "" } }, new: true, $db: "test" }""",
        """{ aggregate: "a", pipeline: [{ $match: { n: { $gte: 0 } } }, { $unwind: "$list" }, { $sort: { _id: -1 } }], cursor: { batchSize: 2 }, $db: "test" }""",
        """{ aggregate: "a", pipeline: [{ $group: { _id: "$text", most: { $max: "$n" } } }, { $project: { most: 1 } }], cursor: {}, $db: "test" }""",
        """{ aggregate: "a", pipeline: [{ $lookup: { from: "b", localField: "n", foreignField: "n", as: "bs" } }], cursor: {}, $db: "test" }""",
        """{ distinct: "a", key: "list", query: { text: { $regularExpression: { pattern: "some", options: "i" } } }, $db: "test" }""",
        """{ count: "a", query: { $or: [{ n: 1 }, { list: { $size: 3 } }] }, $db: "test" }""",
        """{ createIndexes: "b", indexes: [{ key: { n: 1, text: -1 }, name: "both", unique: true }], $db: "test" }""",
        """{ create: "d", capped: true, size: 4096, validator: { n: { $type: "int" } }, $db: "test" }""",
        """{ collMod: "b", index: { name: "both", hidden: true }, $db: "test" }""",
        """{ bulkWrite: 1, ops: [{ insert: 0, document: { x: 1 } }, { update: 0, filter: { x: 1 }, updateMods: { $set: { x: 2 } } }, { delete: 0, filter: { x: 2 } }], nsInfo: [{ ns: "test.a" }], $db: "admin" }""",
        """{ listCollections: 1, filter: { name: "a" }, $db: "test" }""",
        """{ listIndexes: "b", $db: "test" }""",
        """{ saslStart: 1, mechanism: "SCRAM-SHA-256", payload: { $binary: { base64: "biwsbj11LHI9eA==", subType: "00" } }, $db: "admin" }""",
        """{ serverStatus: 1, $db: "admin" }""",
        """{ explain: { find: "a", filter: { n: 1 } }, $db: "test" }""",
        """{ createIndexes: "g", indexes: [{ key: { at: "2dsphere" }, name: "sphere" }, { key: { on: "2d" }, name: "plane" }], $db: "test" }""",
        """{ insert: "g", documents: [{ at: { type: "Polygon", coordinates: [[[0, 0], [0, 5], [5, 5], [5, 0], [0, 0]], [[1, 1], [1, 4], [4, 4], [1, 1]]] }, on: [1, 2] }], $db: "test" }""",
        """{ insert: "g", documents: [{ at: { type: "GeometryCollection", geometries: [{ type: "MultiLineString", coordinates: [[[0, 0], [1, 1]]] }] }, on: [[1, 2], [3, 4]] }], $db: "test" }""",
        """{ create: "s", timeseries: { timeField: "t", metaField: "m" }, $db: "test" }""",
        """{ insert: "s", documents: [{ t: { $date: "2024-01-01T00:00:00Z" }, m: { a: 1 }, v: 2.5 }], $db: "test" }""",
        """{ explain: { distinct: "s", key: "m.a", query: { v: { $gt: 1 } } }, verbosity: "executionStats", $db: "test" }""",
        """{ applyOps: [{ op: "i", ns: "test.a", o: { n: 1 } }, { op: "c", ns: "test.$cmd", o: { applyOps: [{ op: "u", ns: "test.a", o2: { _id: 5 }, o: { $v: 2, diff: { i: { x: 1 } } } }] } }], $db: "admin" }""",
    ];

    /// <summary>One frame each.</summary>
    internal static IReadOnlyList<byte[]> All()
    {
        var insert = ShellText.Document("""{ insert: "a", ordered: false, $db: "test" }""");
        var documents = new DocumentSequence("documents", ShellText.Document("{ _id: 7, n: 3 }").Bytes);
        var plain = Commands
            .Select(one => OpMessageWriter.ToFrame(1, 0, MessageFlags.None, ShellText.Document(one)))
            .ToList();
        return
        [
            .. plain,
            .. Enum.GetValues<Compressor>().Select(one => Compression.Wrap(plain[0], one)),
            OpMessageWriter.ToFrame(1, 0, MessageFlags.None, insert, documents),
            OpMessageWriter.ToFrame(1, 0, MessageFlags.ChecksumPresent, insert, documents),
            LegacyQuery.ToFrame(1, "admin.$cmd", ShellText.Document("{ isMaster: 1 }")),
        ];
    }
}
