using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Godwit.Hub.Web.Hosting;

/// <summary>
/// Scripts, style sheets and fonts out of this assembly, compressed once. Their addresses carry a sum of what they hold, so that a browser
/// keeps them for good and never mixes two versions.
/// </summary>
internal sealed class PageAssets
{
    private const string Folder = "assets/";
    private const string Sheet = "godwit.css";
    private const string Font = "inter.woff2";
    private readonly FrozenDictionary<string, Asset> all;

    public PageAssets(ThemeSheet theme)
    {
        var assembly = typeof(PageAssets).Assembly;
        var found = assembly
            .GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => Asset.Of(name[Folder.Length..], ReadAll(assembly.GetManifestResourceStream(name)!)));
        var assets = found.Append(Asset.Of(ThemeSheet.Name, theme.Write())).ToDictionary(one => one.Name);
        // The style sheet names the font by its address here, which carries the font's sum.
        var sheet = Encoding.UTF8.GetString(assets[Sheet].Bytes);
        var font = $"../{assets[Font].Sum}/{Font}";
        assets[Sheet] = Asset.Of(Sheet, Encoding.UTF8.GetBytes(sheet.Replace(Font, font, StringComparison.Ordinal)));
        all = assets.ToFrozenDictionary();
    }

    /// <summary>The address of an asset, relative to the Hub's base.</summary>
    internal string Url(string name) => $"assets/{all[name].Sum}/{name}";

    internal static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet(
            "/assets/{sum}/{name}",
            (string sum, string name, HttpContext http, PageAssets assets) => assets.Answer(sum, name, http)
        );

    private IResult Answer(string sum, string name, HttpContext http)
    {
        if (!all.TryGetValue(name, out var asset) || asset.Sum != sum)
        {
            return Results.NotFound();
        }

        var headers = http.Response.Headers;
        headers.CacheControl = "public, max-age=31536000, immutable";
        headers.XContentTypeOptions = "nosniff";
        headers.Vary = "Accept-Encoding";
        if (asset.Compressed is { } compressed && http.Request.Headers.AcceptEncoding.ToString().Contains("br"))
        {
            headers.ContentEncoding = "br";
            return Results.Bytes(compressed, asset.Type);
        }

        return Results.Bytes(asset.Bytes, asset.Type);
    }

    private static byte[] ReadAll(Stream stream)
    {
        using (stream)
        {
            using var memory = new MemoryStream();
            stream.CopyTo(memory);
            return memory.ToArray();
        }
    }

    private sealed record Asset(string Name, string Type, string Sum, byte[] Bytes, byte[]? Compressed)
    {
        private const int SumLength = 16;

        /// <summary>Of Brotli: an eighth less than its default gives, in the same time; the best would take seconds of each start.</summary>
        private const int Quality = 6;

        /// <summary>The largest that every browser takes: 4 MB.</summary>
        private const int Window = 22;

        internal static Asset Of(string name, byte[] bytes)
        {
            var type = Path.GetExtension(name) switch
            {
                ".js" => "text/javascript; charset=utf-8",
                ".css" => "text/css; charset=utf-8",
                ".woff2" => "font/woff2",
                ".svg" => "image/svg+xml",
                _ => "text/plain; charset=utf-8",
            };
            var sum = Convert.ToHexStringLower(SHA256.HashData(bytes))[..SumLength];
            return new(
                name,
                type,
                sum,
                bytes,
                type.StartsWith("font/", StringComparison.Ordinal) ? null : Press(bytes)
            );
        }

        private static byte[] Press(byte[] bytes)
        {
            var pressed = new byte[BrotliEncoder.GetMaxCompressedLength(bytes.Length)];
            return BrotliEncoder.TryCompress(bytes, pressed, out var length, Quality, Window)
                ? pressed[..length]
                : throw new InvalidOperationException("An asset grew when it was compressed.");
        }
    }
}
