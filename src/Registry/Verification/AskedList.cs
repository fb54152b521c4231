using System.Data.Common;
using Registry.Certificates;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>Why a row cannot be answered although it was read: several values for one field, or one that is none, or the line itself is
/// spoilt.</summary>
public sealed record Doubt(string Field, string[] Values, Outcome Outcome, CertificateRow[] Certificates, Fault? Spoilt = null);

/// <summary>A row of a list: how it stood in a table, what it was read as and what was not used.</summary>
public sealed record AskedRow(TableRow Source, VerificationRow Row, string[] Unused, Doubt? Doubt)
{
    /// <summary>The line it stands in, from 1.</summary>
    public int Line => Source.Line;
    public string Text => Source.Text.Trim();
}

/// <summary>A column of a list as it was read.</summary>
/// <param name="Heading">Its heading; empty where there is none.</param>
/// <param name="Sample">What stands in it, the first few.</param>
/// <param name="Field">The field it was taken for; null where it was not used.</param>
/// <param name="IsGuessed">Whether that was told by what is on record, not by the heading.</param>
public sealed record AskedColumn(string Heading, string[] Sample, string? Field, bool IsGuessed);

/// <summary>A list that was read: what it asks, and what of it was not used.</summary>
public sealed class AskedList
{
    /// <summary>So many lines that name nobody are told to programs.</summary>
    private const int MostTold = 100;

    public required IReadOnlyList<AskedRow> Rows { get; init; }
    /// <summary>Headings of columns that were not used.</summary>
    public IReadOnlyList<string> UnusedColumns { get; init; } = [];
    /// <summary>Lines that name nobody: titles, sums.</summary>
    public IReadOnlyList<(int Line, string Text)> NoRows { get; init; } = [];
    /// <summary>Columns by the first headings, or of rows that have none.</summary>
    public IReadOnlyList<AskedColumn> Columns { get; init; } = [];
    /// <summary>Lines of headings.</summary>
    public IReadOnlyList<int> Headers { get; init; } = [];
    /// <summary>What else is to be known of how it was read.</summary>
    public IReadOnlyList<Text> Notes { get; init; } = [];

    /// <summary>The registry's public address: a code in an address of another site is told. Null tells none.</summary>
    public string? Home { get; init; }

    /// <summary>Rows that need no reading.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="home">As <see cref="Home"/>.</param>
    public static AskedList Of(VerificationRow[] rows, string? home = null) =>
        new() { Home = home, Rows = [.. rows.Select((row, i) => new AskedRow(new(i + 1, [], ""), row, [], null))] };

    /// <summary>The verdicts of the rows; one in doubt is never answered with a status.</summary>
    /// <param name="db">The snapshot that the list was read from.</param>
    /// <param name="demands">Day of every row that has none of its own, and what is asked of all.</param>
    /// <param name="now">The instant.</param>
    /// <param name="language">Of the messages.</param>
    public VerificationAnswer Answer(DbConnection db, VerificationRequest demands, DateTimeOffset now, Language language) =>
        Written(db, demands, now, language).Whole();

    /// <summary>The same, made as it is written.</summary>
    /// <inheritdoc cref="Answer"/>
    public WrittenVerdicts Written(DbConnection db, VerificationRequest demands, DateTimeOffset now, Language language)
    {
        var verifier = new Verifier(db, demands, now, language, Home);
        return verifier.Written(Verdicts(db, verifier, language), now);
    }

    /// <summary>The verdicts, made as they are asked for (<see cref="Verifier.Verdicts"/>).</summary>
    /// <inheritdoc cref="Answer"/>
    public IEnumerable<Verdict> Verdicts(DbConnection db, VerificationRequest demands, DateTimeOffset now, Language language) =>
        Verdicts(db, new(db, demands, now, language, Home), language);

    private IEnumerable<Verdict> Verdicts(DbConnection db, Verifier verifier, Language language)
    {
        Verdict Told(Verdict verdict, AskedRow row) => row.Doubt is { } doubt ? Doubted(db, verdict, doubt, language) : verdict;
        return verifier.Verdicts(Rows.Select(row => row.Row)).Zip(Rows, Told);
    }

    /// <summary>What is to be known of how it was read, in sentences, for whoever takes the answer away.</summary>
    public IEnumerable<string> Told(Language language)
    {
        if (UnusedColumns.Count > 0) yield return Wording.UnusedColumns(UnusedColumns)[language];
        foreach (var note in Others(language)) yield return note;
    }

    /// <summary>The same but for the columns that were not used.</summary>
    public IEnumerable<string> Others(Language language)
    {
        if (NoRows.Count > 0) yield return Wording.NotAsked(NoRows)[language];
        foreach (var note in Notes) yield return note[language];
    }

    /// <summary>How a table was read, for programs.</summary>
    public ListReading Reading(SentTable table, Language language) => new(
        table.Sheet?.Name,
        [.. Headers],
        [.. Columns.Select(column => new ReadColumn(column.Heading, column.Field, column.IsGuessed ? true : null))],
        [.. Rows.Select(row => row.Line)],
        [.. NoRows.Take(MostTold).Select(line => new UnreadLine(line.Line, line.Text))],
        [.. Rows.Where(row => row.Unused.Length > 0).Select(row => new UnusedTexts(row.Line, row.Unused))],
        [.. (UnusedColumns.Count == 0 ? Notes : Notes.Append(Wording.UnusedColumns(UnusedColumns))).Select(note => note[language])]);

    private static Verdict Doubted(DbConnection db, Verdict verdict, Doubt doubt, Language language) => verdict with
    {
        Result = doubt.Outcome,
        Message = doubt.Spoilt?.Message(language) ?? Wording.Of(doubt)[language],
        Certificate = null,
        Others = null,
        DidYouMean = null,
        RecordedAt = null,
        RecordedLater = null,
        Candidates = doubt.Certificates.Length > 0 ? [.. doubt.Certificates.Select(one => CandidateOf(db, one, verdict.On))]
            : verdict.Candidates,
    };

    private static Candidate CandidateOf(DbConnection db, CertificateRow certificate, DateOnly on) =>
        Candidate.Of(CertificateView.Of(db, certificate, on)!);
}

/// <summary>How a table was read: nothing of it is left out unsaid.</summary>
/// <param name="Sheet">The sheet of a workbook.</param>
/// <param name="Headers">Lines of headings, from 1.</param>
/// <param name="Columns">The columns by the first headings.</param>
/// <param name="Lines">The line of each row that was answered, in their order.</param>
/// <param name="NotAsked">Lines that name nobody, the first hundred.</param>
/// <param name="NotUsed">Of lines that were answered, what was compared with nothing.</param>
/// <param name="Notes">What else is to be known.</param>
public sealed record ListReading(
    string? Sheet, int[] Headers, ReadColumn[] Columns, int[] Lines, UnreadLine[] NotAsked, UnusedTexts[] NotUsed, string[] Notes);

/// <summary>A column: its heading, the field of a row that it was taken for (left out where it was not used), and whether what is on record
/// told so and not its heading.</summary>
public sealed record ReadColumn(string Heading, string? Field, bool? Guessed);

/// <summary>What of a line nothing was compared with.</summary>
public sealed record UnusedTexts(int Line, string[] Texts);

/// <summary>A line that was not taken for a row.</summary>
public sealed record UnreadLine(int Line, string Text);
