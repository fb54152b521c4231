using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace Registry.Benchmarks;

/// <summary>A workbook as a spreadsheet program saves one: every text once in a part of its own, formats and widths in the sheet. Written row by row, so that its size costs no memory.</summary>
public static class MadeWorkbook
{
    private const string Space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main", Office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

    public static void Write(string file, IEnumerable<string?[]> rows)
    {
        using var zip = new ZipArchive(File.Create(file), ZipArchiveMode.Create);
        var texts = new Dictionary<string, int>();
        Put(zip, "[Content_Types].xml", $"""<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>{string.Concat(Parts.Select(part => $"""<Override PartName="/xl/{part.Name}" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.{part.Type}+xml"/>"""))}</Types>""");
        Put(zip, "_rels/.rels", $"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{Office}/officeDocument" Target="xl/workbook.xml"/></Relationships>""");
        Put(zip, "xl/workbook.xml", $"""<workbook xmlns="{Space}" xmlns:r="{Office}"><sheets><sheet name="清单" sheetId="1" r:id="rId1"/></sheets></workbook>""");
        Put(zip, "xl/_rels/workbook.xml.rels", $"""<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{Office}/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="{Office}/styles" Target="styles.xml"/><Relationship Id="rId3" Type="{Office}/sharedStrings" Target="sharedStrings.xml"/></Relationships>""");
        Put(zip, "xl/styles.xml", $"""<styleSheet xmlns="{Space}"><fonts count="2"><font><sz val="11"/><name val="等线"/></font><font><b/><sz val="11"/><name val="等线"/></font></fonts><fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills><borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="2"><xf numFmtId="49" xfId="0" applyNumberFormat="1"/><xf fontId="1" xfId="0"/></cellXfs></styleSheet>""");
        using (var sheet = Writer(zip, "xl/worksheets/sheet1.xml"))
        {
            sheet.Write($"""<worksheet xmlns="{Space}"><cols><col min="1" max="20" width="24" customWidth="1"/></cols><sheetData>""");
            var line = 0;
            foreach (var row in rows)
            {
                sheet.Write(string.Create(CultureInfo.InvariantCulture, $"<row r=\"{++line}\">"));
                for (var i = 0; i < row.Length; i++)
                {
                    if (row[i] is not { Length: > 0 } text) continue;
                    if (!texts.TryGetValue(text, out var no)) texts[text] = no = texts.Count;
                    sheet.Write(string.Create(CultureInfo.InvariantCulture, $"<c r=\"{(char)('A' + i)}{line}\" s=\"{(line == 1 ? 1 : 0)}\" t=\"s\"><v>{no}</v></c>"));
                }
                sheet.Write("</row>");
            }
            sheet.Write("</sheetData></worksheet>");
        }
        using var shared = Writer(zip, "xl/sharedStrings.xml");
        shared.Write(string.Create(CultureInfo.InvariantCulture, $"<sst xmlns=\"{Space}\" count=\"{texts.Count}\" uniqueCount=\"{texts.Count}\">"));
        foreach (var (text, _) in texts.OrderBy(one => one.Value)) shared.Write($"<si><t xml:space=\"preserve\">{System.Security.SecurityElement.Escape(text)}</t></si>");
        shared.Write("</sst>");
    }

    private static readonly (string Name, string Type)[] Parts = [("workbook.xml", "sheet.main"), ("styles.xml", "styles"), ("sharedStrings.xml", "sharedStrings"), ("worksheets/sheet1.xml", "worksheet")];

    private static void Put(ZipArchive zip, string name, string content)
    {
        using var part = Writer(zip, name);
        part.Write(content);
    }

    private static StreamWriter Writer(ZipArchive zip, string name)
    {
        var part = new StreamWriter(zip.CreateEntry(name).Open(), new UTF8Encoding(false), 1 << 16);
        part.Write("""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>""");
        return part;
    }
}
