using System.Data.Common;
using Registry.Certificates;
using Registry.Search;
using Registry.Statements;
using Registry.Transparency;

namespace Registry.Dumps;

/// <summary>
/// Every certificate as the first entries of the log make it, on one day, page by page. Each page is read from a snapshot of its own: one
/// snapshot for all would keep the write-ahead log growing for as long as it takes. What was stated since is left out again, by the log.
/// </summary>
/// <param name="database">Of the registry, which may be writing.</param>
/// <param name="size">Entries of the log that count.</param>
/// <param name="day">The day that every status is of.</param>
internal sealed class DumpReading(Database database, long size, DateOnly day)
{
    /// <summary>Certificates of a page: some milliseconds of reading.</summary>
    private const int PageRows = 200;

    /// <summary>In the order of issue, with the log index to go on from.</summary>
    public IEnumerable<(ExportPage Page, long Done)> Pages(CancellationToken cancel)
    {
        for (long after = -1; ;)
        {
            var (page, last) = database.Read(db => Read(db, after), cancel);
            if (page.Items.Length > 0) yield return (page, last);
            if (last < 0) yield break;
            after = last;
        }
    }

    private (ExportPage Page, long Last) Read(DbConnection db, long after)
    {
        var rows = CertificateStore.After(db, after, PageRows);
        var known = rows.Where(row => row.Seq < size).ToList();
        CertificateView[] items = [.. known.Select(row => AsOf(db, row))];
        var replaced = items.Select(item => item.Replaces).OfType<string>().Distinct();
        var numbers = replaced.Select(id => CertificateStore.Find(db, id)).OfType<CertificateRow>()
            .ToDictionary(row => row.Id, row => row.Number);
        return (new(items, numbers, null), known.Count == PageRows ? known[^1].Seq : -1);
    }

    private CertificateView AsOf(DbConnection db, CertificateRow row)
    {
        var view = row.LastSeq < size ? CertificateView.Of(db, row, day)! : Before(db, row);
        return view with { ReplacedBy = row.ReplacedBy is null ? null : DumpStore.Successor(db, row.Id, size) };
    }

    /// <summary>One about which something was stated since.</summary>
    private CertificateView Before(DbConnection db, CertificateRow row)
    {
        var entries = EntryLog.About(db, row.Seq).Where(entry => entry.Seq < size).ToList();
        var statements = entries.ConvertAll(entry => (entry.Seq, entry.Statement));
        var certificate = Lifecycle.Replay(row.Id, statements, day)!;
        HeldName[] names = [.. Lifecycle.Names(statements.Select(entry => entry.Statement))];
        var view = CertificateView.Of(certificate, new(row.BodyNumber, row.BodyName, row.BodyNameEn), names, day);
        return view with { SignedBy = HistoryItem.SignerOf(db, entries[^1].Leaf, entries[^1].Statement) };
    }
}
