using System.Data.Common;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>How far a check of a log has come, and what it has come to.</summary>
/// <param name="Entries">Entries that were decided again.</param>
/// <param name="ByBodies">Of them, those that bodies signed.</param>
/// <param name="Acts">Of them, how many of each act.</param>
/// <param name="Findings">What is wrong with them.</param>
internal sealed record AuditState(long Entries, long ByBodies, IReadOnlyDictionary<string, long> Acts, IReadOnlyList<string> Findings);

/// <summary>
/// The copy that a check of a log builds for comparison. It lies in a temporary folder of its own, which goes with it: folders of those
/// that were killed are removed by the next, a lock tells who lives. Or it lies in a folder that somebody named, and stays there until the
/// check is done: stopped or killed at any moment, it goes on there.
/// </summary>
internal sealed class AuditCopy : IAsyncDisposable
{
    private const string Prefix = "registry-verify-", State = "audit_state";

    private readonly string folder;
    private readonly bool isTemporary;
    private readonly FileStream living;

    private AuditCopy(string folder, bool isTemporary)
    {
        (this.folder, this.isTemporary) = (folder, isTemporary);
        living = new(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        if (!isTemporary && !IsOfThisProgram(Where)) Where.Delete();
        Database = Make();
        Kept = Database.Read(StateIn);
    }

    /// <summary>Makes the copy, or takes up the one that was left.</summary>
    /// <param name="folder">Where; null for a temporary one.</param>
    /// <exception cref="IOException">Another check works there, or it cannot be written.</exception>
    public static AuditCopy Open(string? folder)
    {
        RemoveLeft();
        var made = folder is null ? Directory.CreateTempSubdirectory(Prefix) : Directory.CreateDirectory(folder);
        return new(made.FullName, isTemporary: folder is null);
    }

    public Database Database { get; private set; }

    /// <summary>How far an earlier check has come; null where there was none.</summary>
    public AuditState? Kept { get; private set; }

    /// <summary>The check is done: nothing of the copy is needed any more.</summary>
    public bool IsDone { get; set; }

    private Location Where => Location.File(Path.Combine(folder, "copy.db"));

    /// <summary>It can be made again at any time, so nothing of it is synced.</summary>
    private Database Make() => new(Where, TimeProvider.System, NullLogger<Database>.Instance, null, TreeStore.Seal, isFlushed: false);

    /// <summary>What was left is of something else.</summary>
    public async Task BeginAnew()
    {
        if (Kept is null) return;
        await Database.DisposeAsync();
        Where.Delete();
        (Database, Kept) = (Make(), null);
    }

    /// <summary>Notes how far it has come, in the transaction that came so far.</summary>
    public static void Keep(Transaction transaction, AuditState state) =>
        StoredTables.KeepBeside(transaction.Connection, State, JsonSerializer.Serialize(state));

    private static AuditState? StateIn(DbConnection db) =>
        StoredTables.KeptBeside(db, State) is { } json ? JsonSerializer.Deserialize<AuditState>(json) : null;

    private static bool IsOfThisProgram(Location file)
    {
        if (!file.IsMade) return true;
        try
        {
            using var db = file.OpenReadOnly();
            return Migrations.Of(db) == Migrations.Newest;
        }
        catch (DbException) { return false; }
    }

    private static void RemoveLeft()
    {
        foreach (var left in Directory.GetDirectories(Path.GetTempPath(), Prefix + "*"))
            try
            {
                // Who is about to make its lock has it within moments.
                if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(left) < TimeSpan.FromMinutes(1)) continue;
                using (new FileStream(Path.Combine(left, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None)) { }
                Directory.Delete(left, recursive: true);
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException) { } // it lives, or is another's
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await living.DisposeAsync();
        if (isTemporary) Directory.Delete(folder, recursive: true);
        else if (IsDone)
        {
            Where.Delete();
            File.Delete(Path.Combine(folder, "lock"));
        }
    }
}
