using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;

namespace Godwit.Hub.Hosting;

/// <summary>
/// A Hub's folder in one file, encrypted with a passphrase (P12): the database, the key ring that opens it, and the Hub's authority are of no use
/// without each other, and together as good as every password in them. May be made while the Hub runs.
/// </summary>
internal static class HubBackup
{
    private const string DatabaseFile = "hub.db";
    private const int PassphraseMin = 12;
    private const int SaltBytes = 16;
    private const int KeyBytes = 32;
    private const int Iterations = 600_000;
    private const long BytesMax = 1L << 30;
    private static readonly byte[] Mark = Encoding.ASCII.GetBytes("godwit hub backup 1\n");

    /// <summary>Writes a backup. With PostgreSQL it holds everything but the database, which is dumped by its own means.</summary>
    /// <exception cref="IOException">There is no Hub's folder, it is too large, or the file is there already.</exception>
    internal static async Task WriteAsync(
        HubOptions options,
        string file,
        string passphrase,
        CancellationToken cancellationToken
    )
    {
        if (passphrase.Length < PassphraseMin)
        {
            throw new IOException($"a passphrase has {PassphraseMin} characters at least");
        }

        if (!Directory.Exists(Path.Combine(options.DataDirectory, "keys")))
        {
            throw new IOException($"{options.DataDirectory} is no Hub's folder");
        }

        var staging = Directory.CreateTempSubdirectory("godwit-backup-").FullName;
        try
        {
            Copy(options.DataDirectory, staging);
            if (options.Database is null)
            {
                await SnapshotAsync(options.DataDirectory, staging, cancellationToken).ConfigureAwait(false);
            }

            using var packed = new MemoryStream();
            var zip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true);
            await using (zip.ConfigureAwait(false))
            {
                await TarFile.CreateFromDirectoryAsync(staging, zip, false, cancellationToken).ConfigureAwait(false);
            }

            await WriteNewAsync(file, Seal(packed.ToArray(), passphrase), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Directory.Delete(staging, recursive: true);
        }
    }

    /// <summary>Puts a backup into a folder that is not there, or empty.</summary>
    /// <exception cref="IOException">The folder is not empty, or the file is no backup, or of another passphrase.</exception>
    internal static async Task ReadAsync(
        string file,
        string folder,
        string passphrase,
        CancellationToken cancellationToken
    )
    {
        if (Directory.Exists(folder) && Directory.EnumerateFileSystemEntries(folder).Any())
        {
            throw new IOException($"{folder} is not empty: a backup is put into a folder of its own");
        }

        var packed = Open(await File.ReadAllBytesAsync(file, cancellationToken).ConfigureAwait(false), passphrase);
        _ = Directory.CreateDirectory(
            folder,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        );
        using var content = new MemoryStream(packed);
        var unzip = new GZipStream(content, CompressionMode.Decompress);
        await using (unzip.ConfigureAwait(false))
        {
            await TarFile.ExtractToDirectoryAsync(unzip, folder, false, cancellationToken).ConfigureAwait(false);
        }
    }

    private static void Copy(string from, string to)
    {
        var files = Directory
            .EnumerateFiles(from, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(from, path))
            .Where(path =>
                !path.StartsWith(DatabaseFile, StringComparison.Ordinal)
                && !path.EndsWith(".lock", StringComparison.Ordinal)
            )
            .ToList();
        foreach (var path in files)
        {
            var target = Path.Combine(to, path);
            _ = Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(Path.Combine(from, path), target);
        }
    }

    /// <summary>The database as it is at one moment, whoever writes to it.</summary>
    private static async Task SnapshotAsync(string from, string to, CancellationToken cancellationToken)
    {
        var source = Path.Combine(from, DatabaseFile);
        if (!File.Exists(source))
        {
            throw new IOException($"{from} holds no Hub's database");
        }

        if (new FileInfo(source).Length > BytesMax)
        {
            throw new IOException(
                "the database is too large for a file of this kind: stop the Hub and copy its folder"
            );
        }

        var connection = new SqliteConnection($"Data Source={source};Mode=ReadWrite;Pooling=False");
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            var command = connection.CreateCommand();
            await using (command.ConfigureAwait(false))
            {
                command.CommandText = "VACUUM INTO $file";
                _ = command.Parameters.AddWithValue("$file", Path.Combine(to, DatabaseFile));
                _ = await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
        }
    }

    private static byte[] Seal(byte[] content, string passphrase)
    {
        var salt = RandomNumberGenerator.GetBytes(SaltBytes);
        var sealedBytes = new byte[content.Length];
        var tag = new byte[AesGcm.TagByteSizes.MaxSize];
        using var cipher = new AesGcm(KeyOf(passphrase, salt), tag.Length);
        // A key is used once: its salt is of this file alone.
        cipher.Encrypt(new byte[AesGcm.NonceByteSizes.MaxSize], content, sealedBytes, tag, Mark);
        return [.. Mark, .. salt, .. tag, .. sealedBytes];
    }

    private static byte[] Open(byte[] file, string passphrase)
    {
        var tagBytes = AesGcm.TagByteSizes.MaxSize;
        var header = Mark.Length + SaltBytes + tagBytes;
        if (file.Length < header || !file.AsSpan(0, Mark.Length).SequenceEqual(Mark))
        {
            throw new IOException("this is no backup of a Hub");
        }

        var salt = file.AsSpan(Mark.Length, SaltBytes);
        var tag = file.AsSpan(Mark.Length + SaltBytes, tagBytes);
        var content = new byte[file.Length - header];
        using var cipher = new AesGcm(KeyOf(passphrase, salt), tagBytes);
        try
        {
            cipher.Decrypt(new byte[AesGcm.NonceByteSizes.MaxSize], file.AsSpan(header), tag, content, Mark);
            return content;
        }
        catch (AuthenticationTagMismatchException damaged)
        {
            throw new IOException("the passphrase is another one, or the file is damaged", damaged);
        }
    }

    private static byte[] KeyOf(string passphrase, ReadOnlySpan<byte> salt) =>
        Rfc2898DeriveBytes.Pbkdf2(passphrase, salt, Iterations, HashAlgorithmName.SHA256, KeyBytes);

    private static async Task WriteNewAsync(string file, byte[] content, CancellationToken cancellationToken)
    {
        var stream = new FileStream(
            file,
            new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }
        );
        await using (stream.ConfigureAwait(false))
        {
            await stream.WriteAsync(content, cancellationToken).ConfigureAwait(false);
        }
    }
}
