using Registry.Certificates;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>Reads a row by what its columns are.</summary>
public sealed class HeadedRow
{
    private static readonly string[] whoIsMeant = ["number", "name", "nameEn", "uscc", "code"];

    private readonly FreeReading free;
    private readonly Dictionary<string, string> given = [];
    private readonly List<string> unused = [];
    private VerificationRow asked = new();
    private Doubt? doubt;

    private HeadedRow(FreeReading free) => this.free = free;

    /// <summary>Reads a row.</summary>
    /// <param name="row">The row.</param>
    /// <param name="columns">What stands in each of its cells; null where nothing is known of it.</param>
    /// <param name="free">What is on record.</param>
    public static ReadRow Read(TableRow row, Column?[] columns, FreeReading free)
    {
        var reading = new HeadedRow(free);
        for (var i = 0; i < row.Cells.Length; i++)
        {
            if (Cells.Read(row.Cells[i]) is not { Length: > 0 } text) continue;
            if (Spoilt.IsError(text)) reading.doubt ??= new("", [], Outcome.Mistyped, [], new(Refusal.Spoilt, "", text));
            if (i >= columns.Length) reading.unused.Add(text);
            // Under a heading nothing is known of: told once, at the head of the answer.
            else if (columns[i] is { } column) reading.Read(text, column);
        }
        var asked = reading.asked;
        return new(asked, [.. reading.unused], asked.IsEmpty ? null : reading.doubt);
    }

    /// <summary>Whether a column tells who is meant.</summary>
    public static bool SaysWho(Column? column) => whoIsMeant.Contains(ListChoice.FieldOf(column));

    private void Read(string text, Column column)
    {
        if (IsStroke(text) && !SaysWho(column)) return;
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
            case "number": asked = asked with { Number = text }; break;
            case "uscc": asked = asked with { Uscc = text }; break;
            case "code": asked = asked with { Code = text }; break;
            case "name": asked = asked with { Name = text }; break;
            case "nameEn": asked = asked with { NameEn = text }; break;
            // A body has two columns, its number's and its name's.
            case "body" when asked.Body is null: asked = asked with { Body = text }; break;
            case "body":
                if (!free.AreOneBody(asked.Body, text)) Compete(field, asked.Body, text);
                break;
            case "standard": asked = asked with { Standard = text }; break;
            case "scope": asked = asked with { Scope = text }; break;
            case "level":
                asked = asked with { Level = Words.Least(text) };
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

    private void Compete(string field, string one, string other) => doubt ??= new(field, [one, other], Outcome.Ambiguous, []);

    /// <summary>A stroke in the place of a requirement asks nothing; in that of a number it may mean that there is none.</summary>
    private static bool IsStroke(string text) => text.AsSpan().IndexOfAnyExcept("/／\\-－—–―_") < 0;
}
