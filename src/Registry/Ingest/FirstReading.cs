using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text.Json;
using Registry.Certificates;

namespace Registry.Ingest;

/// <summary>A number that several rows of a file state.</summary>
/// <param name="First">The first of these rows.</param>
/// <param name="Lines">Lines of the file they stand in, the first few.</param>
/// <param name="Different">Whether they state different things: then none of them is recorded.</param>
public sealed record Repeat(int First, IReadOnlyList<int> Lines, bool Different);

/// <summary>
/// What has to be known of a whole file before its first row is recorded: how many rows it has, which numbers it repeats, and which of its
/// certificates others of it replace. It keeps eight bytes a row, and more only of rows that matter.
/// </summary>
public sealed class FirstReading
{
    private const int NamedLines = 10;

    private readonly ImportFile file;
    private readonly string? body;
    private readonly Dictionary<string, Repeat> repeats = [];
    private readonly Dictionary<string, string> replaced = [];
    private readonly HashSet<string> replacedKeys = [];

    /// <param name="file">The file; it is read once, and once more where numbers are repeated or replaced.</param>
    /// <param name="body">Approval number of the body whose rows they are; null when each row names its own.</param>
    /// <param name="today">The day it is read on.</param>
    /// <param name="maxRows">More are refused.</param>
    /// <param name="cancel">Stops it.</param>
    /// <exception cref="FaultException">There are too many rows.</exception>
    public FirstReading(ImportFile file, string? body, DateOnly today, int maxRows, CancellationToken cancel)
    {
        (this.file, this.body) = (file, body);
        var (hashes, named) = (new List<ulong>(), new HashSet<string>());
        foreach (var row in file.Rows())
        {
            cancel.ThrowIfCancellationRequested();
            if (++Rows > maxRows) throw new FaultException(Refusal.TooManyRows, "", maxRows);
            var names = file.NamesOf(row);
            if (Key(names.Body, names.Number) is { } key) hashes.Add(Hash(key));
            if (Key(names.Body, names.Replaces) is { } replaces) named.Add(replaces);
        }
        hashes.Sort();
        var often = new HashSet<ulong>();
        for (var i = 1; i < hashes.Count; i++)
            if (hashes[i] == hashes[i - 1]) often.Add(hashes[i]);
        if (often.Count > 0 || named.Count > 0) LookCloser(often, named, today, cancel);
    }

    public int Rows { get; }

    /// <summary>The rows that state the number a row states; null when it is the only one.</summary>
    public Repeat? RepeatOf(ImportRow row) => repeats.Count > 0 && KeyOf(row) is { } key ? repeats.GetValueOrDefault(key) : null;

    /// <summary>The key of the row of this file that a row replaces by number or id; null when it is not in the file.</summary>
    public string? Replaced(ImportRow row) => Key(row.Body, row.Replaces) is { } key ? replaced.GetValueOrDefault(key) : null;

    /// <summary>Whether a row of the file replaces the one of that key.</summary>
    public bool IsReplaced(string key) => replacedKeys.Contains(key);

    /// <summary>Body and number of a row as they are compared; null where it states no number.</summary>
    public string? KeyOf(ImportRow row) => Key(row.Body, row.Number);

    /// <summary>The number of a key.</summary>
    public static string NumberOf(string key) => key[(key.IndexOf('\n') + 1)..];

    private string? Key(string? rowBody, string? number) =>
        number is not null && CertificateNumber.Normalise(number) is { } key ? $"{body ?? rowBody}\n{key}" : null;

    private void LookCloser(HashSet<ulong> often, HashSet<string> named, DateOnly today, CancellationToken cancel)
    {
        var said = new Dictionary<string, ulong>();
        foreach (var row in file.Rows())
        {
            cancel.ThrowIfCancellationRequested();
            var names = file.NamesOf(row);
            if (Key(names.Body, names.Number) is not { } key) continue;
            foreach (var name in (string?[])[key, Key(names.Body, names.Id)])
            {
                if (name is null || !named.Contains(name)) continue;
                replaced[name] = key;
                replacedKeys.Add(key);
            }
            if (often.Contains(Hash(key))) Note(key, row, Hash(Said(file.Read(row, today), row)), said);
        }
        // Two numbers with one hash repeat nothing.
        foreach (var (key, repeat) in repeats)
            if (repeat.Lines.Count == 1) repeats.Remove(key);
    }

    private void Note(string key, SentRow row, ulong says, Dictionary<string, ulong> said)
    {
        if (!repeats.TryGetValue(key, out var repeat))
        {
            (repeats[key], said[key]) = (new(row.Row, [row.Source.Line], false), says);
            return;
        }
        var lines = repeat.Lines.Count < NamedLines ? [.. repeat.Lines, row.Source.Line] : repeat.Lines;
        repeats[key] = repeat with { Lines = lines, Different = repeat.Different || said[key] != says };
    }

    /// <summary>What a row says, to compare: what it was read as, or as it stands where it could not be read.</summary>
    private static string Said(ImportRow read, SentRow row) =>
        read.Faults.Count > 0 ? row.Source.Text : $"{JsonSerializer.Serialize(read.Content)} {read.Stated} {read.Replaces}";

    /// <summary>Two numbers with one hash only cost a closer look.</summary>
    private static ulong Hash(string key) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes(key.AsSpan()));
}
