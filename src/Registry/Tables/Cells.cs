namespace Registry.Tables;

/// <summary>Cells of tables that spreadsheets write and open.</summary>
public static class Cells
{
    /// <summary>What a cell says: trimmed, without the apostrophe or the <c>="…"</c> that keep a spreadsheet from taking it for a number
    /// or a
    /// formula.</summary>
    public static string Read(string cell)
    {
        var text = cell.Trim();
        if (text is ['=', '"', .. var quoted, '"']) text = quoted.Replace("\"\"", "\"").Trim();
        return text is ['\'', ..] ? text[1..].TrimStart() : text;
    }

    /// <summary>A cell to write: quoted where needed, and never a formula. <see cref="Read"/> gives the text back.</summary>
    public static string Write(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        if (text[0] is '=' or '+' or '-' or '@' or '\t' or '\'') text = "'" + text;
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
    }

    /// <summary>A line of CSV with its end.</summary>
    public static string Line(IEnumerable<string?> cells) => string.Join(',', cells.Select(Write)) + "\r\n";
}
