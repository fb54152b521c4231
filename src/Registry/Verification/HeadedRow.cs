using System.Buffers;
using System.Globalization;
using System.Text;
using Registry.Certificates;
using Registry.Marks;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>Reads a row by what its columns are.</summary>
public sealed class HeadedRow
{
    private static readonly string[] whoIsMeant = ["number", "name", "nameEn", "uscc", "code"];

    private readonly FreeReading free;
    private readonly IReadOnlyDictionary<string, PastedLine> full;
    private readonly Dictionary<string, string> given = [];
    /// <summary>What stands beside a number or code in its cell.</summary>
    private readonly List<Piece> beside = [];
    private readonly List<string> unused = [];
    private VerificationRow asked = new();
    private Doubt? doubt;

    private HeadedRow(FreeReading free, IReadOnlyDictionary<string, PastedLine> full) => (this.free, this.full) = (free, full);

    /// <summary>The cells of a row, under headings of numbers, codes and names, that say more or something else: A-1（五星级）,
    /// A-1；A-2, a code where a number is asked for.</summary>
    /// <param name="row">The row.</param>
    /// <param name="columns">What stands in each of its cells; null for a line without headings.</param>
    /// <param name="unknownToo">Whether those of columns nothing is known of are among them.</param>
    public static IEnumerable<string> Full(TableRow row, Column?[]? columns, bool unknownToo)
    {
        foreach (var (cell, column) in row.Cells.Zip(columns ?? []))
            if (Cells.Read(cell) is { Length: > 0 } text
                && (column is null ? unknownToo : KindOf(ListChoice.FieldOf(column)) is { } kind && IsFull(kind, text)))
                yield return text;
    }

    private static PieceKind? KindOf(string? field) => field switch
    {
        "number" => PieceKind.Number,
        "uscc" => PieceKind.Uscc,
        "name" => PieceKind.Name,
        "code" => PieceKind.Code,
        _ => null,
    };

    private static bool IsFull(PieceKind kind, string text) => kind switch
    {
        PieceKind.Number => text.AsSpan().ContainsAnyExceptInRange('!', '~') || text.AsSpan().ContainsAny("()[]<>/+&,;|")
            || ItemCode.Parse(text) is not null || SocialCreditCode.Parse(text) is not null,
        PieceKind.Code => !ItemCode.IsAlone(text),
        PieceKind.Uscc => SocialCreditCode.Parse(text) is null && SocialCreditCode.ParseOrganisation(text) is null,
        _ when Surplus.AroundName(text) is not null => true,
        _ when Ascii.IsValid(text) => text.AsSpan().ContainsAnyInRange('0', '9') || ItemCode.Parse(text) is not null,
        _ => text.AsSpan().ContainsAny(atNames),
    };

    /// <summary>What may stand between two Chinese names, and what numbers and codes are made of.</summary>
    private static readonly SearchValues<char> atNames =
        SearchValues.Create("、，,;；/+&\n" + Surplus.Stars + "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Reads a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="columns">What stands in each of its cells; null where nothing is known of it.</param>
    /// <param name="free">What is on record.</param>
    /// <param name="full">The cells that say more than their heading (<see cref="Full"/>).</param>
    public static ReadRow Read(TableRow row, Column?[] columns, FreeReading free, IReadOnlyDictionary<string, PastedLine> full)
    {
        var reading = new HeadedRow(free, full);
        for (var i = 0; i < row.Cells.Length; i++)
        {
            if (Cells.Read(row.Cells[i]) is not { Length: > 0 } text) continue;
            if (Spoilt.IsError(text)) reading.doubt ??= new("", [], Outcome.Mistyped, [], new(Refusal.Spoilt, "", text));
            if (i >= columns.Length) reading.unused.Add(text);
            // Under a heading nothing is known of: told once, at the head of the answer.
            else if (columns[i] is { } column) reading.Read(text, column);
        }
        foreach (var piece in reading.beside) reading.ReadBeside(piece);
        var asked = reading.asked;
        if (asked is { Name: null, NameEn: null } && reading.unused.Find(PastedLine.SpeaksOfCompany) is { } company)
            reading.Unread("name", company);
        return new(asked, [.. reading.unused], asked.IsEmpty ? null : reading.doubt);
    }

    /// <summary>Whether a column tells who is meant.</summary>
    public static bool SaysWho(Column? column) => whoIsMeant.Contains(ListChoice.FieldOf(column));

    private void Read(string text, Column column)
    {
        // In the place of a requirement a stroke asks nothing; in that of a number it may mean that there is none.
        if (Cells.IsStroke(text) && !SaysWho(column)) return;
        if (ListChoice.FieldOf(column) is not { } field) unused.Add(text);
        else if (Claims.Is(field)) Claim(field, text);
        // Two columns of one heading: which of two values is meant is for a person to say.
        else if (given.TryAdd(column.Pointer, text)) Ask(field, text);
        else if (given[column.Pointer] != text) Compete(field, given[column.Pointer], text);
    }

    private void Ask(string field, string text)
    {
        switch (field)
        {
            case "number": asked = asked with { Number = Within(field, text) }; break;
            case "uscc": asked = asked with { Uscc = Within(field, text) }; break;
            case "code": asked = asked with { Code = Within(field, text) }; break;
            case "name": asked = asked with { Name = Within(field, text) }; break;
            case "nameEn": asked = asked with { NameEn = text }; break;
            // A body has two columns, its number's and its name's.
            case "body" when asked.Body is null: asked = asked with { Body = text }; break;
            case "body":
                if (!free.AreOneBody(asked.Body, text)) Compete(field, asked.Body, text);
                break;
            case "standard": asked = asked with { Standard = text }; break;
            case "scope": asked = asked with { Scope = text }; break;
            case "level":
                var (level, score) = Words.WithoutScore(text);
                if (score.Length > 0) unused.Add(score);
                asked = asked with { Level = Words.Least(level) };
                if (Words.Level(asked.Level) is null) Unread(field, text);
                break;
            case "category":
                asked = asked with { Category = Words.Category(text) };
                if (asked.Category is null) Unread(field, text);
                break;
            case "on":
                asked = asked with { On = Dates.Read(text).Day };
                if (asked.On is null) Unread(field, text);
                break;
        }
    }

    /// <summary>What a cell that says more holds of its field; null where it holds what tells who is meant in another way, and the cell as
    /// it stands where it holds nothing that could be meant.</summary>
    private string? Within(string field, string text)
    {
        var kind = KindOf(field)!.Value;
        var hasStars = text.AsSpan().ContainsAny(PastedLine.Stars);
        if (!full.TryGetValue(text, out var line) || free.KindOf(text) == kind && !hasStars) return text;
        var pieces = free.Understood(line);
        doubt ??= FreeReading.TooLong(pieces);
        string[] meant = [.. pieces.Where(piece => piece.Kind == kind).Select(piece => piece.Text).Distinct()];
        var isMeantOtherwise = pieces.Any(piece => piece.Kind != kind && IsIdentifier(piece));
        // A name may hold digits and strokes: what is in it counts where it identifies somebody, names two (a consortium), or where the
        // name has something around it.
        if (kind == PieceKind.Name && meant.Length < 2 && !isMeantOtherwise && !hasStars && Surplus.AroundName(text) is null) return text;
        if (meant.Length == 0)
        {
            if (!isMeantOtherwise)
            {
                // Looked up as a code it would be found, whoever is named at it.
                if (kind == PieceKind.Code && PastedLine.OrganisationIn(text) is not null) Unread(field, text);
                return text;
            }
            beside.AddRange(pieces);
            return null;
        }
        if (meant.Length > 1) doubt ??= new(field, meant, Outcome.Ambiguous, [.. meant.SelectMany(free.OfNumber)]);
        beside.AddRange(pieces.Where(piece => piece.Kind != kind));
        return meant[0];
    }

    /// <summary>Whether a piece identifies a certificate or its holder, apart from his name.</summary>
    public static bool IsIdentifier(Piece piece) =>
        piece.Kind is PieceKind.Number or PieceKind.Uscc or PieceKind.Code && !FreeReading.IsWeak(piece);

    /// <summary>What stands beside a number counts as in a column of its own, where there is none; another holder or body there makes the
    /// row one for a person.</summary>
    private void ReadBeside(Piece piece)
    {
        if (piece.Kind is PieceKind.Label or PieceKind.Serial) return;
        if (piece.Kind == PieceKind.Claim)
            foreach (var (claimed, value) in Claims.Of(piece.Text) ?? []) Claim(claimed, value);
        else if (FieldOf(piece.Kind) is not var (field, own)) unused.Add(piece.Text);
        else if (own is null) Ask(field, piece.Text);
        else if (!whoIsMeant.Append("body").Contains(field)) unused.Add(piece.Text);
        else if (PlainText.Fold(own) != PlainText.Fold(piece.Text)) Compete(field, own, piece.Text);
    }

    /// <summary>The field of a piece, and what a column of its own gave for it.</summary>
    private (string Field, string? Own)? FieldOf(PieceKind kind) => kind switch
    {
        PieceKind.Number => ("number", asked.Number),
        PieceKind.Uscc => ("uscc", asked.Uscc),
        PieceKind.Code => ("code", asked.Code),
        PieceKind.Name => ("name", asked.Name),
        PieceKind.Body => ("body", asked.Body),
        PieceKind.Level => ("level", asked.Level),
        PieceKind.Standard => ("standard", asked.Standard),
        PieceKind.Category => ("category", asked.Category?.ToString(CultureInfo.InvariantCulture)),
        _ => null,
    };

    /// <summary>What the certificate is said to show; a term tells its first day in the column of the last.</summary>
    private void Claim(string field, string text)
    {
        if (Claims.Read(field, text) is not { } claims)
        {
            Unread(field, text);
            return;
        }
        foreach (var (claimed, value) in claims)
            if (given.TryAdd(claimed, value)) asked = Claims.With(asked, claimed, value);
            else if (given[claimed] != value) Compete(claimed, given[claimed], value);
    }

    private void Unread(string field, string text) => doubt ??= new(field, [text], Outcome.Mistyped, []);

    private void Compete(string field, string one, string other)
    {
        string[] both = [one, other];
        doubt ??= new(field, both, Outcome.Ambiguous, field == "number" ? [.. both.SelectMany(free.OfNumber)] : []);
    }
}
