using System.Globalization;
using Registry.Certificates;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// What the log's key signed and somebody was shown, and what a registry that was restored does not hold. To go on without it is a fork of
/// the log: that is refused, or accepted by name. Then the log states it, with the very checkpoint that is lost, so that nobody who reads
/// it can be told otherwise.
/// </summary>
public sealed class Losses
{
    private readonly List<string> words = [], notes = [], unheard = [];

    /// <summary>What is missing, a sentence each; empty when nothing is.</summary>
    public IReadOnlyList<string> Words => words;

    /// <summary>Witnesses that could not be asked: what they have seen is not known.</summary>
    public IReadOnlyList<string> Unheard => unheard;

    /// <summary>Index of the statement that says so, once it is accepted.</summary>
    public long? RecordedAt { get; private set; }

    /// <summary>Compares a registry with every checkpoint of it that can be found.</summary>
    /// <param name="settings">Name the note that was published, and the witnesses.</param>
    /// <param name="identity">Of the log.</param>
    /// <param name="database">What there is.</param>
    /// <param name="shipped">A folder that the log was shipped to; null where there is none.</param>
    /// <param name="cancel">Stops it.</param>
    public static async Task<Losses> Of(
        Settings settings, LogIdentity identity, Database database, string? shipped, CancellationToken cancel)
    {
        var losses = new Losses();
        if (Opening.Noted(settings) is { } noted) losses.Compare(database, identity, noted, settings.PublishedPath);
        if (shipped is not null && ShippedLog.CheckpointIn(shipped) is { } sealing) losses.Compare(database, identity, sealing, shipped);
        foreach (var (key, url) in settings.WitnessKeys)
            try
            {
                var (_, seen) = await Opening.AskWitness(url, identity.Key, cancel);
                if (seen is not null) losses.Compare(database, identity, seen, $"the witness {key.Name}");
            }
            catch (HttpRequestException) { losses.unheard.Add(key.Name); }
        return losses;
    }

    private void Compare(Database database, LogIdentity identity, string note, string where)
    {
        try { database.Read(db => Opening.RefuseOlder(db, identity.Key, note, where)); }
        catch (ForkedLogException older) when (Checkpoint.Open(note, identity.Key) is { Note: var signed })
        {
            words.Add(older.Message);
            notes.Add(signed.OnlyOf(identity.Key).ToString());
        }
        catch (ForkedLogException) { } // a note that is torn, or of another log, says nothing of this one
    }

    /// <summary>States each of them in the log.</summary>
    /// <param name="database">With the log's key.</param>
    public async Task Accept(Database database)
    {
        foreach (var note in notes.Distinct())
        {
            var loss = new AcceptLoss { Body = "", Lost = note, OnBehalf = false };
            RecordedAt = (await database.WriteAsync(transaction => Publisher.AcceptLoss(transaction, loss))).Seq;
        }
    }

    /// <summary>Takes a file of what was given up out of the way, and keeps it: it was signed, and whoever relied on it may ask.</summary>
    /// <returns>What was added to their names.</returns>
    public static string SetAside(params ReadOnlySpan<string> files)
    {
        var mark = $".lost-{DateTime.UtcNow.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        foreach (var file in files)
            if (File.Exists(file)) File.Move(file, file + mark);
        return mark;
    }

    /// <summary>Who has to be told, whatever was lost.</summary>
    public const string Consequences =
        "The log has forked, and says so itself from now on. Tell the bodies concerned, so that they state again what was lost, "
        + "and everybody who runs a mirror or a witness of this log: theirs stop, and tell why. They have to start anew.";
}
