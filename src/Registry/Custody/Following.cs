using System.Data.Common;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Custody;

/// <summary>
/// Makes the tables of a node's file from what others appended to the shared log, as a rebuild does. They decided and signed it, so nothing
/// is decided again: that these are the entries is proven for all of them at once, by the root that the log's key signed.
/// </summary>
public static class Following
{
    /// <summary>From so many on they are read beside each other.</summary>
    private const int Many = 64;

    /// <summary>Appends and projects entries that follow those of the file.</summary>
    /// <param name="transaction">Of the file's writer.</param>
    /// <param name="rows">The entries.</param>
    /// <param name="note">The checkpoint over all entries, with the last of them; null while more are to come; empty where none was signed
    /// yet.</param>
    /// <param name="key">Of the log.</param>
    /// <exception cref="ForkedLogException">The entries are not those that the log's key signed.</exception>
    /// <exception cref="SharedLogException">A newer registry wrote them.</exception>
    public static void Apply(Transaction transaction, IReadOnlyList<LogRow> rows, string? note, VerifierKey key)
    {
        var prepared = rows.Count < Many ? rows.Select(Prepare) : rows.AsParallel().AsOrdered().Select(Prepare);
        try
        {
            foreach (var entry in prepared)
            {
                var at = DateTimeOffset.FromUnixTimeMilliseconds(entry.Row.RecordedAt);
                if (EntryLog.Append(transaction, entry.Read.Leaf, at) != entry.Row.Seq)
                    throw new ForkedLogException(
                        $"Entry {entry.Row.Seq} of the shared log does not follow those of this node's file.");
                Projection.Apply(transaction, new(entry.Row.Seq, entry.Row.Leaf, entry.Row.RecordedAt), entry.Read);
            }
        }
        catch (AggregateException several) when (several.InnerException is SharedLogException newer) { throw newer; }
        catch (Exception broken) when (broken is DbException && !Sqlite.IsFatal(broken) || broken is InvalidDataException or FaultException)
        {
            throw new ForkedLogException($"What the shared log holds after entry {rows[0].Seq} breaks the registry's own rules "
                + $"({broken.Message}): nobody who has the log's key appended it.");
        }
        if (rows.Count == 0 && note is null or "") return;
        var edge = TreeStore.Extend(transaction);
        if (note is not null) Check(edge, note, key);
        if (note is not null) TreeStore.Vouch(transaction.Memory, note);
        TreeStore.Publish(transaction, edge, note, null);
        transaction.Memory.Appended.Clear();
    }

    private static (LogRow Row, ReadLeaf Read) Prepare(LogRow row)
    {
        try
        {
            if (ReadLeaf.Of(row.Leaf) is { Statement: not null } read) return (row, read);
        }
        catch (Exception unknown) when (unknown is FormatException or ArgumentException) { throw Unknown(row, unknown); }
        throw Unknown(row, null);
    }

    private static SharedLogException Unknown(LogRow row, Exception? why)
    {
        var reason = why is null ? "" : $" ({why.Message})";
        var what = $"Entry {row.Seq} of the shared log is none that this program knows{reason}";
        return new($"{what}: a newer registry appended it. Use that one", why);
    }

    private static void Check(Edge edge, string note, VerifierKey key)
    {
        if (Checkpoint.Open(note, key) is not { Checkpoint: var signed })
            throw new ForkedLogException($"The checkpoint of the shared log is not signed by this node's key {key.Name}: "
                + "one of them belongs to another log.");
        if (signed.Size != edge.Size || !signed.Root.AsSpan().SequenceEqual(edge.Root))
            throw new ForkedLogException(
                $"The {edge.Size} entries of the shared log do not give the root that was signed over {signed.Size}: "
                + "it was rewritten, or this node's file was. "
                + "Check the file with `registry verify`; if it is right, the server's tables are not.");
    }
}
