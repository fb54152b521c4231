using System.Data.Common;
using System.Runtime.CompilerServices;
using Registry.Certificates;
using Registry.Tables;

namespace Registry.Search;

/// <summary>Some hits, the numbers of the certificates that they replace by their ids, and where to go on.</summary>
public sealed record ExportPage(CertificateView[] Items, IReadOnlyDictionary<string, string> Replaced, Cursor? Next);

/// <summary>
/// All hits of a search, page by page. Each page is read from a snapshot of its own, and between pages nothing is held: no connection, no
/// thread, no place, so neither a slow reader nor many of them stand in anybody's way.
/// </summary>
public sealed class Export(Database database, IndexReader index, SearchQuery query, DateOnly today)
{
    /// <summary>Rows of a page: some milliseconds of reading.</summary>
    private const int PageRows = 500;

    /// <summary>How often a page is asked for before the export fails.</summary>
    private const int MaxAttempts = 5;

    /// <summary>The hits in their order, at most <paramref name="limit"/>. Stops with its reader.</summary>
    public async IAsyncEnumerable<ExportPage> Pages(long? limit, [EnumeratorCancellation] CancellationToken cancel)
    {
        var next = query with { Total = false, Facets = false, Cursor = query.Cursor ?? Cursor.Start(query.Order) };
        for (var left = limit ?? long.MaxValue; left > 0;)
        {
            next = next with { Limit = (int)Math.Min(PageRows, left) };
            ExportPage? page = null;
            cancel.ThrowIfCancellationRequested();
            for (var attempt = 1; page is null; attempt++) page = Page(next, attempt == MaxAttempts, cancel);
            yield return page;
            left -= page.Items.Length;
            if (page.Next is null) yield break;
            next = next with { Cursor = page.Next };
        }
    }

    /// <summary>One page; null when it took too long to read. On a busy machine what was begun is mostly kept, so that the next attempt
    /// gets further.</summary>
    private ExportPage? Page(SearchQuery of, bool isLast, CancellationToken cancel)
    {
        try { return database.Read(db => Page(db, of), cancel); }
        catch (Exception late) when (Sqlite.IsInterrupted(late) && !cancel.IsCancellationRequested && !isLast) { return null; }
    }

    private ExportPage Page(DbConnection db, SearchQuery of)
    {
        var found = CertificateSearch.Run(db, index, of, today);
        var ids = found.Items.Select(c => c.Replaces).OfType<string>().Distinct();
        var rows = ids.Select(id => CertificateStore.Find(db, id)).OfType<CertificateRow>();
        return new(found.Items, rows.ToDictionary(row => row.Id, row => row.Number), found.Next is null ? null : Cursor.Parse(found.Next));
    }

    /// <summary>Whether the day asked is still to come: then each row says so (<see cref="AheadView"/>) in a column more.</summary>
    public bool IsAhead => query.On > today;

    private static readonly Column[] columns = [.. Columns.All.Where(column => column.Is(ColumnUse.Export))],
        columnsAhead = [.. columns, Columns.At("/ahead")!];

    /// <summary>The header of a table of certificates.</summary>
    public static string Header(Language language, bool isAhead = false) =>
        Cells.Line((isAhead ? columnsAhead : columns).Select(column => column.Name[language]));

    /// <summary>A certificate as a row of that table, in words that an import reads back.</summary>
    public static string Row(CertificateView certificate, ExportPage page, Language language) =>
        Cells.Line((certificate.Ahead is null ? columns : columnsAhead).Select(column => Cell(column, certificate, page, language)));

    private static string? Cell(Column column, CertificateView c, ExportPage page, Language language) => column.Pointer switch
    {
        "/code" => c.Id,
        "/number" => c.Number,
        "/holder/name" => c.Holder.Name,
        "/holder/nameEn" => c.Holder.NameEn,
        "/holder/uscc" => c.Holder.Uscc,
        "/holder/region" => Region(c.Holder),
        "/holder/address" => c.Holder.Address,
        "/category" => Catalogue.CategoryOf(c.Category.No)?.Name?[language] ?? $"{c.Category.No}",
        "/scope" => c.Scope,
        "/level" => language == Language.En ? c.Level?.NameEn : c.Level?.Name,
        "/sites" => Sites(c.Sites),
        "/issuedOn" => Day(c.IssuedOn),
        "/firstIssuedOn" => Day(c.FirstIssuedOn),
        "/expiresOn" => Day(c.ExpiresOn),
        "/surveyedOn" => Day(c.Surveillance?.LastOn),
        "/replaces" => c.Replaces is { } id ? page.Replaced.GetValueOrDefault(id, id) : null,
        "/status" => c.Status.Name()[language],
        "/statusOn" => Day(c.Suspension?.On ?? c.Ended?.On),
        "/until" => Day(c.Suspension?.Until),
        "/reason" => (c.Suspension is { } suspension ? suspension.Reason : c.Ended?.Reason)?.Name()[language],
        "/body" => c.Body.ApprovalNumber,
        "/bodyName" => language == Language.En ? c.Body.NameEn ?? c.Body.Name : c.Body.Name,
        "/asOf" => Day(c.AsOf),
        "/ahead" => AheadView.Said[language],
        _ when Fields.TextAt(column.Pointer) is { } text => text.Get(c),
        _ => throw new InvalidOperationException($"Column {column.Pointer} is not written."),
    };

    /// <summary>One that holds what else parts two makes it a cell of several lines.</summary>
    private static string Sites(string[] sites) =>
        sites.Any(site => site.AsSpan().IndexOfAny('；', ';') >= 0) ? string.Join('\n', sites) + "\n" : string.Join("；", sites);

    private static string Day(DateOnly? day) => $"{day:yyyy-MM-dd}";

    /// <summary>The name of a region where it leads back to its code, else the code.</summary>
    private static string? Region(HolderView holder)
    {
        var leadsBack = holder.RegionName is { } name && Catalogue.RegionsNamed(name) is [var code] && code == holder.Region;
        return leadsBack ? holder.RegionName : holder.Region;
    }
}
