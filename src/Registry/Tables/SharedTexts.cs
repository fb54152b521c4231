using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using System.Xml;

namespace Registry.Tables;

/// <summary>The texts of a workbook, which its cells name by number: as UTF-8, because most are read once and long files hold a
/// million.</summary>
public sealed class SharedTexts
{
    /// <summary>Characters of a cell (Excel's own bound); what is beyond is cut and the cell told as too long.</summary>
    public const int MaxCell = 32_767;
    private const int Chunk = 1 << 20, Length = sizeof(int);

    private readonly List<byte[]> chunks = [];
    private readonly List<long> places = [];
    private readonly HashSet<int> cut = [];
    private int used = Chunk;

    /// <summary>Whether the text of a number was longer than a cell can be.</summary>
    public bool WasCut(int number) => cut.Contains(number);

    /// <summary>The text of a number.</summary>
    /// <exception cref="InvalidDataException">There is none.</exception>
    public string this[int number]
    {
        get
        {
            if (number < 0 || number >= places.Count) throw new InvalidDataException("A cell names a text that is not there.");
            if (places[number] < 0) return "";
            var (chunk, start) = (chunks[(int)(places[number] / Chunk)], (int)(places[number] % Chunk));
            var length = BinaryPrimitives.ReadInt32LittleEndian(chunk.AsSpan(start));
            return Encoding.UTF8.GetString(chunk, start + Length, length);
        }
    }

    /// <summary>Reads the part that holds them.</summary>
    public static SharedTexts Of(XmlReader xml)
    {
        var (texts, text) = (new SharedTexts(), new CellText());
        while (xml.Read())
        {
            if (xml.NodeType != XmlNodeType.Element || xml.LocalName != "si") continue;
            texts.Add(text.OfRuns(xml));
            if (text.WasCut) texts.cut.Add(texts.places.Count - 1);
        }
        return texts;
    }

    private void Add(string text)
    {
        var needed = Length + Encoding.UTF8.GetByteCount(text);
        if (text.Length == 0)
        {
            places.Add(-1);
            return;
        }
        if (used + needed > Chunk)
        {
            chunks.Add(new byte[Chunk]);
            used = 0;
        }
        var room = chunks[^1].AsSpan(used);
        BinaryPrimitives.WriteInt32LittleEndian(room, Encoding.UTF8.GetBytes(text, room[Length..]));
        places.Add((long)(chunks.Count - 1) * Chunk + used);
        used += needed;
    }
}

/// <summary>Reads texts out of the XML of a workbook.</summary>
public sealed class CellText
{
    private readonly char[] buffer = new char[4096];
    private readonly StringBuilder text = new();

    /// <summary>Whether the last one was longer than a cell can be.</summary>
    public bool WasCut { get; private set; }

    /// <summary>The text of an element that holds nothing else; afterwards the reader is at its end.</summary>
    public string Of(XmlReader xml)
    {
        Begin();
        Append(xml);
        return text.ToString();
    }

    /// <summary>The text of an element of runs (<c>si</c>, <c>is</c>), without the readings that stand above them (<c>rPh</c>).</summary>
    public string OfRuns(XmlReader xml)
    {
        Begin();
        if (xml.IsEmptyElement) return "";
        var depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
            if (xml.NodeType != XmlNodeType.Element) continue;
            else if (xml.LocalName == "t") Append(xml);
            else if (xml.LocalName == "rPh") SkipInside(xml);
        return Unescaped(text.ToString());
    }

    private void Begin()
    {
        text.Clear();
        WasCut = false;
    }

    /// <summary>To the end of an element, which the reader's own Skip would leave behind.</summary>
    private static void SkipInside(XmlReader xml)
    {
        var depth = xml.Depth;
        if (xml.IsEmptyElement) return;
        while (xml.Read() && xml.Depth > depth) { }
    }

    private void Append(XmlReader xml)
    {
        if (xml.IsEmptyElement) return;
        var depth = xml.Depth;
        while (xml.Read() && xml.Depth > depth)
        {
            if (!xml.HasValue) continue;
            for (int read; (read = xml.ReadValueChunk(buffer, 0, buffer.Length)) > 0;)
                if (text.Length + read <= SharedTexts.MaxCell) text.Append(buffer, 0, read);
                else WasCut = true;
        }
    }

    private const int EscapeLength = 7;

    /// <summary>Characters that XML cannot hold stand as <c>_x000D_</c> (ECMA-376 part 1, 22.9.2.19).</summary>
    private static string Unescaped(string text)
    {
        if (!text.Contains("_x", StringComparison.Ordinal)) return text;
        var plain = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            var escape = text.AsSpan(i, Math.Min(EscapeLength, text.Length - i));
            if (escape is ['_', 'x', .. { Length: 4 } code, '_'] && int.TryParse(code, NumberStyles.HexNumber, null, out var value))
            {
                plain.Append((char)value);
                i += EscapeLength - 1;
            }
            else plain.Append(text[i]);
        }
        return plain.Replace("\r\n", "\n").ToString();
    }
}
