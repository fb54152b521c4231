using Registry.Certificates;
using Registry.Tables;

namespace Registry.Ingest;

/// <summary>The columns of an import as a workbook to fill in: words that a column takes are offered, and all cells are text, so that
/// numbers keep their zeros.</summary>
public static class ImportTemplate
{
    /// <summary>Rows that offer words.</summary>
    private const int Rows = 10_000;
    private static readonly Text sheetName = new("证书", "Certificates"), wordsName = new("可选项", "Words");

    /// <summary>Columns that offer words, and the words of a language.</summary>
    private static readonly (string Pointer, Func<Language, IEnumerable<string>> Words)[] offered =
    [
        ("/category", language => Catalogue.Categories.Select(one => one.Name is null ? $"{one.No}" : one.Numbered[language])),
        ("/level", language => Catalogue.Schemes.Levels.Select(level => level.Name[language]).Distinct()),
        ("/holder/region", _ => Catalogue.Regions.Keys.Order(StringComparer.Ordinal).Select(Catalogue.RegionName).Distinct()),
        ("/status", language => Statuses.All.Select(status => status.Name()[language])),
        ("/reason", language => Enum.GetValues<Reason>().Select(reason => reason.Name()[language])),
    ];

    /// <summary>Writes it.</summary>
    /// <param name="stream">Where; stays open.</param>
    /// <param name="language">Of headings and words: an import understands both.</param>
    /// <param name="cancel">Stops it.</param>
    public static async Task Write(Stream stream, Language language, CancellationToken cancel)
    {
        var columns = Columns.All.Where(column => column.Is(ColumnUse.Template)).ToList();
        var words = offered.Select(one => one.Words(language).ToArray()).ToArray();
        var widths = Enumerable.Repeat(NewWorkbook.Middle, columns.Count);
        await using var workbook = await NewWorkbook.Begin(stream, sheetName[language], widths, frozen: 1, cancel);
        await workbook.Add(columns.Select(column => new ShownCell(column.Name[language], Tone.Heading)), cancel);
        for (var i = 0; i < offered.Length; i++)
        {
            var column = columns.FindIndex(column => column.Pointer == offered[i].Pointer);
            var (at, of) = (NewWorkbook.ColumnName(column), NewWorkbook.ColumnName(i));
            workbook.Offer($"{at}2:{at}{Rows}", wordsName[language], $"{of}1:{of}{words[i].Length}");
        }
        await workbook.Sheet(wordsName[language], words.Select(_ => NewWorkbook.Wide), frozen: 0, isHidden: true, cancel);
        for (var row = 0; row < words.Max(list => list.Length); row++)
            await workbook.Add(words.Select(list => new ShownCell(row < list.Length ? list[row] : "")), cancel);
        await workbook.Finish(cancel);
    }
}
