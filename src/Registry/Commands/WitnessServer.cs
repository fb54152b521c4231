using System.Text;
using Registry.Custody;
using Registry.Http;
using Registry.Transparency;

namespace Registry.Commands;

/// <summary>Serves the witness of one log or several, which share its key: <c>registry witness</c>.</summary>
public static class WitnessServer
{
    private const string Plain = "text/plain; charset=utf-8";

    private sealed record Watched(string Url, Witness Witness);

    /// <summary>Serves until it is stopped.</summary>
    /// <param name="args">Of the host, such as --urls.</param>
    /// <param name="urls">Of the registries whose logs are watched.</param>
    /// <param name="vkeys">Their logs' public keys, in the same order; empty to keep the ones that the registries show at first
    /// sight.</param>
    /// <param name="interval">Between two looks of its own at each log; zero to wait for what is brought.</param>
    /// <exception cref="InvalidDataException">A key is none, or another than the one that is kept.</exception>
    public static async Task<int> Serve(string[] args, string[] urls, string[] vkeys, TimeSpan interval)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = Note.MaxLength);
        var settings = Settings.Read(builder.Configuration);
        var folder = Path.GetDirectoryName(Path.GetFullPath(settings.DataFile))!;
        Directory.CreateDirectory(folder);
        var keyFile = Path.Combine(folder, "witness.key");
        var logs = await KeysOf(folder, File.Exists(keyFile), urls, vkeys);
        var name = settings.NewOrigin[..^"log".Length] + "witness";
        using var signer = NoteSigner.Load(keyFile, name, VerifierKey.Cosignature, mayCreate: true);
        Watched Of(string url, VerifierKey log) => new(url, new(signer, log, StateOf(folder, log), TimeProvider.System));
        Watched[] watched = [.. urls.Zip(logs, Of)];

        var app = builder.Build();
        app.UseGuards();
        app.MapPost("/add-checkpoint", async (HttpContext context) =>
        {
            using var reader = new StreamReader(context.Request.Body, new UTF8Encoding(false, throwOnInvalidBytes: false));
            var request = await reader.ReadToEndAsync(context.RequestAborted);
            var origin = Witness.OriginOf(request);
            var asked = watched.FirstOrDefault(one => one.Witness.Key.Name == origin) ?? watched[0];
            var (status, type, content) = asked.Witness.AddCheckpoint(request);
            return Results.Text(content, type, statusCode: status);
        });
        foreach (var one in watched.Select(one => one.Witness))
        {
            var address = "/" + Opening.OriginHash(one.Key.Name);
            app.MapGet($"{address}/checkpoint", () => Shown(one.Newest));
            app.MapGet($"{address}/evidence", () => Shown(one.Conflict?.ToString()));
        }
        string Line(Watched one) => $"A witness of {one.Witness.Key.Name}.{Alarm(one.Witness)}\n";
        app.MapGet("/", () => Results.Text($"{string.Concat(watched.Select(Line))}{signer.VerifierKey}\n"));
        app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"""
            {string.Join('\n', watched.Select(one => $"Witness of {one.Witness.Key}"))}
            Put this into Registry:Witnesses of the registry, with the address of this witness:
            {signer.VerifierKey} {app.Urls.FirstOrDefault()}
            """));
        if (interval > TimeSpan.Zero)
            foreach (var one in watched) _ = Task.Run(() => Watch(one, interval, app.Logger, app.Lifetime.ApplicationStopping));
        await app.RunAsync();
        return 0;
    }

    private static IResult Shown(string? text) => text is null ? Results.NotFound() : Results.Text(text, Plain);

    private static string Alarm(Witness witness)
    {
        if (witness.Conflict is not { } conflict) return "";
        return $" ALARM: {conflict.What}; the evidence is at /{Opening.OriginHash(witness.Key.Name)}/evidence.";
    }

    private static async Task Watch(Watched watched, TimeSpan interval, ILogger logger, CancellationToken stop)
    {
        using var remote = new RemoteLog(watched.Url);
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var continues = await watched.Witness.Look(remote, stop);
                if (!continues && watched.Witness.Conflict is { } conflict) Log.LogForked(logger, watched.Url, conflict.What);
            }
            catch (Exception error) when (!stop.IsCancellationRequested) { Log.CannotLook(logger, watched.Url, error.Message); }
            catch (OperationCanceledException) { }
            await Task.Delay(interval, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>What was cosigned of a log last. Where one log only was watched, the file had no name of its own.</summary>
    /// <exception cref="InvalidDataException">It is missing, or cannot be read: a witness that begins anew under its key would cosign a
    /// fork, or less than it cosigned before (C2SP tlog-witness).</exception>
    private static string StateOf(string folder, VerifierKey log)
    {
        var (state, former) = (StateFile(folder, log), Path.Combine(folder, "witnessed"));
        if (!File.Exists(state) && File.Exists(former) && Note.Parse(File.ReadAllText(former)) is { } note && note.IsSignedBy(log))
            File.Move(former, state);
        if (!File.Exists(state))
            throw new InvalidDataException($"{state} is missing: it says what this witness cosigned last of {log.Name}, "
                + "and one that forgets would cosign a fork. Put it back. If that is gone for good, begin a new witness: "
                + $"move {folder} away and give the registry its new line. "
                + $"Only where nothing was cosigned yet: echo '{Witness.NothingYet.TrimEnd()}' > {state}");
        if (Witness.IsState(File.ReadAllText(state), log)) return state;
        throw new InvalidDataException($"{state} does not hold what this witness cosigned last of {log.Name}: "
            + "it is damaged, or another log's. Put the right one back.");
    }

    private static string StateFile(string folder, VerifierKey log) => Path.Combine(folder, "witnessed-" + Opening.OriginHash(log.Name));

    private static void Begin(string state)
    {
        if (!File.Exists(state)) DurableFile.Write(state, Witness.NothingYet);
    }

    /// <summary>The key of each log: given, or kept since it was seen first, a line each with the address it was seen at.</summary>
    private static async Task<List<VerifierKey>> KeysOf(string folder, bool hadKey, string[] urls, string[] vkeys)
    {
        var file = Path.Combine(folder, "witnessed.vkey");
        if (vkeys.Length > 0 && vkeys.Length != urls.Length)
            throw new InvalidDataException($"There are {urls.Length} addresses and {vkeys.Length} keys: "
                + "give each --key in the order of the addresses, or none.");
        var lines = File.Exists(file) ? await File.ReadAllLinesAsync(file) : [];
        var kept = lines.Where(line => line.Length > 0).Select(line => line.Split(' ')).ToList();
        var keys = new List<VerifierKey>();
        for (var i = 0; i < urls.Length; i++)
        {
            var url = urls[i].TrimEnd('/');
            var given = vkeys.Length == 0 ? null : VerifyCommand.LogKey(vkeys[i]);
            // A line without an address is of a witness that watched one log.
            if (kept.Find(line => line.Length == 1 || line[1] == url) is not { } line)
            {
                using var remote = new RemoteLog(url);
                line = [(given ?? await remote.KeyAsync(CancellationToken.None)).ToString(), url];
                var origin = VerifierKey.Parse(line[0])!.Name;
                if (kept.Exists(other => VerifierKey.Parse(other[0])?.Name == origin && other[0] != line[0]))
                    throw new InvalidDataException($"{file} holds another key for that log.");
                // Before the line that says it is watched. A key whose lines are gone may have watched it: then what it cosigned has to be
                // there.
                if (!hadKey || kept.Count > 0) Begin(StateFile(folder, VerifierKey.Parse(line[0])!));
                kept.Add(line);
                await File.WriteAllLinesAsync(file, kept.Select(one => string.Join(' ', one)));
            }
            var key = VerifierKey.Parse(line[0]) ?? throw new InvalidDataException($"{file} holds no public key.");
            if (given is not null && given.ToString() != key.ToString())
                throw new InvalidDataException($"{file} holds another key than the one given: a witness stays with its logs.");
            keys.Add(key);
        }
        return keys;
    }
}

internal static partial class Log
{
    [LoggerMessage(22, LogLevel.Warning, "The log at {Url} cannot be looked at now: {Reason}")]
    public static partial void CannotLook(ILogger logger, string url, string reason);

    [LoggerMessage(23, LogLevel.Critical, "The log at {Url} has forked: {What}")]
    public static partial void LogForked(ILogger logger, string url, string what);
}
