using Godwit.Bson;
using Godwit.Sandbox.ChangeStreams;

namespace Godwit.Sandbox.Tests.ChangeStreams;

/// <summary>An oplog written by hand, one tick an entry, all of it committed.</summary>
internal sealed class OplogHistory : IChangeStreamHistory
{
    internal static readonly Guid Collection = new("11223344-5566-7788-99aa-bbccddeeff00");
    private readonly List<RawDocument> entries = [];

    internal Dictionary<ClusterTime, RawDocument> PreImages { get; } = [];

    internal RawDocument? Current { get; set; }

    public ClusterTime CommitPoint => LastApplied;

    public ClusterTime LastApplied { get; private set; } = new(100, 1);

    public RawDocument? OldestEntry() => entries.Count > 0 ? entries[0] : null;

    public IEnumerable<RawDocument> Read(ClusterTime from, ClusterTime through) =>
        entries.Where(e => e["ts"].AsTimestamp >= from && e["ts"].AsTimestamp <= through).ToList();

    public RawDocument? FindEntry(ClusterTime time) =>
        entries.Cast<RawDocument?>().FirstOrDefault(e => e!.Value["ts"].AsTimestamp == time);

    public RawDocument? FindCurrent(Namespace ns, RawDocument documentKey) => Current;

    public RawDocument? FindPreImage(Guid collection, ClusterTime time, long index) =>
        PreImages.TryGetValue(time, out var image) ? image : null;

    internal void ForgetBefore(ClusterTime time) => entries.RemoveAll(e => e["ts"].AsTimestamp < time);

    internal ClusterTime Write(string op, string ns, RawDocument o, RawDocument? o2 = null, RawDocument? more = null)
    {
        LastApplied = LastApplied.Next();
        var builder = new DocumentBuilder().AddAll(more ?? RawDocument.Empty);
        _ = builder.Add("op", op).Add("ns", ns).Add("ui", RawValue.Uuid(Collection)).Add("o", o);
        _ = o2 is { } key ? builder.Add("o2", key) : builder;
        entries.Add(builder.Add("ts", LastApplied).Add("wall", RawValue.DateTime(1)).Build());
        return LastApplied;
    }

    internal ClusterTime Insert(int id, string ns = "shop.orders") => Write("i", ns, Id(id), Id(id));

    internal static RawDocument Id(int id) => new DocumentBuilder { { "_id", id } }.Build();

    internal static RawDocument Doc(string name, RawValue value) => new DocumentBuilder { { name, value } }.Build();
}
