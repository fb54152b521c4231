using System.Drawing;
using System.Text;
using SpreadCheetah;
using SpreadCheetah.Styling;
using SpreadCheetah.Worksheets;

namespace Registry.Tables;

/// <summary>How a cell is coloured.</summary>
public enum Tone { Plain, Heading, Good, Bad, Doubtful }

/// <summary>A cell to be shown: always text, never a formula.</summary>
public readonly record struct ShownCell(string? Text, Tone Tone = Tone.Plain);

/// <summary>A workbook that is written row by row and kept nowhere: its cells are text, so that numbers keep their zeros.</summary>
public sealed class NewWorkbook : IAsyncDisposable
{
    /// <summary>Widths in characters.</summary>
    public const double Narrow = 12, Middle = 20, Wide = 36;

    private readonly Spreadsheet workbook;
    private readonly StyleId[] styles;
    private readonly List<StyledCell> row = [];

    private NewWorkbook(Spreadsheet workbook)
    {
        this.workbook = workbook;
        styles = [.. Enum.GetValues<Tone>().Select(tone => workbook.AddStyle(StyleOf(tone)))];
    }

    /// <summary>Fill and letters of a tone, dark on light as on the pages; null for none.</summary>
    public static (Color Fill, Color Letters)? ColoursOf(Tone tone) => tone switch
    {
        Tone.Heading => (Color.FromArgb(0xE8, 0xEE, 0xF0), Color.FromArgb(0x1B, 0x2A, 0x30)),
        Tone.Good => (Color.FromArgb(0xDD, 0xF3, 0xE4), Color.FromArgb(0x0B, 0x4D, 0x26)),
        Tone.Bad => (Color.FromArgb(0xFB, 0xE0, 0xDE), Color.FromArgb(0x8A, 0x12, 0x0B)),
        Tone.Doubtful => (Color.FromArgb(0xFD, 0xF0, 0xCF), Color.FromArgb(0x63, 0x45, 0x00)),
        Tone.Plain => null,
    };

    private static Style StyleOf(Tone tone)
    {
        var style = new Style { Format = NumberFormat.Standard(StandardNumberFormat.Text) };
        if (ColoursOf(tone) is not var (fill, letters)) return style;
        (style.Fill.Color, style.Font.Color, style.Font.Bold) = (fill, letters, tone is Tone.Heading);
        style.Alignment.WrapText = tone is Tone.Heading;
        return style;
    }

    /// <summary>Begins a workbook with one sheet.</summary>
    /// <param name="stream">Where it is written; stays open.</param>
    /// <param name="sheet">Name of the sheet.</param>
    /// <param name="widths">Of its columns, in characters.</param>
    /// <param name="frozen">Rows that stay when it is scrolled.</param>
    /// <param name="cancel">Stops it.</param>
    public static async Task<NewWorkbook> Begin(
        Stream stream, string sheet, IEnumerable<double> widths, int frozen, CancellationToken cancel)
    {
        var workbook = new NewWorkbook(await Spreadsheet.CreateNewAsync(stream, new() { DefaultDateTimeFormat = null }, cancel));
        await workbook.Sheet(sheet, widths, frozen, isHidden: false, cancel);
        return workbook;
    }

    /// <summary>Begins another sheet.</summary>
    /// <inheritdoc cref="Begin"/>
    public async Task Sheet(string sheet, IEnumerable<double> widths, int frozen, bool isHidden, CancellationToken cancel)
    {
        var options = new WorksheetOptions { Visibility = isHidden ? WorksheetVisibility.Hidden : WorksheetVisibility.Visible };
        if (frozen > 0) options.FrozenRows = frozen;
        foreach (var (width, i) in widths.Select((width, i) => (width, i))) options.Column(i + 1).Width = width;
        await workbook.StartWorksheetAsync(sheet, options, cancel);
    }

    /// <summary>Adds a row.</summary>
    public ValueTask Add(IEnumerable<ShownCell> cells, CancellationToken cancel)
    {
        row.Clear();
        row.AddRange(cells.Select(cell => new StyledCell(Cells.Shown(cell.Text), styles[(int)cell.Tone])));
        return workbook.AddRowAsync(row, cancel);
    }

    /// <summary>Lets the cells of a range take what stands in another sheet, and anything else all the same after a question.</summary>
    /// <param name="range">Such as B2:B1000.</param>
    /// <param name="sheet">Where the words stand.</param>
    /// <param name="words">Such as A1:A28.</param>
    public void Offer(string range, string sheet, string words)
    {
        var choice = SpreadCheetah.Validations.DataValidation.ListValuesFromCells(sheet, words, showDropdown: true);
        choice.ErrorType = SpreadCheetah.Validations.ValidationErrorType.Warning;
        workbook.AddDataValidation(range, choice);
    }

    /// <summary>Completes it: without this it is broken.</summary>
    public ValueTask Finish(CancellationToken cancel) => workbook.FinishAsync(cancel);

    public ValueTask DisposeAsync() => workbook.DisposeAsync();

    /// <summary>Reference of a column, from 0: A, Z, AA.</summary>
    public static string ColumnName(int column)
    {
        var name = new StringBuilder();
        for (var left = column + 1; left > 0; left = (left - 1) / 26) name.Insert(0, (char)('A' + (left - 1) % 26));
        return name.ToString();
    }
}
