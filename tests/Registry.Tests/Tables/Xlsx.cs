using System.IO.Compression;
using System.Text;

namespace Registry.Tests.Tables;

/// <summary>Workbooks made by hand, part by part, in whatever layout.</summary>
public sealed class Xlsx
{
    private const string Space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private const string Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    private readonly List<(string Name, string Attributes, string Content)> sheets = [];
    private readonly List<(string Part, byte[] Content)> further = [];

    public string WorkbookProperties { get; init; } = "";
    /// <summary>Formats of cells: their numbers count from 0.</summary>
    public string[] Formats { get; init; } = ["General"];
    public string[] Texts { get; init; } = [];

    /// <summary>A sheet by its rows and what stands beside them; attributes of its tab such as <c>state="hidden"</c>.</summary>
    public Xlsx Sheet(string name, string rows, string before = "", string after = "", string attributes = "")
    {
        sheets.Add((name, attributes, $"""<worksheet xmlns="{Space}" xmlns:r="{Office}">{before}<sheetData>{rows}</sheetData>{after}</worksheet>"""));
        return this;
    }

    public Xlsx Part(string name, byte[] content)
    {
        further.Add((name, content));
        return this;
    }

    /// <summary>A row of texts in cells.</summary>
    public static string Row(int line, params string?[] cells) =>
        $"<row r=\"{line}\">{string.Concat(cells.Select((cell, i) => cell is null ? "" : Cell((char)('A' + i), line, cell)))}</row>";

    public static string Cell(char column, int line, string text) =>
        $"<c r=\"{column}{line}\" t=\"inlineStr\"><is><t xml:space=\"preserve\">{System.Security.SecurityElement.Escape(text)}</t></is></c>";

    /// <summary>Rows of texts from the first line on.</summary>
    public static string Rows(params string?[][] rows) => string.Concat(rows.Select((row, i) => Row(i + 1, row)));

    public byte[] Bytes()
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            void Add(string name, string content) => Put(zip, name, Encoding.UTF8.GetBytes($"<?xml version=\"1.0\" encoding=\"UTF-8\"?>{content}"));
            Add("[Content_Types].xml", "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" ContentType=\"application/xml\"/>"
                + "<Default Extension=\"bin\" ContentType=\"application/vnd.ms-office.vbaProject\"/>"
                + $"<Override PartName=\"/xl/workbook.xml\" ContentType=\"application/vnd.{(further.Any(part => part.Part.EndsWith("vbaProject.bin")) ? "ms-excel.sheet.macroEnabled" : "openxmlformats-officedocument.spreadsheetml.sheet")}.main+xml\"/>"
                + "<Override PartName=\"/xl/styles.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml\"/><Override PartName=\"/xl/sharedStrings.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml\"/>"
                + string.Concat(sheets.Select((_, i) => $"<Override PartName=\"/xl/worksheets/sheet{i + 1}.xml\" ContentType=\"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml\"/>")) + "</Types>");
            Add("_rels/.rels", $"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"rId1\" Type=\"{Office}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>");
            Add("xl/workbook.xml", $"<workbook xmlns=\"{Space}\" xmlns:r=\"{Office}\">{WorkbookProperties}<sheets>{string.Concat(sheets.Select((sheet, i) => $"<sheet name=\"{sheet.Name}\" sheetId=\"{i + 1}\" {sheet.Attributes} r:id=\"rId{i + 1}\"/>"))}</sheets></workbook>");
            Add("xl/_rels/workbook.xml.rels", $"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{string.Concat(sheets.Select((_, i) => $"<Relationship Id=\"rId{i + 1}\" Type=\"{Office}/worksheet\" Target=\"worksheets/sheet{i + 1}.xml\"/>"))}"
                + $"<Relationship Id=\"rIdS\" Type=\"{Office}/styles\" Target=\"styles.xml\"/><Relationship Id=\"rIdT\" Type=\"{Office}/sharedStrings\" Target=\"/xl/sharedStrings.xml\"/></Relationships>");
            Add("xl/styles.xml", $"<styleSheet xmlns=\"{Space}\"><numFmts count=\"{Formats.Length}\">{string.Concat(Formats.Select((code, i) => $"<numFmt numFmtId=\"{200 + i}\" formatCode=\"{System.Security.SecurityElement.Escape(code)}\"/>"))}</numFmts>"
                + "<fonts count=\"1\"><font><sz val=\"11\"/><name val=\"等线\"/></font></fonts><fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill></fills><borders count=\"1\"><border/></borders><cellStyleXfs count=\"1\"><xf/></cellStyleXfs>"
                + $"<cellXfs count=\"{Formats.Length}\">{string.Concat(Formats.Select((_, i) => $"<xf numFmtId=\"{200 + i}\" xfId=\"0\" applyNumberFormat=\"1\"/>"))}</cellXfs></styleSheet>");
            Add("xl/sharedStrings.xml", $"<sst xmlns=\"{Space}\">{string.Concat(Texts)}</sst>");
            for (var i = 0; i < sheets.Count; i++) Add($"xl/worksheets/sheet{i + 1}.xml", sheets[i].Content);
            foreach (var (part, content) in further) Put(zip, part, content);
        }
        return stream.ToArray();
    }

    private static void Put(ZipArchive zip, string name, byte[] content)
    {
        using var part = zip.CreateEntry(name).Open();
        part.Write(content);
    }
}
