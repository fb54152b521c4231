using System.Data.Common;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>Opens a registry's database with the key of its log, sealed, and never older than what was published.</summary>
public static class Opening
{
    /// <summary>The key of the log: read from its file, made with a new registry, or given to a new mirror.</summary>
    /// <param name="settings">Name the files.</param>
    /// <param name="upstream">Public key for a new mirror; null to sign oneself.</param>
    /// <param name="newKey">Makes the key of a new log by its name; left out, a random one.</param>
    /// <exception cref="InvalidDataException">The file holds no key.</exception>
    /// <exception cref="FileNotFoundException">The key of an existing log is missing.</exception>
    /// <exception cref="ForkedLogException">The log of an existing key is missing.</exception>
    public static LogIdentity Identity(Settings settings, VerifierKey? upstream = null, Func<string, NoteSigner>? newKey = null)
    {
        foreach (var file in (string[])[settings.KeyPath, settings.PublishedPath])
            Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        if (settings.MirrorOf is null)
        {
            if (File.Exists(settings.KeyPath) && VerifierKey.Parse(File.ReadAllText(settings.KeyPath).Trim()) is not null)
                throw new InvalidDataException(
                    $"{settings.KeyPath} holds a public key: this is the data of a mirror. Run it as `registry mirror URL`.");
            var (hadKey, isMade) = (File.Exists(settings.KeyPath), IsMade(settings));
            var signer = NoteSigner.Load(settings.KeyPath, settings.NewOrigin, VerifierKey.Signature,
                mayCreate: !hadKey && !isMade, newKey);
            // A folder in the file's place is told when it is opened.
            if (hadKey && !isMade && !Directory.Exists(settings.Location.Address)) throw new ForkedLogException(WithoutRegistry(settings));
            return new(signer.VerifierKey, signer);
        }
        if (!File.Exists(settings.KeyPath))
        {
            var missing = $"The mirror's public key {settings.KeyPath} is missing.";
            File.WriteAllText(settings.KeyPath, (upstream ?? throw new FileNotFoundException(missing, settings.KeyPath)) + "\n");
        }
        var key = VerifierKey.Parse(File.ReadAllText(settings.KeyPath).Trim()) ?? throw new InvalidDataException(
            $"{settings.KeyPath} holds no public key of a log. A mirror has a data file and a key file of its own.");
        return new(key, null);
    }

    private static string WithoutRegistry(Settings settings)
    {
        var place = settings.SharedLog is { } shared ? SharedLog.Shown(shared) : settings.Location.Address;
        return $"The key {settings.KeyPath} is there, the registry that it signs is not: {place} holds nothing. "
            + "Is its folder mounted, and the setting right? An empty registry under this key would be another log than the one that was "
            + $"signed with it before. {TreeStore.HowToRestore} To begin a new registry, move the key away: a new log has a new key.";
    }

    private static bool IsMade(Settings settings) =>
        settings.Location.IsMade || settings.SharedLog is { } address && SharedLog.IsMade(address);

    /// <summary>Opens the database. Everything in it is under a checkpoint of this key from then on. A node's is behind at first:
    /// <see cref="Level"/> waits.</summary>
    /// <exception cref="ForkedLogException">It is older than what was published, of another log, or damaged.</exception>
    public static Database Open(Settings settings, LogIdentity identity, TimeProvider time, ILogger<Database> log)
    {
        Complete(settings, identity, time, log);
        var sharing = settings.SharedLog is not { } address ? null : new Sharing(new SharedLog(address, log),
            (transaction, rows, note) => Following.Apply(transaction, rows, note, identity.Key), db => Accept(db, null), NewestRow);
        Database database;
        try { database = new(settings.Location, time, log, identity.Signer, TreeStore.Seal, sharing is null ? Accept : null, sharing); }
        catch (Exception error) when (IsOfTheFile(error))
        {
            sharing?.Log.Dispose();
            throw CannotOpen(settings, error);
        }
        if (sharing is not null) return database;
        OwnerOnly.Close(settings.PublishedPath);
        try
        {
            database.Read(db =>
            {
                Accept(db, null);
                return true;
            });
            return database;
        }
        catch
        {
            database.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }

        void Accept(DbConnection db, string? acknowledged)
        {
            // Before the snapshot, which begins with the first query: whatever was noted by then is in it, though others post meanwhile.
            var noted = Noted(settings);
            var newest = TreeStore.Newest(db);
            if (newest is not null && !IsOf(newest.Note, identity.Key))
                throw new ForkedLogException($"The checkpoint in {settings.Location} is not signed by the key in {settings.KeyPath}: "
                    + $"one of them belongs to another log, or the checkpoint is damaged. {TreeStore.HowToMend}");
            if (noted is not null && IsTorn(noted, identity.Key)) Renew(newest, noted);
            // An older copy of a mirror forks nothing: it catches up, and compares what was shown with what it then holds.
            else if (noted is not null && !identity.IsMirror) RefuseOlder(db, identity.Key, noted, settings.PublishedPath);
            if (acknowledged is not null) RefuseOlder(db, identity.Key, acknowledged, "to those who posted here");
            else if (settings.ShipTo is { } shipped && Directory.Exists(shipped)) Shipping.RefuseOlder(db, shipped, identity.Key);
            if (identity.Signer is not null) TreeStore.Proven(db, identity.Key, new());
        }

        void Renew(PublishedCheckpoint? newest, string torn)
        {
            if (newest is null || Checkpoint.Open(newest.Note, identity.Key) is null) return;
            Log.NoteTorn(log, settings.PublishedPath, torn.Length, newest.Size);
            DurableFile.Write(settings.PublishedPath, newest.Note);
        }

        static LogRow? NewestRow(DbConnection db)
        {
            var size = EntryLog.Size(db);
            if (size == 0) return null;
            var newest = EntryLog.Get(db, size - 1);
            return new(newest.Seq, newest.Leaf, newest.RecordedAt);
        }
    }

    /// <summary>Makes anew what the log makes where a newer program makes more of it.</summary>
    private static void Complete(Settings settings, LogIdentity identity, TimeProvider time, ILogger<Database> log)
    {
        if (!settings.Location.IsMade) return;
        var told = Stopwatch.StartNew();
        var rebuilding = new Rebuilding(settings.Location, identity, time, Noted(settings), Tell, log);
        try { rebuilding.IfDue(CancellationToken.None).GetAwaiter().GetResult(); }
        catch (Exception error) when (IsOfTheFile(error)) { throw CannotOpen(settings, error); }

        void Tell(long done, long all)
        {
            if (told.Elapsed < tellEvery) return;
            told.Restart();
            Log.Completing(log, done, all);
        }
    }

    /// <summary>Between two lines of the log while tables are made anew.</summary>
    private static readonly TimeSpan tellEvery = TimeSpan.FromSeconds(5);

    private static bool IsOfTheFile(Exception error) => error is DbException or SchemaException;

    private static InvalidDataException CannotOpen(Settings settings, Exception error) =>
        new($"{settings.Location}: {error.Message} {Sqlite.Advice(error)}", error);

    /// <summary>Waits until a node's file has been level with the shared log once; a registry of one file is.</summary>
    /// <param name="database">Just opened.</param>
    /// <param name="patience">How long the shared log may be away; without end, it is waited for whatever it holds.</param>
    /// <param name="progress">Told entries done and all.</param>
    /// <param name="stop">Ends the waiting.</param>
    /// <exception cref="SharedLogException">The shared log cannot be reached, or must not be followed.</exception>
    public static async Task Level(Database database, TimeSpan patience, Action<long, long> progress, CancellationToken stop)
    {
        if (database.Node is not { } node) return;
        var hasEnd = patience != Timeout.InfiniteTimeSpan;
        for (var lost = Stopwatch.StartNew(); !node.HasBeenLevel; await Task.Delay(20, stop))
        {
            progress(node.Reached.Size, node.Expected);
            if (database.Failure is not { } failure) lost.Restart();
            else if (hasEnd && (failure is ForkedLogException || lost.Elapsed > patience))
                throw new SharedLogException(failure.Message, failure);
        }
    }

    /// <summary>The newest checkpoint that was shown, as it is noted outside the database; null when there is none.</summary>
    public static string? Noted(Settings settings) => File.Exists(settings.PublishedPath) ? File.ReadAllText(settings.PublishedPath) : null;

    /// <summary>Opens a database that may be damaged, to mend it: nothing is believed and nothing signed before that is done.</summary>
    public static Database OpenDamaged(Settings settings, LogIdentity identity, TimeProvider time, ILogger<Database> log) =>
        new(settings.Location, time, log, identity.Signer, _ => null);

    /// <summary>Whether a note names a log's key; its signature may be damaged.</summary>
    private static bool IsOf(string signed, VerifierKey key) =>
        Note.Parse(signed) is not { } note || note.Signatures.Any(line => line.IsOf(key));

    /// <summary>A note that a power cut left empty or in pieces, or a broken disk changed; not one that another key signed.</summary>
    private static bool IsTorn(string noted, VerifierKey key) => Checkpoint.Open(noted, key) is null && IsOf(noted, key);

    /// <summary>Asks every witness what it cosigned last. One that cannot be reached is passed over: a log must be able to start
    /// without.</summary>
    /// <param name="settings">Name them.</param>
    /// <param name="identity">Of the log.</param>
    /// <param name="database">What was opened.</param>
    /// <param name="saw">Told the name of each witness and what time it is there: before the first post, and though no signature says it
    /// yet.</param>
    /// <param name="log">Where it is reported.</param>
    /// <exception cref="ForkedLogException">A witness cosigned more than the database holds.</exception>
    public static async Task AskWitnesses(
        Settings settings, LogIdentity identity, Database database, Action<string, DateTimeOffset> saw, ILogger log)
    {
        foreach (var witness in settings.WitnessKeys)
        {
            try
            {
                var (at, note) = await AskWitness(witness.Url, identity.Key, CancellationToken.None);
                if (at is { } instant) saw(witness.Key.Name, instant);
                if (note is not null) database.Read(db => RefuseOlder(db, identity.Key, note, $"the witness {witness.Key.Name}"));
            }
            catch (HttpRequestException unreachable) { Log.WitnessUnreachable(log, witness.Key.Name, unreachable.Message); }
        }
    }

    /// <summary>Asks a witness for the newest checkpoint that it cosigned, and what time it is there; neither where it says
    /// neither.</summary>
    /// <exception cref="HttpRequestException">It cannot be reached, or does not answer in time.</exception>
    public static async Task<(DateTimeOffset? At, string? Note)> AskWitness(string url, VerifierKey log, CancellationToken cancel)
    {
        using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = Note.MaxLength };
        using var answer = await RemoteLog.InTime(url, http.GetAsync($"{url}/{OriginHash(log.Name)}/checkpoint", cancel), cancel);
        return (answer.Headers.Date, answer.IsSuccessStatusCode ? await answer.Content.ReadAsStringAsync(cancel) : null);
    }

    /// <summary>How witnesses name a log in addresses: SHA-256 of the origin in hex (C2SP tlog-witness).</summary>
    public static string OriginHash(string origin) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)));

    /// <summary>Whether a database continues a checkpoint that somebody was shown, or its log states that this was lost.</summary>
    /// <exception cref="ForkedLogException">It does not.</exception>
    public static bool RefuseOlder(DbConnection db, VerifierKey key, string note, string where)
    {
        if (Checkpoint.Open(note, key) is not { Checkpoint: var published })
            throw new ForkedLogException($"The checkpoint kept in {where} is not one of this log. Was the key file changed?");
        var edge = TreeStore.EdgeOf(db);
        if (edge.Size >= published.Size && TreeStore.HasRoot(db, published)) return true;
        if (LossStore.Find(db, published) is not null) return false;
        if (edge.Size < published.Size)
            throw new ForkedLogException(
                $"The database holds {edge.Size} entries, but a checkpoint over {published.Size} was published ({where}). "
                + "It is an older copy: going on from it would give two different "
                + $"logs signed by one key, which every mirror and witness would report. {TreeStore.HowToRestore}");
        throw new ForkedLogException($"The first {published.Size} entries of the database are not those that were published ({where}): "
            + "the log has been rewritten. Restore what was published from.");
    }
}

/// <summary>
/// Remembers, outside the database, the newest checkpoint that was shown to anybody: a restored old copy is then known for what it
/// is. Written before the checkpoint leaves the program.
/// </summary>
public sealed class Publication(Settings settings, LogIdentity identity)
{
    private readonly Lock writing = new();
    /// <summary>Notes whose signature was checked: the newest is shown, and the newest cosigned.</summary>
    private volatile string?[] vouched = [null, null];
    private long size = -1;

    /// <summary>Gives the checkpoint on, after it has been noted.</summary>
    /// <exception cref="ForkedLogException">The key of the log did not sign it: it is damaged, and shown to nobody.</exception>
    public PublishedCheckpoint Show(PublishedCheckpoint checkpoint)
    {
        var (note, known) = (checkpoint.Note, vouched);
        if (!known.Contains(note))
        {
            if (Checkpoint.Open(note, identity.Key) is null)
                throw new ForkedLogException(
                    $"The checkpoint over {checkpoint.Size} entries is not what the log's key signed. {TreeStore.HowToMend}");
            vouched = [note, known[0]];
        }
        if (checkpoint.Size <= Volatile.Read(ref size)) return checkpoint;
        lock (writing)
        {
            if (checkpoint.Size <= size) return checkpoint;
            // Another process of the same registry may share the folder, and be further.
            if (!(SizeNoted() >= checkpoint.Size)) DurableFile.Write(settings.PublishedPath, note);
            Volatile.Write(ref size, checkpoint.Size);
        }
        return checkpoint;
    }

    private long? SizeNoted() =>
        Opening.Noted(settings) is { } noted ? Checkpoint.Open(noted, identity.Key)?.Checkpoint.Size : null;
}

internal static partial class Log
{
    [LoggerMessage(10, LogLevel.Warning, "The witness {Name} cannot be reached: {Reason}")]
    public static partial void WitnessUnreachable(ILogger logger, string name, string reason);

    [LoggerMessage(14, LogLevel.Warning, "{File} was torn, as after a power cut ({Length} characters of no checkpoint). "
        + "It was made anew from the database's own checkpoint over {Size} entries, which the log's key signed. "
        + "If the database was restored from a copy, make sure that it is the newest.")]
    public static partial void NoteTorn(ILogger logger, string file, int length, long size);

    [LoggerMessage(32, LogLevel.Information,
        "This version makes more of the log than the one before: {Done} of {All} entries are done. Stopped, it goes on there.")]
    public static partial void Completing(ILogger logger, long done, long all);

    [LoggerMessage(11, LogLevel.Critical, "The origin misbehaves: {What}. The evidence is in {File} and at /log/evidence. "
        + "Following has stopped; the last state that was proven is served.")]
    public static partial void Evidence(ILogger logger, string what, string file);

    [LoggerMessage(12, LogLevel.Warning, "The origin cannot be followed now ({Count} times since the start): {Reason}")]
    public static partial void CannotFollow(ILogger logger, long count, string reason);

    [LoggerMessage(21, LogLevel.Critical, "The origin is not followed, because evidence against it is kept: {What}. "
        + "The last state that was proven is served.")]
    public static partial void StillMisbehaved(ILogger logger, string what);

    [LoggerMessage(13, LogLevel.Warning, "The witness {Name} refused the checkpoint over {Size} entries: {Reason}")]
    public static partial void WitnessRefused(ILogger logger, string name, long size, string reason);
}
