using Godwit.Bson;

namespace Godwit.Engine.Mongo.Reading;

/// <summary>A cursor on the server: its number and the namespace it is asked for under.</summary>
internal readonly record struct CursorId(long Id, string Database, string Collection)
{
    internal bool IsOpen => Id != 0;

    internal static CursorId Of(RawDocument cursor)
    {
        var name = Namespace.Parse(cursor["ns"u8].AsString);
        return new(cursor["id"u8].AsInt64, name.Database, name.Collection);
    }

    internal DocumentBuilder GetMore() => new() { { "getMore", Id }, { "collection", Collection } };

    internal DocumentBuilder Kill() => new() { { "killCursors", Collection }, { "cursors", RawValue.Array([Id]) } };
}
