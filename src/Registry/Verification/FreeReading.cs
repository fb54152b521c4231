using System.Data.Common;
using Registry.Bodies;
using Registry.Certificates;
using Registry.Marks;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>A row as it was read, what of it was not used, and why it cannot be answered, if so.</summary>
public sealed record ReadRow(VerificationRow Row, string[] Unused, Doubt? Doubt);

/// <summary>Reads lines without headings: what is on record wins, because no form tells a number from a price for certain.</summary>
public sealed class FreeReading
{
    /// <summary>Runs of words that are looked up for a list, and the least for each line of a long one: its cells, whole and one by
    /// one.</summary>
    private const int MaxSpans = 60_000, LeastSpans = 12;

    private readonly int spans;
    private readonly BodyView[] bodies;
    private readonly HashSet<string> bodyNames;
    private readonly Dictionary<string, (Sought One, Found In)> sought = [];
    /// <summary>Lines that say more when words of theirs are cut.</summary>
    private readonly Dictionary<PastedLine, PastedLine> cut = [];

    /// <param name="db">What is on record.</param>
    /// <param name="lines">The lines that are going to be read.</param>
    /// <param name="cells">Further texts whose kind will be asked (<see cref="KindOf"/>).</param>
    /// <param name="today">The day.</param>
    public FreeReading(DbConnection db, IReadOnlyCollection<PastedLine> lines, IEnumerable<string> cells, DateOnly today)
    {
        bodies = [.. BodyStore.All(db)];
        bodyNames = [.. bodies.SelectMany(NamesOf)];
        spans = Math.Max(LeastSpans, MaxSpans / Math.Max(1, lines.Count));
        Look(db, [.. SpansOf(lines), .. cells], today);
        foreach (var line in lines)
            if (line.Cut(UnknownWords(Pieces(line)).Contains) is { } finer) cut[line] = finer;
        Look(db, SpansOf(cut.Values), today);
    }

    private IEnumerable<string> SpansOf(IEnumerable<PastedLine> lines) =>
        lines.SelectMany(line => line.Spans(spans)).Select(span => span.Text);

    private void Look(DbConnection db, IEnumerable<string> texts, DateOnly today)
    {
        Sought[] asked = [.. texts.Distinct().Where(text => !sought.ContainsKey(text))
            .Select(text => new Sought(new() { Number = text, Name = text, Uscc = text, Code = text }, today))];
        var onRecord = new Found(db, asked, isWhole: true);
        foreach (var one in asked) sought[one.Row.Number!] = (one, onRecord);
    }

    /// <summary>Words that nothing is known of: also of names that nobody bears, such as one with a remark behind it.</summary>
    private HashSet<int> UnknownWords(IEnumerable<Piece> pieces)
    {
        bool IsUnknown(Piece piece) =>
            piece.Kind == PieceKind.Unread || piece.Kind == PieceKind.Name && KindOf(piece.Text) != PieceKind.Name;
        return [.. pieces.Where(IsUnknown).SelectMany(piece => Enumerable.Range(piece.First, piece.Last - piece.First + 1))];
    }

    /// <summary>Reads a line.</summary>
    public ReadRow Read(PastedLine line)
    {
        var read = Row([.. Understood(line)]);
        if (line.Cells.FirstOrDefault(Spoilt.Garbled) is not { } garbled) return read;
        // Whom it named, nobody can tell any more: what else the line holds is no answer about them.
        return read with { Doubt = new("", [garbled], Outcome.Mistyped, [], new(Refusal.Spoilt, "", PlainText.Echo(garbled))) };
    }

    /// <summary>The pieces of a line. What stands glued to something else (A-1（五星级）) is read where its words, cut, say more.</summary>
    public IReadOnlyList<Piece> Understood(PastedLine line)
    {
        var pieces = Pieces(line);
        if (!cut.TryGetValue(line, out var finer)) return pieces;
        static bool SaysSomething(Piece piece) =>
            piece.Kind is not (PieceKind.Unread or PieceKind.Amount or PieceKind.Serial or PieceKind.Label or PieceKind.Beyond);
        var whole = pieces.Where(SaysSomething).Select(piece => piece.Text).ToHashSet();
        // Of a name that nobody bears the whole says more than what was cut out of it.
        var names = pieces.Where(piece => piece.Kind == PieceKind.Name).Select(piece => piece.Text).ToArray();
        bool IsCutOut(string name) => names.Any(whole => whole.Contains(name, StringComparison.Ordinal));
        bool IsNew(Piece piece) => SaysSomething(piece) && !whole.Contains(piece.Text)
            && (piece.Kind != PieceKind.Name || KindOf(piece.Text) == PieceKind.Name || !IsCutOut(piece.Text));
        var all = Pieces(finer);
        // A day that was cut out of a text may be the day of anything.
        for (var i = 0; i < all.Count; i++)
            if (all[i].Kind == PieceKind.Day && IsNew(all[i])) all[i] = all[i] with { Kind = PieceKind.Unread };
        return all.Exists(IsNew) ? all : pieces;
    }

    private List<Piece> Pieces(PastedLine line)
    {
        var pieces = new List<Piece>();
        bool IsTaken(int word) => pieces.Exists(piece => piece.First <= word && word <= piece.Last);
        // What is on record wins, the longest first, and of one text the number before the name.
        var known = line.Spans(spans).Select(span => new Piece(span.First, span.Last, span.Text, KindOf(span.Text)))
            .Where(piece => piece.Kind != PieceKind.Unread)
            .OrderByDescending(piece => piece.Text.Length).ThenBy(piece => piece.Last - piece.First).ToArray();
        // An address is found in any text around it: what stands beside it is the line's, a name that is compared.
        bool HoldsAddress(Piece piece) => piece.Kind == PieceKind.Code && known.Any(inner =>
            inner.Kind == PieceKind.Code && inner != piece && piece.First <= inner.First && inner.Last <= piece.Last);
        foreach (var piece in known.Where(piece => !HoldsAddress(piece)))
            if (!Enumerable.Range(piece.First, piece.Last - piece.First + 1).Any(IsTaken)) pieces.Add(piece);
        // A day or a serial number may by chance be somebody's number too.
        bool SaysWho(Piece piece) =>
            piece.Kind is PieceKind.Number or PieceKind.Uscc or PieceKind.Code or PieceKind.Name && !IsWeak(piece);
        if (pieces.Exists(SaysWho)) pieces.RemoveAll(IsWeak);
        for (var i = 0; i < pieces.Count; i++) pieces[i] = line.Whole(pieces[i], IsTaken);
        pieces.AddRange(line.Rest(IsTaken).ToArray());
        if (line.Beyond is { } beyond) pieces.Add(new(PastedLine.MaxWords, PastedLine.MaxWords, beyond, PieceKind.Beyond));
        return pieces;
    }

    /// <summary>Whether a piece may be anything although it is on record as a number: a serial number, a day.</summary>
    public static bool IsWeak(Piece piece)
    {
        var isSerial = piece.Text.Length <= 4 && piece.Text.All(char.IsAsciiDigit);
        return piece.Kind == PieceKind.Number && (isSerial || Dates.Read(piece.Text, serials: false).Day is not null);
    }

    /// <summary>What a text is on record as; Unread where it is not on record.</summary>
    public PieceKind KindOf(string text)
    {
        if (!sought.TryGetValue(text, out var looked)) return PieceKind.Unread;
        var (one, onRecord) = looked;
        var isCode = one.Uscc is not null && (PastedLine.IsCreditCode(one.Row.Uscc!) || onRecord.ByUscc(one).Length > 0)
            || one.Organisation is not null && onRecord.ByUscc(one).Length > 0;
        return onRecord.ByNumber(one).Same.Length > 0 ? PieceKind.Number
            : isCode ? PieceKind.Uscc
            : one.Code is { } code && Identifier.IsAlone(text) && onRecord.OfCode(code) is not null ? PieceKind.Code
            : onRecord.ByName(one).Length > 0 ? PieceKind.Name
            : bodyNames.Contains(PlainText.Fold(one.Row.Name!)) ? PieceKind.Body
            : PieceKind.Unread;
    }

    private static IEnumerable<string> NamesOf(BodyView body) =>
        ((string?[])[body.Name, body.NameEn]).OfType<string>().Select(PlainText.Fold);

    /// <summary>Whether an approval number and a name, in any order, are one body's.</summary>
    public bool AreOneBody(string one, string other) => PlainText.Fold(one) == PlainText.Fold(other)
        || bodies.Any(body => ((string[])[one, other]).All(given => Names(body, given)));

    private static bool Names(BodyView body, string given) =>
        CertificateNumber.Normalise(given) == body.ApprovalNumber || NamesOf(body).Contains(PlainText.Fold(given));

    /// <summary>Whether a holder bears a name that was looked up (a line's or a cell's).</summary>
    public bool KnowsName(string name) => sought.TryGetValue(name, out var looked) && looked.In.ByName(looked.One).Length > 0;

    /// <summary>Whether the number or name of a row is on record, as far as it was looked up.</summary>
    public bool Knows(VerificationRow row) =>
        row.Number is { } number && OfNumber(number).Length > 0 || row.Name is { } name && KnowsName(name);

    /// <summary>The certificates on record with a number that was looked up.</summary>
    public CertificateRow[] OfNumber(string text) => sought.TryGetValue(text, out var looked) ? looked.In.ByNumber(looked.One).Same : [];

    /// <summary>A day beside the name of its column (有效期至, then 2027-12-31 in the next cell) is a claim, and not the day asked.</summary>
    private static (string Field, string Value)[] ClaimsOf(List<Piece> pieces)
    {
        var claims = new List<(string, string)>();
        var before = (Piece?)null;
        foreach (var piece in pieces.OrderBy(piece => piece.First).ToArray())
        {
            var field = piece.Kind == PieceKind.Day && before is { Kind: PieceKind.Label } label ? Claims.FieldOf(label.Text) : null;
            if (field is not null) pieces.Remove(piece);
            if (piece.Kind == PieceKind.Claim || field is not null)
                claims.AddRange((field is null ? Claims.Of(piece.Text) : Claims.Read(field, piece.Text)) ?? []);
            before = piece;
        }
        return [.. claims.Distinct()];
    }

    /// <summary>Written as codes are, with its check character, and not like a telephone's number.</summary>
    private static bool IsCode(string text) => text.Any(char.IsAsciiLetter) && ItemCode.IsAlone(text);

    /// <summary>Why a text is no answer that was not looked at whole; null where it was.</summary>
    public static Doubt? TooLong(IEnumerable<Piece> pieces)
    {
        string[] beyond = [.. pieces.Where(piece => piece.Kind == PieceKind.Beyond).Select(piece => PlainText.Echo(piece.Text))];
        return beyond.Length == 0 ? null : new("", beyond, Outcome.Mistyped, []);
    }

    /// <summary>What stands behind the label of what a certificate shows, or is asked for (范围：…, 有效期到2030年), and was not
    /// understood: it is meant all the same. With the text of its piece.</summary>
    private static IEnumerable<(string Field, string Value, string Text)> Meant(List<Piece> pieces)
    {
        static string? FieldOf(string label) =>
            Columns.Find(label, ColumnUse.List) is { } column && ListChoice.FieldOf(column) is { } field
                && (Claims.Is(field) || Columns.IsAsked(column) || field == "on") ? field : null;
        var before = (Piece?)null;
        foreach (var piece in pieces.OrderBy(piece => piece.First))
        {
            var text = piece.Text;
            if (piece.Kind == PieceKind.Unread)
            {
                if (before is { Kind: PieceKind.Label } label && FieldOf(label.Text) is { } labelled) yield return (labelled, text, text);
                else if (text.AsSpan().IndexOfAny(":：0123456789") is > 0 and var end && FieldOf(text[..end]) is { } field)
                    yield return (field, text[end..].TrimStart(':', '：', ' '), text);
            }
            before = piece;
        }
    }

    private ReadRow Row(List<Piece> pieces)
    {
        var claims = ClaimsOf(pieces);
        string[] Of(PieceKind kind) => [.. pieces.Where(piece => piece.Kind == kind).Select(piece => piece.Text).Distinct()];
        var (numbers, usccs, codes, names) = (Of(PieceKind.Number), Of(PieceKind.Uscc), Of(PieceKind.Code), Of(PieceKind.Name));
        var (bodiesNamed, days, levels, standards) =
            (Of(PieceKind.Body), Of(PieceKind.Day), Of(PieceKind.Level), Of(PieceKind.Standard));
        if (bodiesNamed is [var one, var other] && AreOneBody(one, other)) bodiesNamed = [one];
        var categories = Of(PieceKind.Category);
        var unread = pieces.Where(piece => piece.Kind is PieceKind.Unread or PieceKind.Amount && piece.Text.Length > 0)
            .OrderBy(piece => piece.First).Select(piece => piece.Text).ToList();
        // What is written like a number is one that is not on record; where nothing else names anybody, whatever there is does.
        if (numbers.Length == 0 && unread.Find(PastedLine.IsNumber) is { } number) Take(ref numbers, number);
        if (codes.Length == 0 && unread.Find(IsCode) is { } code) Take(ref codes, code);
        if (numbers.Length + usccs.Length + codes.Length + names.Length == 0)
        {
            var longest = unread.Where(text => text.Any(char.IsLetter)).MaxBy(text => text.Length);
            if (longest is { } name && (name.Any(c => !char.IsAscii(c)) || !name.Any(char.IsAsciiDigit))) Take(ref names, name);
            else if (unread.MaxBy(text => text.Length) is { } only) Take(ref numbers, only);
        }
        var row = new VerificationRow
        {
            Number = numbers.FirstOrDefault(),
            Uscc = usccs.FirstOrDefault(),
            Code = codes.FirstOrDefault(),
            Name = names.FirstOrDefault(),
            Body = bodiesNamed.FirstOrDefault(),
            Category = categories.Length == 0 ? null : Words.Category(categories[0]),
            Level = levels.Length == 0 ? null : Words.Least(levels[0]),
            Standard = standards.FirstOrDefault(),
            On = days.Length == 0 ? null : Dates.Read(days[0], serials: false).Day,
        };
        foreach (var (field, value) in claims) row = Claims.With(row, field, value);
        (string Field, string[] Values)[] fields =
        [
            ("number", numbers), ("uscc", usccs), ("code", codes), ("name", names),
            ("body", bodiesNamed), ("category", categories), ("level", levels), ("standard", standards), ("on", days),
            .. claims.GroupBy(claim => claim.Field).Select(one => (one.Key, one.Select(claim => claim.Value).ToArray())),
        ];
        var competing = fields.FirstOrDefault(field => field.Values.Length > 1);
        var doubt = days.Length > 0 && row.On is null ? new Doubt("on", days, Outcome.Mistyped, []) : TooLong(pieces);
        if (competing.Values is { } values)
            doubt = new(competing.Field, values, Outcome.Ambiguous, competing.Field == "number" ? [.. numbers.SelectMany(OfNumber)] : []);
        foreach (var (field, value, text) in Meant(pieces))
        {
            if (!unread.Contains(text)) continue;
            if (field != "scope") doubt ??= new(field, [value], Outcome.Mistyped, []);
            else if (row.Scope is null && unread.Remove(text)) row = row with { Scope = value };
        }
        // Whoever stands beside a number is meant by it: one that was not understood is no reason to pass over him.
        if (row.Name is null && unread.Find(PastedLine.SpeaksOfCompany) is { } company)
            doubt ??= new("name", [company], Outcome.Mistyped, []);
        return new(row, [.. unread], doubt);

        void Take(ref string[] field, string text)
        {
            field = [text];
            unread.Remove(text);
        }
    }
}
