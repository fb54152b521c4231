using System.Data.Common;
using System.Globalization;
using System.Text;

namespace Registry.Transparency;

/// <summary>
/// A witness (C2SP tlog-witness): it cosigns a checkpoint of one log when that continues the last one it cosigned, and so makes it
/// impossible to show different logs to different people. It keeps one file: the newest checkpoint it cosigned.
/// </summary>
public sealed class Witness(NoteSigner signer, VerifierKey log, string stateFile, TimeProvider time)
{
    private const int MaxProof = 63;
    private readonly Lock state = new();

    /// <summary>The newest checkpoint it cosigned, as a note; null when there is none.</summary>
    public string? Newest => File.Exists(stateFile) ? File.ReadAllText(stateFile) : null;

    /// <summary>Answers <c>POST /add-checkpoint</c>.</summary>
    /// <returns>Status, content type and content, as the specification lays down.</returns>
    public (int Status, string Type, string Content) AddCheckpoint(string request)
    {
        const string plain = "text/plain; charset=utf-8";
        var split = request.IndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0) return (400, plain, "There is no empty line before the checkpoint.\n");
        var lines = request[..split].Split('\n');
        var hashes = lines.Skip(1).Select(Base64.Decode).ToList();
        if (!lines[0].StartsWith("old ", StringComparison.Ordinal) || !long.TryParse(lines[0].AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out var old) || lines[0] != $"old {old}"
            || hashes.Count > MaxProof || hashes.Any(hash => hash is not { Length: MerkleTree.HashSize }))
            return (400, plain, "The lines before the checkpoint are not an old size and hashes in base64.\n");
        var text = request[(split + 2)..];
        if (Note.Parse(text) is not { } note || Checkpoint.Parse(note.Text) is not { } checkpoint) return (400, plain, "This is no checkpoint.\n");
        if (checkpoint.Origin != log.Name) return (404, plain, "This witness does not know that log.\n");
        if (!note.IsSignedBy(log)) return (403, plain, "The checkpoint is not signed by the key of that log.\n");
        if (old > checkpoint.Size) return (400, plain, "The old size is above the size.\n");

        lock (state)
        {
            var last = Newest is { } kept ? Checkpoint.Parse(Note.Parse(kept)!.Text)! : new Checkpoint(log.Name, 0, MerkleTree.EmptyRoot);
            if (old != last.Size) return (409, "text/x.tlog.size", $"{last.Size}\n");
            if (!MerkleTree.VerifyConsistency(old, checkpoint.Size, last.Root, checkpoint.Root, hashes!) && !(old == 0 && hashes.Count == 0 && (checkpoint.Size > 0 || checkpoint.Root.AsSpan().SequenceEqual(MerkleTree.EmptyRoot))))
                return (422, plain, "The checkpoint does not continue the one this witness cosigned.\n");
            var line = signer.Cosign(checkpoint.Text, time.GetUtcNow());
            Keep($"{note with { Signatures = [.. note.Signatures.Where(own => own.Name == log.Name && own.KeyId == log.Id), line] }}");
            return (200, plain, line.Line + "\n");
        }
    }

    /// <summary>On disk before anybody hears of it: a witness that forgets would cosign a fork.</summary>
    private void Keep(string note) => DurableFile.Write(stateFile, note);

    /// <summary>Serves a witness of the log of a registry until it is stopped.</summary>
    /// <param name="args">Of the host, such as --urls.</param>
    /// <param name="url">Of the registry.</param>
    /// <param name="vkey">The log's public key; without it the one the registry shows now is kept from now on.</param>
    public static async Task<int> Serve(string[] args, string url, string? vkey)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = Note.MaxLength);
        var settings = Settings.Read(builder.Configuration);
        var folder = Path.GetDirectoryName(Path.GetFullPath(settings.DataFile))!;
        Directory.CreateDirectory(folder);
        var pinned = Path.Combine(folder, "witnessed.vkey");
        if (!File.Exists(pinned))
        {
            using var remote = new RemoteLog(url);
            var seen = vkey is null ? await remote.KeyAsync(CancellationToken.None) : VerifierKey.Parse(vkey) ?? throw new InvalidDataException($"“{vkey}” is no public key of a log.");
            await File.WriteAllTextAsync(pinned, seen + "\n");
        }
        var log = VerifierKey.Parse((await File.ReadAllTextAsync(pinned)).Trim()) ?? throw new InvalidDataException($"{pinned} holds no public key.");
        if (vkey is not null && vkey != log.ToString()) throw new InvalidDataException($"{pinned} holds another key than the one given: a witness stays with one log.");
        using var signer = NoteSigner.Load(Path.Combine(folder, "witness.key"), settings.NewOrigin[..^"log".Length] + "witness", VerifierKey.Cosignature, mayCreate: true);
        var witness = new Witness(signer, log, Path.Combine(folder, "witnessed"), TimeProvider.System);

        var app = builder.Build();
        app.MapPost("/add-checkpoint", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body, new UTF8Encoding(false, throwOnInvalidBytes: false));
            var (status, type, content) = witness.AddCheckpoint(await reader.ReadToEndAsync(context.RequestAborted));
            return Results.Text(content, type, statusCode: status);
        });
        app.MapGet($"/{Opening.OriginHash(log.Name)}/checkpoint", () => witness.Newest is { } newest ? Results.Text(newest, "text/plain; charset=utf-8") : Results.NotFound());
        app.MapGet("/", () => Results.Text($"A witness of {log.Name}.\n{signer.VerifierKey}\n"));
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"Witness of {log}\nPut this into Registry:Witnesses of the registry, with the address of this witness:\n{signer.VerifierKey} {app.Urls.FirstOrDefault()}"));
        await app.RunAsync();
        return 0;
    }
}

/// <summary>Takes each new checkpoint to the witnesses and publishes what they sign. It runs beside the writer: no post waits for it.</summary>
public sealed class CosignatureCollector(Settings settings, Database database, Upkeep upkeep, ILogger<CosignatureCollector> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stop)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(10), MaxResponseContentBufferSize = Note.MaxLength };
        await Task.WhenAll(settings.WitnessKeys.Select(witness => Collect(http, witness.Key, witness.Url, stop)));
    }

    private async Task Collect(HttpClient http, VerifierKey witness, string url, CancellationToken stop)
    {
        var (cosigned, known) = (-1L, 0L); // the size it cosigned last for us, and the size it says it knows
        var wait = Interval;
        while (!stop.IsCancellationRequested)
        {
            try
            {
                // After a restart it may have been cosigned before.
                if (database.Read(TreeStore.Newest) is { } newest && newest.Size != cosigned && newest.Cosignatures?.Contains($"— {witness.Name} ") != true) (cosigned, known) = await Ask(http, witness, url, newest, cosigned, known, stop);
                wait = Interval;
            }
            catch (Exception error) when (!stop.IsCancellationRequested && (RemoteLog.IsPassing(error) || error is CannotRecordException or DbException))
            {
                Log.WitnessUnreachable(logger, witness.Name, error.Message);
                wait = TimeSpan.FromSeconds(Math.Min(wait.TotalSeconds * 2, 60));
            }
            await Task.Delay(wait, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<(long Cosigned, long Known)> Ask(HttpClient http, VerifierKey witness, string url, PublishedCheckpoint newest, long cosigned, long known, CancellationToken stop)
    {
        for (var attempt = 0; attempt < 2; attempt++)
        {
            if (known > newest.Size) break; // it has seen more than this file holds: Opening refuses that at the next start
            var proof = database.Read(db => MerkleTree.ConsistencyProof(known, newest.Size, TreeStore.Source(db, newest)), stop);
            var request = $"old {known}\n{string.Concat(proof.Select(hash => Convert.ToBase64String(hash) + "\n"))}\n{newest.Signed}";
            using var answer = await http.PostAsync($"{url}/add-checkpoint", new StringContent(request, Encoding.UTF8, "text/plain"), stop);
            var content = await answer.Content.ReadAsStringAsync(stop);
            if (answer.StatusCode == System.Net.HttpStatusCode.Conflict && long.TryParse(content.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out known)) continue;
            if (!answer.IsSuccessStatusCode)
            {
                Log.WitnessRefused(logger, witness.Name, newest.Size, $"{(int)answer.StatusCode} {content}");
                return (newest.Size, known);
            }
            var text = Note.Parse(newest.Signed)!.Text;
            var line = content.Split('\n').Select(NoteSignature.Parse).FirstOrDefault(parsed => parsed is not null && parsed.Name == witness.Name && parsed.KeyId == witness.Id && witness.Verify(text, parsed.Bytes));
            if (line is null)
            {
                Log.WitnessRefused(logger, witness.Name, newest.Size, "its answer holds no signature of its key");
                return (newest.Size, known);
            }
            upkeep.Saw(witness.Name, NoteSigner.CosignedAt(line));
            await database.WriteOwnAsync(transaction => { TreeStore.AddCosignature(transaction.Connection, newest, line.Line + "\n"); return 0; });
            return (newest.Size, newest.Size);
        }
        return (cosigned, known);
    }
}
