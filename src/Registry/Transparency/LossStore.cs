using System.Data.Common;

namespace Registry.Transparency;

/// <summary>What the log itself says was lost.</summary>
/// <param name="Seq">Index of the entry that says so.</param>
/// <param name="Size">Entries that the lost checkpoint covers.</param>
/// <param name="Note">That checkpoint, as the log's key signed it.</param>
public sealed record Loss(long Seq, long Size, string Note);

/// <summary>SQL of losses.</summary>
public static class LossStore
{
    /// <summary>Projects that a checkpoint was lost.</summary>
    public static void Add(DbConnection db, long seq, string note)
    {
        var lost = Checkpoint.Parse(Note.Parse(note)!.Text)!;
        db.Run("INSERT INTO loss (seq, size, root, note) VALUES (@seq, @size, @root, @note)", seq, lost.Size, lost.Root, note);
    }

    /// <summary>Index of the entry that says that a checkpoint was lost; null where none does.</summary>
    public static long? Find(DbConnection db, Checkpoint lost) =>
        db.Ask<long?>("SELECT seq FROM loss WHERE size = @size AND root = @root", row => row.GetInt64(0), lost.Size, lost.Root);

    /// <summary>All, oldest first.</summary>
    public static List<Loss> List(DbConnection db) => db.Rows("SELECT seq, size, note FROM loss ORDER BY seq",
        row => new Loss(row.GetInt64(0), row.GetInt64(1), row.GetString(2)));
}
