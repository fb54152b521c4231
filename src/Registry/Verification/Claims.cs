using Registry.Certificates;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>
/// What a list says that a certificate shows, beside what is asked of it: its days and its status. A claim agrees when it is the very day,
/// or the very status on the day asked; every other makes a mismatch, whichever side it errs on.
/// </summary>
public static class Claims
{
    private const string Issued = "issuedOn", FirstIssued = "firstIssuedOn", Expires = "expiresOn", Stands = "status";

    /// <summary>What stands behind a last day.</summary>
    private static readonly string[] endings = ["到期", "期满", "届满", "止", "expires"];

    /// <summary>Whether a field is a claim.</summary>
    public static bool Is(string? field) => field is Issued or FirstIssued or Expires or Stands;

    /// <summary>Whether a cell under such a heading could be meant for it: a status of a bid, a term in months are not.</summary>
    public static bool IsMeant(string field, string cell) => field == Stands ? Words.IsMeantAsStatus(cell) : Dates.IsMeant(cell);

    /// <summary>What a cell says under the heading of a field: the fields with their values as they are compared; null where it was not
    /// understood. A term tells its first day, too.</summary>
    public static (string Field, string Value)[]? Read(string field, string cell)
    {
        if (field == Stands) return Words.Status(cell) is { } status ? [(field, status.Word())] : null;
        (string, string) On(string name, DateOnly day) => (name, $"{day:yyyy-MM-dd}");
        return Dates.Term(cell) switch
        {
            ({ } first, { } last) => field == FirstIssued ? null : [On(Issued, first), On(Expires, last)],
            ({ } first, null) => [On(field == Expires ? Issued : field, first)],
            (null, { } last) => [On(field, last)],
            _ => null,
        };
    }

    /// <summary>What a piece of a line without headings claims: a word for a status, a term, or either behind the name of its column. A day
    /// alone claims nothing.</summary>
    public static (string Field, string Value)[]? Of(string piece)
    {
        var digit = piece.AsSpan().IndexOfAnyInRange('0', '9');
        if (digit < 0 && Words.Status(piece) is not null) return Read(Stands, piece);
        foreach (var end in (int[])[piece.AsSpan().IndexOfAny(':', '：'), digit])
            if (end > 0 && FieldOf(piece[..end]) is { } field) return Read(field, piece[end..].TrimStart(':', '：', ' '));
        if (digit < 0 || Dates.Read(piece, serials: false).Day is not null) return null;
        return Read(Expires, endings.FirstOrDefault(piece.EndsWith) is { } behind ? piece[..^behind.Length].TrimEnd() : piece);
    }

    /// <summary>The claim that a heading names; null for none.</summary>
    public static string? FieldOf(string heading) =>
        ListChoice.FieldOf(Columns.Find(heading, ColumnUse.List)) is { } field && Is(field) ? field : null;

    /// <summary>The row with a claim.</summary>
    /// <param name="row">The row.</param>
    /// <param name="field">The claim.</param>
    /// <param name="value">As <see cref="Read"/> gives it.</param>
    public static VerificationRow With(VerificationRow row, string field, string value)
    {
        if (field == Stands) return row with { Status = Words.Status(value) };
        var day = DateOnly.ParseExact(value, "yyyy-MM-dd");
        return field switch
        {
            Issued => row with { IssuedOn = day },
            FirstIssued => row with { FirstIssuedOn = day },
            _ => row with { ExpiresOn = day },
        };
    }
}
