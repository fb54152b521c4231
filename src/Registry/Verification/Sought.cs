using System.Data.Common;
using Registry.Certificates;
using Registry.Marks;

namespace Registry.Verification;

/// <summary>A row as it is looked up: by the first of code, number, credit code and name that can be right.</summary>
public sealed record Sought
{
    public Sought(VerificationRow row, DateOnly today)
    {
        (Row, On) = (row, row.On ?? today);
        Code = row.Code is null ? null : ItemCode.Parse(row.Code);
        Readings = row.Number is { } number ? CertificateNumber.Readings(number) : [];
        Numbers = Readings is [var only] ? Spellings(only) : [.. Readings.SelectMany(Spellings).Distinct()];
        Uscc = row.Uscc is null ? null : SocialCreditCode.Parse(row.Uscc);
        Organisation = row.Uscc is null || Uscc is not null ? null : SocialCreditCode.ParseOrganisation(row.Uscc);
        var name = PlainText.Fold(row.Name ?? "");
        Names = name.Length == 0 ? [] : [.. ((string[])[name, Characters.Simplify(name)]).Distinct()];
    }

    private static string[] Spellings(string number)
    {
        var (whole, trimmed) = (CertificateNumber.Stripped(number), CertificateNumber.Stripped(number.Trim([.. Ends])));
        return whole == trimmed ? [whole] : [whole, trimmed];
    }

    /// <summary>Punctuation that is left at the ends of a number when it is cut out of a text.</summary>
    private const string Ends = ".。,，、;；:：!！'\"“”‘’*#";

    public VerificationRow Row { get; }
    public DateOnly On { get; }
    public (string Mark, string? Item)? Code { get; }
    /// <summary>What its number may be, what counts first; empty where it gives none that can be.</summary>
    public string[] Readings { get; }
    /// <summary>Keys of the index of numbers.</summary>
    public string[] Numbers { get; }
    public string? Uscc { get; }
    public string? Organisation { get; }
    /// <summary>Keys of holders' names.</summary>
    public string[] Names { get; }
    public bool NamesHolder => Uscc is not null || Organisation is not null || Names.Length > 0;
}

/// <summary>What the identifiers of a list lead to: read in a few queries for all rows.</summary>
public sealed class Found
{
    /// <summary>Certificates looked at for one name or credit code: a holder with more is asked to name the certificate.</summary>
    public const int MaxOfHolder = 100;

    private readonly DbConnection db;
    private readonly Dictionary<string, CertificateRow[]> ids, numbers, usccs, organisations, holders;
    private readonly Dictionary<string, (Mark Mark, CertificateRow Certificate)> marks;

    /// <param name="db">The snapshot.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="isWhole">Whether all that is named is looked up. Else, where a number leads to certificates, its holder is not: three
    /// of four identifiers of a list only say once more what the first said.</param>
    public Found(DbConnection db, IReadOnlyCollection<Sought> rows, bool isWhole)
    {
        this.db = db;
        var codes = rows.Select(row => row.Code?.Mark).OfType<string>().ToArray();
        ids = CertificateStore.WithIds(db, codes);
        marks = codes.Length == 0 ? [] : MarkStore.FindAll(db, codes);
        numbers = CertificateStore.WithNumbers(db, rows.SelectMany(row => row.Numbers), MaxOfHolder);
        if (!isWhole) rows = [.. rows.Where(row => row.NamesHolder && (row.Code is not null || ByNumber(row).Same.Length == 0))];
        usccs = CertificateStore.WithUsccs(db, rows.Select(row => row.Uscc).OfType<string>(), MaxOfHolder + 1);
        organisations = CertificateStore.WithOrganisationCodes(db, rows.Select(row => row.Organisation).OfType<string>(), MaxOfHolder + 1);
        holders = CertificateStore.OfHolders(db, rows.SelectMany(row => row.Names), MaxOfHolder + 1);
    }

    /// <summary>The certificate of a code, and what the tables say of the mark where it is a mark's; null when neither is known.</summary>
    public (CertificateRow Certificate, MarkTold? Mark)? OfCode((string Mark, string? Item) code)
    {
        if (code.Item is null && ids.TryGetValue(code.Mark, out var own)) return (own[0], null);
        return marks.TryGetValue(code.Mark, out var of) ? (of.Certificate, MarkStore.Tell(db, of.Mark, of.Certificate, code.Item)) : null;
    }

    /// <summary>Certificates with the number that was given, however its signs are written; those that differ in where the signs stand
    /// apart.</summary>
    public (CertificateRow[] Same, CertificateRow[] Near) ByNumber(Sought row)
    {
        var all = Of(numbers, row.Numbers);
        foreach (var reading in row.Readings)
            if (Same(all, reading) is { Length: > 0 } same) return (same, same.Length == all.Length ? [] : Others(all, same));
        return ([], all);

        static CertificateRow[] Others(CertificateRow[] all, CertificateRow[] same) =>
            Array.FindAll(all, one => !same.Contains(one, ReferenceEqualityComparer.Instance));
    }

    private static CertificateRow[] Same(CertificateRow[] all, string reading)
    {
        var whole = Array.FindAll(all, one => CertificateNumber.Normalise(one.Number) == reading);
        if (whole.Length > 0) return whole;
        var key = CertificateNumber.Compared(reading);
        return Array.FindAll(all, one => CertificateNumber.Compared(CertificateNumber.Normalise(one.Number)!) == key);
    }

    public CertificateRow[] ByUscc(Sought row)
    {
        if (row.Uscc is { } uscc) return Of(usccs, uscc);
        return row.Organisation is { } organisation ? Of(organisations, organisation) : [];
    }

    public CertificateRow[] ByName(Sought row) => Of(holders, row.Names);

    private static CertificateRow[] Of(Dictionary<string, CertificateRow[]> found, params ReadOnlySpan<string> keys)
    {
        if (keys is [var only]) return found.GetValueOrDefault(only, []);
        var all = new List<CertificateRow>();
        foreach (var key in keys) all.AddRange(found.GetValueOrDefault(key, []));
        return [.. all.DistinctBy(row => row.Seq)];
    }
}
