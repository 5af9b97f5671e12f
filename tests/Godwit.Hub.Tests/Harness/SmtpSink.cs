using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Godwit.Hub.Tests.Harness;

/// <summary>Takes one mail at a time, as a mail server does.</summary>
internal sealed class SmtpSink : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public SmtpSink() => listener.Start();

    public Uri Url => new($"smtp://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}");

    public async Task<string> ReceiveAsync(CancellationToken cancellation)
    {
        using var client = await listener.AcceptTcpClientAsync(cancellation);
        using var reader = new StreamReader(client.GetStream(), Encoding.UTF8);
        await using var writer = new StreamWriter(client.GetStream()) { NewLine = "\r\n", AutoFlush = true };
        await writer.WriteLineAsync("220 sink");
        var mail = new StringBuilder();
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            if (line.StartsWith("DATA", StringComparison.OrdinalIgnoreCase))
            {
                await writer.WriteLineAsync("354 go on");
                while (await reader.ReadLineAsync(cancellation) is { } text && text != ".")
                {
                    mail.AppendLine(text);
                }
            }

            await writer.WriteLineAsync(
                line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase) ? "221 bye" : "250 ok"
            );
            if (line.StartsWith("QUIT", StringComparison.OrdinalIgnoreCase))
            {
                break;
            }
        }

        return mail.ToString();
    }

    public ValueTask DisposeAsync()
    {
        listener.Dispose();
        return ValueTask.CompletedTask;
    }
}
