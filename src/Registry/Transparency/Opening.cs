using System.Data.Common;
using System.Security.Cryptography;
using System.Text;

namespace Registry.Transparency;

/// <summary>Whose log this is: the key that verifies it, and the one that signs for it, which a mirror has not.</summary>
public sealed record LogIdentity(VerifierKey Key, NoteSigner? Signer)
{
    public bool IsMirror => Signer is null;
}

/// <summary>The database cannot be this log's next state: starting would fork the log.</summary>
public sealed class ForkedLogException(string message) : Exception(message);

/// <summary>Opens a registry's database with the key of its log, sealed, and never older than what was published.</summary>
public static class Opening
{
    /// <summary>The key of the log: read from its file, made with a new registry, or given to a new mirror.</summary>
    /// <param name="settings">Name the files.</param>
    /// <param name="upstream">Public key for a new mirror; null to sign oneself.</param>
    /// <exception cref="InvalidDataException">The file holds no key.</exception>
    /// <exception cref="FileNotFoundException">The key of an existing log is missing.</exception>
    public static LogIdentity Identity(Settings settings, VerifierKey? upstream = null)
    {
        foreach (var file in (string[])[settings.KeyPath, settings.PublishedPath]) Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(file))!);
        if (settings.MirrorOf is null)
        {
            if (File.Exists(settings.KeyPath) && VerifierKey.Parse(File.ReadAllText(settings.KeyPath).Trim()) is not null)
                throw new InvalidDataException($"{settings.KeyPath} holds a public key: this is the data of a mirror. Run it as `registry mirror URL`.");
            var signer = NoteSigner.Load(settings.KeyPath, settings.NewOrigin, VerifierKey.Signature, mayCreate: !File.Exists(settings.KeyPath) && !settings.Location.IsMade);
            return new(signer.VerifierKey, signer);
        }
        if (!File.Exists(settings.KeyPath)) File.WriteAllText(settings.KeyPath, (upstream ?? throw new FileNotFoundException($"The mirror's public key {settings.KeyPath} is missing.", settings.KeyPath)) + "\n");
        return new(VerifierKey.Parse(File.ReadAllText(settings.KeyPath).Trim())
            ?? throw new InvalidDataException($"{settings.KeyPath} holds no public key of a log. A mirror has a data file and a key file of its own."), null);
    }

    /// <summary>Opens the database. Everything in it is under a checkpoint of this key from then on.</summary>
    /// <exception cref="ForkedLogException">It is older than what was published, or of another log.</exception>
    public static Database Open(Settings settings, LogIdentity identity, TimeProvider time, ILogger<Database> log)
    {
        Database database;
        try { database = new(settings.Location, time, log, identity.Signer, TreeStore.Seal, Accept); }
        catch (Exception error) when (error is DbException or SchemaTooNewException or SchemaTooOldException)
        {
            throw new InvalidDataException($"{settings.Location}: {error.Message} {settings.Location.Dialect.Advice(error)}", error);
        }
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

        void Accept(DbConnection db, PublishedCheckpoint? acknowledged)
        {
            if (TreeStore.Newest(db) is { } newest && Checkpoint.Open(newest.Note, identity.Key) is null)
                throw new ForkedLogException($"The checkpoint in {settings.Location} is not signed by the key in {settings.KeyPath}: one of them belongs to another log.");
            if (File.Exists(settings.PublishedPath)) RefuseOlder(db, identity.Key, File.ReadAllText(settings.PublishedPath), settings.PublishedPath);
            if (acknowledged is not null) RefuseOlder(db, identity.Key, acknowledged.Note, "to those who posted here");
        }
    }

    /// <summary>Asks every witness what it cosigned last. One that cannot be reached is passed over: a log must be able to start without.</summary>
    /// <exception cref="ForkedLogException">A witness cosigned more than the database holds.</exception>
    public static async Task AskWitnesses(Settings settings, LogIdentity identity, Database database, ILogger log)
    {
        foreach (var witness in settings.WitnessKeys)
        {
            try
            {
                using var http = new HttpClient { Timeout = TimeSpan.FromSeconds(5), MaxResponseContentBufferSize = Note.MaxLength };
                using var answer = await http.GetAsync($"{witness.Url}/{OriginHash(identity.Key.Name)}/checkpoint");
                if (answer.IsSuccessStatusCode && await answer.Content.ReadAsStringAsync() is var note)
                    database.Read(db => RefuseOlder(db, identity.Key, note, $"the witness {witness.Key.Name}"));
            }
            catch (Exception unreachable) when (unreachable is HttpRequestException or TaskCanceledException) { Log.WitnessUnreachable(log, witness.Key.Name, unreachable.Message); }
        }
    }

    /// <summary>How witnesses name a log in addresses: SHA-256 of the origin in hex (C2SP tlog-witness).</summary>
    public static string OriginHash(string origin) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(origin)));

    private static bool RefuseOlder(DbConnection db, VerifierKey key, string note, string where)
    {
        if (Checkpoint.Open(note, key) is not { Checkpoint: var published }) throw new ForkedLogException($"The checkpoint kept in {where} is not one of this log. Was the key file changed?");
        var edge = TreeStore.EdgeOf(db);
        if (edge.Size < published.Size)
            throw new ForkedLogException($"The database holds {edge.Size} entries, but a checkpoint over {published.Size} was published ({where}). It is an older copy: going on from it would give two different "
                + "logs signed by one key, which every mirror and witness would report. Restore the newest copy, or take the missing entries back from a mirror (registry mirror) and start from its database.");
        if (!MerkleTree.Root(published.Size, TreeStore.Source(db)).AsSpan().SequenceEqual(published.Root))
            throw new ForkedLogException($"The first {published.Size} entries of the database are not those that were published ({where}): the log has been rewritten. Restore what was published from.");
        return true;
    }
}

/// <summary>
/// Remembers, outside the database, the newest checkpoint that was shown to anybody: a restored old copy is then known for what it
/// is. Written before the checkpoint leaves the program.
/// </summary>
public sealed class Publication(Settings settings)
{
    private readonly Lock writing = new();
    private long size = -1;

    /// <summary>Gives the checkpoint on, after it has been noted.</summary>
    public PublishedCheckpoint Show(PublishedCheckpoint checkpoint)
    {
        if (checkpoint.Size <= Volatile.Read(ref size)) return checkpoint;
        lock (writing)
        {
            if (checkpoint.Size <= size) return checkpoint;
            // Another process of the same registry may share the folder, and be further.
            if (!File.Exists(settings.PublishedPath) || Note.Parse(File.ReadAllText(settings.PublishedPath)) is not { } noted || !(Checkpoint.Parse(noted.Text)?.Size >= checkpoint.Size))
            {
                var own = $"{settings.PublishedPath}.{Environment.ProcessId}";
                File.WriteAllText(own, checkpoint.Note);
                File.Move(own, settings.PublishedPath, overwrite: true);
            }
            Volatile.Write(ref size, checkpoint.Size);
        }
        return checkpoint;
    }
}

internal static partial class Log
{
    [LoggerMessage(10, LogLevel.Warning, "The witness {Name} cannot be reached: {Reason}")]
    public static partial void WitnessUnreachable(ILogger logger, string name, string reason);

    [LoggerMessage(11, LogLevel.Critical, "The origin misbehaves: {What} The evidence is in {File}. Following has stopped.")]
    public static partial void Evidence(ILogger logger, string what, string file);

    [LoggerMessage(12, LogLevel.Warning, "The origin cannot be followed now: {Reason}")]
    public static partial void CannotFollow(ILogger logger, string reason);

    [LoggerMessage(13, LogLevel.Warning, "The witness {Name} refused the checkpoint over {Size} entries: {Reason}")]
    public static partial void WitnessRefused(ILogger logger, string name, long size, string reason);
}
