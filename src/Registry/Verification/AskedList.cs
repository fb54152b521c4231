using System.Data.Common;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>Why a row cannot be answered although it was read: several values for one field, or one that is none.</summary>
public sealed record Doubt(string Field, string[] Values, Outcome Outcome, CertificateRow[] Certificates);

/// <summary>A line as it was pasted, with its number, what it was read as and what was not used.</summary>
public sealed record AskedRow(int Line, string Text, VerificationRow Row, string[] Unused, Doubt? Doubt);

/// <summary>A list as somebody pasted it: rows, the headings nothing is known of, and the lines that are no rows.</summary>
public sealed class AskedList
{
    private static readonly char[] separators = ['\t', ',', '，', ';', '；', '|'];

    /// <summary>Runs of words that are looked up for a list, and the least for each line of a long one: five cells of some words.</summary>
    private const int MaxSpans = 60_000, LeastSpans = 40;

    private readonly DateOnly today;
    private readonly int spans;
    private readonly HashSet<string> bodies = [];
    private readonly List<AskedRow> rows = [];
    private readonly List<string> unusedColumns = [];
    private readonly List<(int Line, string Text)> noRows = [];

    public IReadOnlyList<AskedRow> Rows => rows;
    public IReadOnlyList<string> UnusedColumns => unusedColumns;
    /// <summary>Lines that name nobody: titles, sums.</summary>
    public IReadOnlyList<(int Line, string Text)> NoRows => noRows;

    /// <summary>Rows that need no reading.</summary>
    public AskedList(VerificationRow[] rows) => this.rows.AddRange(rows.Select((row, i) => new AskedRow(i + 1, "", row, [], null)));

    /// <summary>Reads a list.</summary>
    /// <param name="db">What is on record tells what a field without a heading is.</param>
    /// <param name="text">As it was pasted.</param>
    /// <param name="today">The day.</param>
    /// <param name="most">Rows beyond which reading stops: one more than may be asked.</param>
    public AskedList(DbConnection db, string text, DateOnly today, int most)
    {
        this.today = today;
        bodies = [.. BodyStore.All(db).SelectMany(body => (string?[])[body.Name, body.NameEn]).OfType<string>().Select(PlainText.Fold)];
        var lines = TableHeader.Lines(text.TrimStart('\uFEFF')).ToArray();
        Column?[]? header = null;
        var (read, free) = (new List<(TableRow Row, Column?[]? Header)>(), new Dictionary<int, PastedLine>());
        foreach (var row in new TableRows(lines, Separator(lines)).Read())
        {
            if (row.IsBlank && row.Fault is null) continue;
            if (HeaderOf(row) is { } found)
            {
                header = found;
                unusedColumns.AddRange(row.Cells.Where((cell, i) => found[i] is null && !string.IsNullOrWhiteSpace(cell)).Select(cell => cell.Trim()).Except(unusedColumns));
                read.Add((row, null));
                continue;
            }
            var headed = header is not null && Fits(row, header) ? header : null;
            read.Add((row, headed));
            if (headed is null) free[read.Count - 1] = new(row.Text);
            if (read.Count > most) break;
        }
        spans = Math.Max(LeastSpans, MaxSpans / Math.Max(1, free.Count));
        var sought = free.Values.SelectMany(line => line.Spans(spans)).Select(span => span.Text).Distinct()
            .ToDictionary(span => span, span => new Sought(new() { Number = span, Name = span, Uscc = span, Code = span }, today));
        var onRecord = new Found(db, sought.Values);
        for (var i = 0; i < read.Count; i++)
        {
            var (row, headed) = read[i];
            if (free.TryGetValue(i, out var line)) Add(row, Free(line, sought, onRecord));
            else if (headed is not null) Add(row, Headed(row, headed));
            // What stood above the first heading and is nobody on record is a title.
            else if (rows.TrueForAll(above => above.Row is { Number: null, Uscc: null, Code: null } && above.Doubt is null && !onRecord.KnowsName(above.Row.Name!)))
            {
                noRows.AddRange(rows.Select(title => (title.Line, title.Text)));
                rows.Clear();
            }
        }
    }

    private void Add(TableRow row, (VerificationRow Row, string[] Unused, Doubt? Doubt) read)
    {
        var shown = row.Text.Trim();
        if (read.Row.IsEmpty && read.Doubt is null) noRows.Add((row.Line, shown));
        else rows.Add(new(row.Line, shown, read.Row, read.Unused, read.Doubt));
    }

    // ---- with headings

    /// <summary>The separator by which some line reads as headings; a tab, which spreadsheets paste, where none does.</summary>
    private static char Separator(TextLine[] lines)
    {
        var (best, most) = ('\t', 1);
        foreach (var separator in separators)
            foreach (var line in lines)
                if (line.Text.Contains(separator) && line.Text.Split(separator).Count(cell => Columns.Find(cell.Trim('"', ' '), ColumnUse.List) is not null) is var known && known > most) (best, most) = (separator, known);
        return best;
    }

    /// <summary>The columns of a line of headings: two at least, one of which tells who is meant, or such a one alone.</summary>
    private static Column?[]? HeaderOf(TableRow row)
    {
        var columns = row.Cells.Select(cell => Columns.Find(cell, ColumnUse.List)).ToArray();
        var filled = row.Cells.Count(cell => !string.IsNullOrWhiteSpace(cell));
        var known = columns.OfType<Column>().Distinct().Count();
        return columns.Any(column => column?.Pointer is "/number" or "/holder/name" or "/holder/nameEn" or "/holder/uscc" or "/code") && (known >= 2 || filled == 1) ? columns : null;
    }

    /// <summary>Whether the cells of a row stand under headings: a single one where there are several columns was pasted otherwise.</summary>
    private static bool Fits(TableRow row, Column?[] header) => header.OfType<Column>().Count() == 1 && header.Length == 1 ? row.Cells.Length == 1 : row.Cells.Length > 1;

    private (VerificationRow, string[], Doubt?) Headed(TableRow row, Column?[] header)
    {
        var (asked, unused, doubt) = (new VerificationRow(), new List<string>(), (Doubt?)null);
        void Unread(string field, string text) => doubt ??= new(field, [text], Outcome.Mistyped, []);
        for (var i = 0; i < row.Cells.Length; i++)
        {
            var text = Cells.Read(row.Cells[i]);
            if (text.Length == 0) continue;
            switch (i < header.Length ? header[i]?.Pointer : "")
            {
                case "/number" when asked.Number is null: asked = asked with { Number = text }; break;
                case "/holder/uscc" when asked.Uscc is null: asked = asked with { Uscc = text }; break;
                case "/code" when asked.Code is null: asked = asked with { Code = text }; break;
                case "/holder/name" or "/holder/nameEn" when asked.Name is null: asked = asked with { Name = text }; break;
                case "/body" or "/bodyName" when asked.Body is null: asked = asked with { Body = text }; break;
                case "/standard" when asked.Standard is null: asked = asked with { Standard = text }; break;
                case "/scope" when asked.Scope is null: asked = asked with { Scope = text }; break;
                case "/level" when asked.Level is null:
                    asked = asked with { Level = text };
                    if (Words.Level(text) is null) Unread("level", text);
                    break;
                case "/category" when asked.Category is null:
                    asked = asked with { Category = Words.Category(text) };
                    if (asked.Category is null) Unread("category", text);
                    break;
                case "/on" when asked.On is null:
                    asked = asked with { On = Dates.Read(text).Day };
                    if (asked.On is null) Unread("on", text);
                    break;
                // Under a heading nothing is known of: told once, at the head of the answer.
                case null: break;
                default: unused.Add(text); break;
            }
        }
        return (asked, [.. unused], asked.IsEmpty ? null : doubt);
    }

    // ---- without headings

    private (VerificationRow, string[], Doubt?) Free(PastedLine line, Dictionary<string, Sought> sought, Found onRecord)
    {
        var pieces = new List<Piece>();
        bool IsTaken(int word) => pieces.Exists(piece => piece.First <= word && word <= piece.Last);
        // What is on record wins, the longest first, and of one text the number before the name.
        var known = line.Spans(spans).Select(span => new Piece(span.First, span.Last, span.Text, KindOnRecord(sought[span.Text], onRecord))).Where(piece => piece.Kind != PieceKind.Unread)
            .OrderByDescending(piece => piece.Text.Length).ThenBy(piece => piece.Last - piece.First).ToArray();
        foreach (var piece in known)
            if (!Enumerable.Range(piece.First, piece.Last - piece.First + 1).Any(IsTaken)) pieces.Add(piece);
        // A day or a serial number may by chance be somebody's number too.
        var others = pieces.Where(piece => piece.Kind is PieceKind.Number or PieceKind.Uscc or PieceKind.Code or PieceKind.Name && !IsWeak(piece)).ToArray();
        if (others.Length > 0) pieces.RemoveAll(IsWeak);
        for (var i = 0; i < pieces.Count; i++) pieces[i] = line.Whole(pieces[i], IsTaken);
        pieces.AddRange(line.Rest(IsTaken).ToArray());
        return Row(pieces, sought, onRecord);
    }

    private static bool IsWeak(Piece piece) => piece.Kind == PieceKind.Number && (Dates.Read(piece.Text, serials: false).Day is not null || piece.Text.Length <= 4 && piece.Text.All(char.IsAsciiDigit));

    private PieceKind KindOnRecord(Sought text, Found onRecord) =>
        onRecord.ByNumber(text).Same.Length > 0 ? PieceKind.Number
        : text.Uscc is not null && (PastedLine.IsCreditCode(text.Row.Uscc!) || onRecord.ByUscc(text).Length > 0) || text.Organisation is not null && onRecord.ByUscc(text).Length > 0 ? PieceKind.Uscc
        : text.Code is { } code && onRecord.OfCode(code) is not null ? PieceKind.Code
        : onRecord.ByName(text).Length > 0 ? PieceKind.Name
        : bodies.Contains(PlainText.Fold(text.Row.Name!)) ? PieceKind.Body
        : PieceKind.Unread;

    private (VerificationRow, string[], Doubt?) Row(List<Piece> pieces, Dictionary<string, Sought> sought, Found onRecord)
    {
        string[] Of(PieceKind kind) => [.. pieces.Where(piece => piece.Kind == kind).Select(piece => piece.Text).Distinct()];
        var (numbers, usccs, codes, names, bodiesNamed, days, levels, standards) =
            (Of(PieceKind.Number), Of(PieceKind.Uscc), Of(PieceKind.Code), Of(PieceKind.Name), Of(PieceKind.Body), Of(PieceKind.Day), Of(PieceKind.Level), Of(PieceKind.Standard));
        var unread = pieces.Where(piece => piece.Kind is PieceKind.Unread or PieceKind.Amount).OrderBy(piece => piece.First).Select(piece => piece.Text).Where(text => text.Length > 0).ToList();
        // What is written like a number is one that is not on record; where nothing else names anybody, whatever there is does.
        if (numbers.Length == 0 && unread.Find(PastedLine.IsNumber) is { } number) Take(ref numbers, number);
        if (numbers.Length + usccs.Length + codes.Length + names.Length == 0)
        {
            if (unread.Where(text => text.Any(char.IsLetter)).MaxBy(text => text.Length) is { } name && (name.Any(c => !char.IsAscii(c)) || !name.Any(char.IsAsciiDigit))) Take(ref names, name);
            else if (unread.MaxBy(text => text.Length) is { } only) Take(ref numbers, only);
        }
        var row = new VerificationRow
        {
            Number = numbers.FirstOrDefault(),
            Uscc = usccs.FirstOrDefault(),
            Code = codes.FirstOrDefault(),
            Name = names.FirstOrDefault(),
            Body = bodiesNamed.FirstOrDefault(),
            Level = levels.FirstOrDefault(),
            Standard = standards.FirstOrDefault(),
            On = days.Length == 0 ? null : Dates.Read(days[0], serials: false).Day,
        };
        (string Field, string[] Values)[] fields = [("number", numbers), ("uscc", usccs), ("code", codes), ("name", names), ("body", bodiesNamed), ("level", levels), ("standard", standards), ("on", days)];
        var competing = fields.FirstOrDefault(field => field.Values.Length > 1);
        var doubt = competing.Values is not null ? new Doubt(competing.Field, competing.Values, Outcome.Ambiguous, competing.Field == "number" ? [.. numbers.SelectMany(text => sought.TryGetValue(text, out var one) ? onRecord.ByNumber(one).Same : [])] : [])
            : days.Length > 0 && row.On is null ? new Doubt("on", days, Outcome.Mistyped, []) : null;
        return (row, [.. unread], doubt);

        void Take(ref string[] field, string text)
        {
            field = [text];
            unread.Remove(text);
        }
    }

    // ---- the answer

    /// <summary>The verdicts of the rows; one in doubt is never answered with a status.</summary>
    /// <param name="db">The snapshot that the list was read from.</param>
    /// <param name="demands">Day and requirements of every row that has none of its own.</param>
    /// <param name="now">The instant.</param>
    /// <param name="language">Of the messages.</param>
    public VerificationAnswer Answer(DbConnection db, VerificationRequest demands, DateTimeOffset now, Language language)
    {
        var answer = Verifier.Answer(db, demands with { Rows = [.. rows.Select(row => row.Row)] }, now, language);
        Verdict Told(Verdict verdict, AskedRow row) => row.Doubt is { } doubt ? Doubted(db, verdict, doubt, language) : verdict;
        return answer with { Rows = [.. answer.Rows.Zip(rows, Told)] };
    }

    private static Verdict Doubted(DbConnection db, Verdict verdict, Doubt doubt, Language language) => verdict with
    {
        Result = doubt.Outcome,
        Message = Wording.Of(doubt)[language],
        Certificate = null,
        Others = null,
        DidYouMean = null,
        Candidates = doubt.Certificates.Length > 0 ? [.. doubt.Certificates.Select(certificate => Candidate.Of(CertificateView.Of(db, certificate, verdict.On)!))] : verdict.Candidates,
    };
}
