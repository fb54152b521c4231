using System.Text;
using System.Xml;

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

    /// <summary>Whether a cell holds nothing but a stroke, as tables have it where there is nothing to say.</summary>
    public static bool IsStroke(string text) => text.Length > 0 && text.AsSpan().IndexOfAnyExcept("/／\\-－—–―_") < 0;

    /// <summary>A cell to write: quoted where needed, and never a formula. <see cref="Read"/> gives the text back.</summary>
    public static string Write(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        text = Harmless(text);
        return text.AsSpan().IndexOfAny(",\"\r\n") < 0 ? text : $"\"{text.Replace("\"", "\"\"")}\"";
    }

    /// <summary>A text that no spreadsheet takes for a formula, also where it is saved as CSV or edited. <see cref="Read"/> gives it
    /// back.</summary>
    public static string Harmless(string text) => text is ['=' or '+' or '-' or '@' or '\t' or '\r' or '\'', ..] ? "'" + text : text;

    /// <summary>A text as a cell of a workbook can hold it: harmless, without characters that XML does not know, no longer than a cell
    /// is.</summary>
    public static string Shown(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "";
        text = Harmless(text);
        if (text.Length > SharedTexts.MaxCell) text = text[..(SharedTexts.MaxCell - 1)] + "…";
        return IsKnown(text) ? text : string.Concat(text.EnumerateRunes().Select(rune => IsKnown(rune) ? rune : Rune.ReplacementChar));
    }

    private static bool IsKnown(string text)
    {
        foreach (var c in text)
            if (char.IsSurrogate(c) || !XmlConvert.IsXmlChar(c)) return false;
        return true;
    }

    private static bool IsKnown(Rune rune) => !rune.IsBmp || XmlConvert.IsXmlChar((char)rune.Value);

    /// <summary>A line of CSV with its end.</summary>
    public static string Line(IEnumerable<string?> cells) => string.Join(',', cells.Select(Write)) + "\r\n";
}
