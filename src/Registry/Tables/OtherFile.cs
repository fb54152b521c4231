using System.Text;

namespace Registry.Tables;

/// <summary>Files that people send in a table's place: read as lines of text they would be asked row by row, and found nowhere.</summary>
public static class OtherFile
{
    private static readonly Text
        picture = new("图片", "a picture"),
        archive = new("压缩包", "an archive"),
        // Many systems export their lists so and call the file .xls.
        page = new("网页（扩展名可能是 .xls）", "a web page, though it may be called .xls"),
        binary = new("二进制文件", "a binary file");

    /// <summary>Parts by which archives that are no workbooks are told.</summary>
    private static readonly (string Part, Text Kind)[] packed =
    [
        ("word/document.xml", new("Word 文档", "a Word document")), ("ppt/presentation.xml", new("演示文稿", "a presentation")),
        ("content.xml", new("OpenDocument 文件（.ods、.odt）", "an OpenDocument file (.ods, .odt)")),
    ];

    /// <summary>How a file of each kind begins, after white space where it is text.</summary>
    private static readonly (string Beginning, Text Kind)[] kinds =
    [
        ("%PDF-", new("PDF 文件", "a PDF document")), ("{\\rtf", new("RTF 文档", "a document (RTF)")),
        ("\u00FF\u00D8\u00FF", picture), ("\u0089PNG", picture), ("GIF8", picture),
        ("Rar!", archive), ("7z\u00BC\u00AF", archive),
        ("<!doctype html", page), ("<html", page), ("<head", page), ("<meta", page),
        ("<table", page), ("<?xml", page), ("MIME-Version:", page),
    ];

    /// <summary>What the file is instead of text; null for text.</summary>
    /// <param name="head">Its first bytes, of an encoding in which ASCII is ASCII.</param>
    public static Text? KindOf(ReadOnlySpan<byte> head)
    {
        var start = Encoding.Latin1.GetString(head.StartsWith(Encoding.UTF8.Preamble) ? head[3..] : head).TrimStart();
        foreach (var (beginning, kind) in kinds)
            if (start.StartsWith(beginning, StringComparison.OrdinalIgnoreCase)) return kind;
        var controls = 0;
        foreach (var one in head)
            if (one < ' ' && one is not ((byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)'\f')) controls++;
        return controls > MostControls && controls > head.Length / SomeOfText ? binary : null;
    }

    /// <summary>What an archive is instead of a workbook; null for what is meant as one.</summary>
    public static Text? KindOf(Package archive)
    {
        foreach (var (part, kind) in packed)
            if (archive.Has(part)) return kind;
        return archive.Has("_rels/.rels") ? null : OtherFile.archive;
    }

    /// <summary>Control characters of a damaged text: so many, or one byte in so many. Of a compressed file one in nine is.</summary>
    private const int MostControls = 8, SomeOfText = 20;
}
