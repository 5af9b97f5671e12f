using Godwit.Bson;
using Shouldly;
using Xunit;

namespace Godwit.Sandbox.Tests.Catalog;

/// <summary>
/// Documents with what is no geometry are refused where an index wants one: index/expression_keys_private.cpp, geo/geoparser.cpp and
/// geo/hash.cpp of MongoDB 8.0; the malformed ones are those of jstests/core/query/geo (geo_s2index.js, geo_s2indexversion1.js,
/// geo_polygon1.js, geo_2d_…) and geoparser_test.cpp.
/// </summary>
public sealed class GeometryTests : IDisposable
{
    private const string Square = "[[0, 0], [0, 5], [5, 5], [5, 0], [0, 0]]";
    private readonly TestMember member = new();

    public void Dispose() => member.Dispose();

    [Theory]
    [InlineData("[1, 2]")]
    [InlineData("[1, 2, 3]")]
    [InlineData("{x: 1, y: 2, type: 'Point'}")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{type: 'Point', coordinates: [180, 90]}")]
    [InlineData(
        "{type: 'Point', coordinates: [1, 2], crs: {type: 'name', properties: {name: 'urn:ogc:def:crs:OGC:1.3:CRS84'}}}"
    )]
    [InlineData("{type: 'LineString', coordinates: [[0, 0], [0, 0], [1, 1]]}")]
    [InlineData($"{{type: 'Polygon', coordinates: [{Square}]}}")]
    [InlineData($"{{type: 'Polygon', coordinates: [{Square}, [[1, 1], [1, 4], [4, 4], [4, 1], [1, 1]]]}}")]
    [InlineData($"{{type: 'Polygon', coordinates: [{Square}, [[1, 1], [4, 1], [4, 4], [1, 4], [1, 1]]]}}")]
    [InlineData("{type: 'MultiPoint', coordinates: [[1, 2], [3, 4]]}")]
    [InlineData("{type: 'MultiLineString', coordinates: [[[0, 0], [1, 1]], [[2, 2], [3, 3]]]}")]
    [InlineData($"{{type: 'MultiPolygon', coordinates: [[{Square}]]}}")]
    [InlineData("{type: 'GeometryCollection', geometries: [{type: 'Point', coordinates: [1, 2]}]}")]
    public async Task A_geometry_comes_into_a_2dsphere_index(string value)
    {
        await CreateAsync("{key: {g: '2dsphere'}, name: 'g'}");

        (await InsertAsync($"{{g: {value}}}")).ShouldBe(0);
    }

    [Theory]
    [InlineData("'text'")]
    [InlineData("5")]
    [InlineData("[181, 0]")]
    [InlineData("[1, 'a']")]
    [InlineData("[1]")]
    [InlineData("{type: 'Point', coordinates: [0, 91]}")]
    [InlineData("{type: 'Point', coordinates: [0, {$numberDouble: 'NaN'}]}")]
    [InlineData("{type: 'Point', coordinates: 'here'}")]
    [InlineData("{type: 'Point'}")]
    [InlineData("{type: 'Circle', coordinates: [1, 2]}")]
    [InlineData("{coordinates: [1, 2]}")]
    [InlineData("{type: 'Point', coordinates: [1, 2], crs: {type: 'name', properties: {name: 'EPSG:2000'}}}")]
    [InlineData("{type: 'Point', coordinates: [1, 2], crs: 'EPSG:4326'}")]
    [InlineData("{type: 'LineString', coordinates: [[0, 0]]}")]
    [InlineData("{type: 'LineString', coordinates: [[0, 0], [0, 0]]}")]
    [InlineData("{type: 'Polygon', coordinates: []}")]
    [InlineData("{type: 'Polygon', coordinates: [[[0, 0], [0, 5], [5, 5], [5, 0]]]}")]
    [InlineData("{type: 'Polygon', coordinates: [[[0, 0], [0, 5], [0, 5], [0, 0]]]}")]
    [InlineData("{type: 'Polygon', coordinates: [[[0, 0], [5, 5], [0, 5], [5, 0], [0, 0]]]}")]
    [InlineData("{type: 'Polygon', coordinates: [[[0, 0], [0, 5], [5, 5], [0, 5], [5, 0], [0, 0]]]}")]
    [InlineData($"{{type: 'Polygon', coordinates: [{Square}, [[6, 6], [6, 7], [7, 7], [7, 6], [6, 6]]]}}")]
    [InlineData($"{{type: 'Polygon', coordinates: [{Square}, [[4, 4], [4, 6], [6, 6], [6, 4], [4, 4]]]}}")]
    [InlineData(
        $"{{type: 'Polygon', coordinates: [{Square}, [[1, 1], [1, 4], [4, 4], [4, 1], [1, 1]], [[2, 2], [2, 3], [3, 3], [3, 2], [2, 2]]]}}"
    )]
    [InlineData($"{{type: 'Polygon', coordinates: [{Square}, [[0, 0], [0, 5], [1, 2], [0, 0]]]}}")]
    [InlineData(
        $"{{type: 'Polygon', coordinates: [{Square}], crs: {{type: 'name', properties: {{name: 'urn:x-mongodb:crs:strictwinding:EPSG:4326'}}}}}}"
    )]
    [InlineData("{type: 'MultiPoint', coordinates: []}")]
    [InlineData("{type: 'MultiPolygon', coordinates: [[[[0, 0], [0, 5], [5, 5], [5, 0]]]]}")]
    [InlineData("{type: 'GeometryCollection', geometries: []}")]
    [InlineData(
        "{type: 'GeometryCollection', geometries: [{type: 'GeometryCollection', geometries: [{type: 'Point', coordinates: [1, 2]}]}]}"
    )]
    public async Task What_is_no_geometry_does_not_come_into_a_2dsphere_index_nor_is_one_made_of_it(string value)
    {
        await CreateAsync("{key: {g: '2dsphere'}, name: 'g'}");
        (await InsertAsync("{_id: 1}")).ShouldBe(0);

        (await InsertAsync($"{{g: {value}}}")).ShouldBe(16755);
        var update = await RunAsync($"{{update: 'c', updates: [{{q: {{_id: 1}}, u: {{$set: {{g: {value}}}}}}}]}}");
        CodeOf(update).ShouldBe(16755);

        await RunAsync("{dropIndexes: 'c', index: 'g'}");
        (await InsertAsync($"{{_id: 2, g: {value}}}")).ShouldBe(0);
        (await CreateAsync("{key: {g: '2dsphere'}, name: 'g'}"))["code"].ToInt64().ShouldBe(16755);
        CodeOf(await RunAsync("{delete: 'c', deletes: [{q: {_id: 2}, limit: 1}]}")).ShouldBe(0);
        (await CreateAsync("{key: {g: '2dsphere'}, name: 'g'}"))["ok"].ToInt64().ShouldBe(1);
    }

    [Theory]
    [InlineData("{g: [1, 2]}", 0)]
    [InlineData("{g: {lng: 1, lat: 2}}", 0)]
    [InlineData("{g: [[1, 2], [3, 4]]}", 0)]
    [InlineData("{g: {home: [1, 2], work: [3, 4]}}", 0)]
    [InlineData("{g: [[1, 2], []]}", 0)]
    [InlineData("{g: 'nowhere'}", 0)]
    [InlineData("{g: []}", 0)]
    [InlineData("{g: [1]}", 13068)]
    [InlineData("{g: [1, 'a']}", 13026)]
    [InlineData("{g: [11, 0]}", 13027)]
    [InlineData("{g: [0, {$numberDouble: 'NaN'}]}", 13027)]
    [InlineData("{g: ['a', 'b']}", 16804)]
    [InlineData("{g: {type: 'Point', coordinates: [1, 2]}}", 16804)]
    public async Task A_2d_index_takes_pairs_of_numbers_within_its_bounds(string document, int code)
    {
        await CreateAsync("{key: {g: '2d'}, name: 'g', min: -10, max: 10}");

        (await InsertAsync(document)).ShouldBe(code);
    }

    [Theory]
    [InlineData("{a: {g: [1, 200]}}", 16755)]
    [InlineData("{a: [{g: [1, 2]}, {g: [1, 200]}]}", 16755)]
    [InlineData("{a: [{g: [1, 2]}, {g: null}]}", 16755)]
    [InlineData("{a: [{g: null}, {g: null}]}", 0)]
    [InlineData("{a: [1, 2]}", 0)]
    [InlineData("{skipped: true, a: {g: [1, 200]}}", 0)]
    public async Task A_path_is_followed_through_arrays_and_a_partial_index_looks_at_its_own_only(
        string document,
        int code
    )
    {
        await CreateAsync(
            "{key: {n: 1, 'a.g': '2dsphere'}, name: 'g', partialFilterExpression: {skipped: {$exists: false}}}"
        );

        (await InsertAsync(document)).ShouldBe(code);
    }

    private static long CodeOf(RawDocument reply) =>
        reply["writeErrors"] is { Type: BsonType.Array } errors
            ? errors.AsDocument.Values().First().AsDocument["code"].ToInt64()!.Value
            : reply["code"].ToInt64() ?? 0;

    private async Task<long> InsertAsync(string document) =>
        CodeOf(await RunAsync($"{{insert: 'c', documents: [{document}]}}"));

    private Task<RawDocument> CreateAsync(string index) => RunAsync($"{{createIndexes: 'c', indexes: [{index}]}}");

    private Task<RawDocument> RunAsync(string command) => member.Run("db", ShellText.Command(command));
}
