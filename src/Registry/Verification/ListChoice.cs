using System.Globalization;
using Registry.Tables;

namespace Registry.Verification;

/// <summary>How a table is to be read, where whoever sends it says so; what is left out is found.</summary>
/// <param name="Sheet">Name or place (from 1) of the sheet of a workbook.</param>
/// <param name="Header">Line of the headings, from 1; 0 where there are none.</param>
/// <param name="Fields">What each column holds, by the names of <see cref="Names"/>; null for one that is not used.</param>
public sealed record ListChoice(string? Sheet = null, int? Header = null, string?[]? Fields = null)
{
    /// <summary>In an address, a column that is not used.</summary>
    public const string NotUsed = "-";
    private const int MaxFields = 500;

    /// <summary>What a column can hold: names of fields of <see cref="VerificationRow"/>, and the columns they are in people's
    /// tables.</summary>
    private static readonly (string Name, string Pointer)[] fields =
    [
        ("number", "/number"), ("name", "/holder/name"), ("nameEn", "/holder/nameEn"), ("uscc", "/holder/uscc"), ("code", "/code"),
        ("body", "/body"),
        ("category", "/category"), ("standard", "/standard"), ("level", "/level"), ("scope", "/scope"), ("on", "/on"),
        ("issuedOn", "/issuedOn"), ("firstIssuedOn", "/firstIssuedOn"), ("expiresOn", "/expiresOn"), ("status", "/status"),
    ];

    /// <summary>The names of what a column can hold.</summary>
    public static readonly IReadOnlyList<string> Names = [.. fields.Select(field => field.Name)];

    /// <summary>The column of people's tables that a field is.</summary>
    public static Column ColumnOf(string name) => Columns.At(fields.First(field => field.Name == name).Pointer)!;

    /// <summary>The field that a column of people's tables is; null for none.</summary>
    public static string? FieldOf(Column? column) => column?.Pointer switch
    {
        "/bodyName" => "body",
        { } pointer => fields.FirstOrDefault(field => field.Pointer == pointer).Name,
        null => null,
    };

    /// <summary>Reads what stands in an address or a form.</summary>
    /// <param name="sheet">A sheet.</param>
    /// <param name="header">A line.</param>
    /// <param name="columns">Names of fields with commas between, <c>-</c> for a column that is not used.</param>
    /// <param name="faults">Receives what cannot be.</param>
    public static ListChoice Read(string? sheet, string? header, string? columns, List<Fault> faults)
    {
        int? line = null;
        if (!string.IsNullOrWhiteSpace(header))
            if (int.TryParse(header, NumberStyles.None, CultureInfo.InvariantCulture, out var told)) line = told;
            else faults.Add(new(Refusal.WrongType, "/header", new Text("行号（没有表头为 0）", "a line number, 0 for no headings")));
        return new(string.IsNullOrWhiteSpace(sheet) ? null : sheet.Trim(), line, Read(columns, faults));
    }

    private static string?[]? Read(string? columns, List<Fault> faults)
    {
        if (string.IsNullOrWhiteSpace(columns)) return null;
        var names = columns.Split(',').Select(name => name.Trim()).ToArray();
        bool IsUnknown(string name) => name is not ("" or NotUsed) && !Names.Contains(name);
        var twice = names.Where(Names.Contains).GroupBy(name => name).FirstOrDefault(group => group.Count() > 1);
        if (names.Length > MaxFields) faults.Add(new(Refusal.TooMany, "/columns", MaxFields));
        else if (names.Any(IsUnknown)) faults.Add(new(Refusal.UnknownWord, "/columns", string.Join(", ", Names.Append(NotUsed))));
        else if (twice is not null) faults.Add(new(Refusal.ColumnTwice, "/columns", Comparison.Name(twice.Key)));
        return [.. names.Select(name => Names.Contains(name) ? name : null)];
    }

    /// <summary>The columns as an address says them; null where they are found.</summary>
    public string? InAddress => Fields is null ? null : string.Join(',', Fields.Select(name => name ?? NotUsed));
}
